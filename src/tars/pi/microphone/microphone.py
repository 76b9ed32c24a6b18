"""What hears: blocks of sound, as they happen."""

import attrs
import trio

from tars.audio.formats import MICROPHONE

BLOCK = 0.02
"""Seconds a block lasts."""
BLOCK_BYTES = MICROPHONE.bytes_in(BLOCK)
BLOCKS_WAITING = 50
"""One second: nobody who listens is that late, unless the program stands still; older sound is then worth more
than newer, because the newest is lost and counted and the stream goes on behind it."""


class MicrophoneLost(Exception):
    """The microphone gives no sound any more. The text is a reason for people."""


@attrs.define(eq=False)
class Microphone:
    """An open microphone."""

    blocks: trio.MemoryReceiveChannel[bytes]
    """20 ms (640 bytes) of `MICROPHONE` format each, in real time, for as long as the microphone is open."""
    over: trio.Event = attrs.field(factory=trio.Event)
    """Set when a WAV file has been heard to its end and silence follows; never set by a sound card."""
    lost_blocks: int = 0
    """Blocks that nobody took in time."""
