"""Frames on their way to a loudspeaker, and when they leave it. No trio: a loudspeaker's own thread pulls."""

import threading
from collections import deque

import attrs

from tars.audio.levels import fade_out, scale

SAMPLE_BYTES = 2
CUSHION = 0.04
"""Seconds of audio to have before beginning, or beginning again after a gap.

Two blocks: whoever writes can be a block late without a gap being heard. It costs nothing where pieces of
speech come in 40 ms or more at a time, as they do from a server that runs ahead of the loudspeaker.
"""
LATEST = 5.0
"""Seconds by which no loudspeaker is late: cards may claim 2, and a setting add as much."""
FADE = 0.005
"""Seconds over which discarded audio dies away, so that the cut makes no click."""


@attrs.frozen
class _Span:
    """Frames that were pulled together."""

    first: int
    frames: int
    leaves_at: float
    """When the first of them leaves the loudspeaker."""


@attrs.define
class PlayBuffer:
    """Mono 16-bit audio between one who writes and a loudspeaker that pulls, counted until it has been heard.

    Written from one thread and pulled from another. Times are seconds on whatever clock the puller uses.
    """

    rate: int
    volume: int = 100
    """Percent; loudness goes with its square, which is nearer to what ears call half."""
    output_delay: float = 0.0
    """Seconds by which the loudspeaker is later than whoever pulls for it believes."""
    gaps: int = attrs.field(init=False, default=0)
    """How often the audio ran dry although more was to come, since `reset`."""
    first_at: float | None = attrs.field(init=False, default=None)
    """When the first frame since `reset` leaves the loudspeaker; None until it is pulled."""
    _queue: bytearray = attrs.field(init=False, factory=bytearray)
    _tail: bytes = attrs.field(init=False, default=b"")
    _spans: deque[_Span] = attrs.field(init=False, factory=deque)
    _pulled: int = attrs.field(init=False, default=0)
    _finished: bool = attrs.field(init=False, default=False)
    _holding: bool = attrs.field(init=False, default=True)
    _pulls_held: int = attrs.field(init=False, default=0)
    _lock: threading.Lock = attrs.field(init=False, factory=threading.Lock)

    def reset(self) -> None:
        """Begin a new piece: nothing queued, nothing counted."""
        with self._lock:
            self._queue.clear()
            self._spans.clear()
            self._pulled, self.gaps, self.first_at = 0, 0, None
            self._finished, self._holding, self._pulls_held = False, True, 0

    def push(self, pcm: bytes) -> None:
        """Queue `pcm` behind what is there."""
        with self._lock:
            self._queue += pcm

    def finish(self) -> None:
        """Nothing more is coming: play what is there without waiting for more."""
        with self._lock:
            self._finished = True

    def discard(self) -> None:
        """Throw away what has not been pulled."""
        with self._lock:
            if self._pulled and not self._holding:
                self._tail = fade_out(bytes(self._queue[: int(FADE * self.rate) * SAMPLE_BYTES]))
            self._queue.clear()
            self._finished = True

    def pull(self, frames: int, leaves_at: float) -> bytes:
        """Exactly `frames` frames for the loudspeaker, silence where there is nothing to play.

        `leaves_at` is when the first of them will leave it.
        """
        with self._lock:
            wanted = frames * SAMPLE_BYTES
            if self._tail:
                pcm, self._tail = self._tail[:wanted], b""
            elif self._is_held():
                pcm = b""
            else:
                pcm = bytes(self._queue[:wanted])
                del self._queue[:wanted]
                self._count(len(pcm) // SAMPLE_BYTES, frames, leaves_at)
        return scale(pcm, (self.volume / 100) ** 2).ljust(wanted, b"\0")

    def _is_held(self) -> bool:
        if not self._holding:
            return False
        if not self._queue:
            return True
        cushioned = len(self._queue) >= CUSHION * self.rate * SAMPLE_BYTES
        if cushioned or self._finished or self._pulls_held == 2:
            self._holding, self._pulls_held = False, 0
            return False
        self._pulls_held += 1  # what trickles in is played all the same, 40 ms late
        return True

    def _count(self, got: int, wanted: int, leaves_at: float) -> None:
        if got:
            leaves_at += self.output_delay
            if self.first_at is None:
                self.first_at = leaves_at
            self._spans.append(_Span(self._pulled, got, leaves_at))
            self._pulled += got
            while len(self._spans) > 1 and self._spans[1].leaves_at < leaves_at - LATEST:
                self._spans.popleft()  # heard long ago
        if got < wanted and not self._finished:
            self.gaps += 1
            self._holding = True

    @property
    def queued(self) -> float:
        """Seconds of audio not yet pulled."""
        return len(self._queue) / SAMPLE_BYTES / self.rate

    def heard(self, now: float) -> int:
        """Frames that have left the loudspeaker since `reset`."""
        with self._lock:
            for span in reversed(self._spans):
                if span.leaves_at <= now:
                    return span.first + min(span.frames, int((now - span.leaves_at) * self.rate))
            return self._spans[0].first if self._spans else 0

    @property
    def silent_at(self) -> float | None:
        """When the last frame leaves the loudspeaker; None while frames wait. The past where none ever came."""
        with self._lock:
            if self._queue:
                return None
            if not self._spans:
                return float("-inf")
            last = self._spans[-1]
            return last.leaves_at + last.frames / self.rate
