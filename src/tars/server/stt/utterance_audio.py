"""The audio of one utterance, from a moment before its first sound on."""

from collections.abc import Callable

import attrs

from tars.server.stt.vad import FRAME, FRAME_BYTES


@attrs.define(eq=False)
class UtteranceAudio:
    """Frames as they come, with the loudness of each."""

    _pcm: bytearray = attrs.field(factory=bytearray)
    _levels: list[float] = attrs.field(factory=list)

    def __len__(self) -> int:
        return len(self._pcm)

    def append(self, frame: bytes, level: float) -> None:
        """Keep one more frame."""
        self._pcm += frame
        self._levels.append(level)

    def pcm(self) -> bytes:
        """Return all of it."""
        return bytes(self._pcm)

    def seconds_before(self, is_speaker: Callable[[float], bool], lead_in: float) -> float:
        """Return how much lies before the first frame that is the speaker's, save `lead_in` seconds."""
        first = next((number for number, level in enumerate(self._levels) if is_speaker(level)), 0)
        return max(0.0, first * FRAME - lead_in)

    def cut(self, seconds: float) -> None:
        """Drop so much of its beginning."""
        frames = round(seconds / FRAME)
        del self._pcm[: frames * FRAME_BYTES]
        del self._levels[:frames]
