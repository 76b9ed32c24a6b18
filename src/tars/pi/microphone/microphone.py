"""What hears: blocks of sound, as they happen."""

import attrs
import trio

from tars.audio.formats import MICROPHONE

BLOCK = 0.02
"""Seconds a block lasts."""
BLOCK_BYTES = MICROPHONE.bytes_in(BLOCK)
BLOCKS_WAITING = 50
"""One second: more means that the program stood still, and the newest sound is worth more than the oldest."""


@attrs.define(eq=False)
class Microphone:
    """An open microphone."""

    blocks: trio.MemoryReceiveChannel[bytes]
    """20 ms (640 bytes) of `MICROPHONE` format each, in real time, for as long as the microphone is open."""
    over: trio.Event = attrs.field(factory=trio.Event)
    """Set when a WAV file or standard input has been heard to its end and silence follows; never set by a sound
    card."""
    lost_blocks: int = 0
    """Blocks that nobody took within a second; the oldest go first."""
