"""What a session needs of the sound devices. Nothing heavy is imported here: see `sound_devices`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import trio

from tars.pi.player_slot import PlayerPort

if TYPE_CHECKING:
    from tars.pi.hotword.detection import Detection  # its package loads numpy: beside the link, not before it


@attrs.frozen(eq=False)
class Devices:
    """The opened microphone, hotword and loudspeaker."""

    blocks: trio.MemoryReceiveChannel[bytes]
    """What the microphone hears."""
    input_over: trio.Event
    """Set when a WAV file that stands in for the microphone has been heard to its end."""
    offer: Callable[[bytes], None]
    """The hotword's ear; it never waits."""
    detections: "trio.MemoryReceiveChannel[Detection]"
    """What the hotword says."""
    player: PlayerPort
    """What speaks."""
