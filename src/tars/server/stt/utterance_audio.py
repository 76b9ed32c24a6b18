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

    @property
    def seconds(self) -> float:
        """How long it is."""
        return FRAME * len(self._levels)

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

    def softest(self, start: float, end: float) -> float | None:
        """Return the middle of the softest tenth of a second from one position to another, in seconds; None where
        both lie outside."""
        first, last = max(0, round(start / FRAME)), min(len(self._levels), round(end / FRAME) + 1)
        if first >= last:
            return None
        return FRAME * (0.5 + min(range(first, last), key=self._level_around))

    def _level_around(self, frame: int) -> float:
        around = self._levels[max(0, frame - 1) : frame + 2]
        return sum(around) / len(around)

    def cut(self, seconds: float) -> None:
        """Drop so much of its beginning."""
        frames = round(seconds / FRAME)
        del self._pcm[: frames * FRAME_BYTES]
        del self._levels[:frames]
