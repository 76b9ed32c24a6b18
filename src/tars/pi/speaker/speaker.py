"""What plays: the interface that every loudspeaker offers."""

from typing import Protocol

from tars.audio.formats import AudioFormat

BLOCK = 0.02
"""Seconds that a loudspeaker takes at a time: short, so that a reply begins and ends at once."""


class SpeakerLost(Exception):
    """The loudspeaker takes no audio any more; it is being reopened. The text is a reason for people."""


class Speaker(Protocol):
    """A loudspeaker: one piece of audio at a time, from `start` to `drain` or `discard`.

    All methods are for one task at a time, except `discard` and the properties, which any task may use.
    """

    volume: int
    """Percent, 0 to 100; heard at once, also in what is playing."""

    async def start(self, audio_format: AudioFormat) -> None:
        """Begin a piece. Raises `UnsupportedFormat`."""

    async def write(self, pcm: bytes) -> None:
        """Play `pcm` after what came before, waiting while 0.3 s or more are queued. Raises `SpeakerLost`."""

    async def drain(self) -> None:
        """Return when the last sample has left the loudspeaker. Raises `SpeakerLost`."""

    def discard(self) -> None:
        """Silence within one block (and what the sound card itself holds, about 40 ms)."""

    @property
    def played(self) -> int:
        """Frames, of the format given to `start`, that have been heard since then."""

    async def wait_heard(self) -> float:
        """Return when the first sample has left the loudspeaker, with `heard_at`; it may be long."""

    @property
    def heard_at(self) -> float | None:
        """When the first sample leaves the loudspeaker (`trio.current_time`); None until that is known."""
