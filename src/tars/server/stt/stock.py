"""The decoders of a speech worker: made when they are needed, never too many, and gone when they no longer are."""

import ctypes
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import attrs

KEPT = 2
"""Idle decoders that stay: the next question should not have to wait for one to be made (0.1 s)."""


class Decoder(Protocol):
    """What hears one utterance after another."""

    def stop(self) -> None:
        """The utterance is over."""


D = TypeVar("D", bound=Decoder)


@attrs.define(eq=False)
class Stock(Generic[D]):
    """Lends decoders, `most` at the same time, and frees those that nobody has needed for `rest` seconds."""

    make: Callable[[], D]
    most: int
    rest: float
    kept: int = KEPT
    now: Callable[[], float] = time.monotonic
    lent: int = 0
    _idle: deque[tuple[D, float]] = attrs.field(factory=deque)
    """With the moment at which each came back; the latest, which goes first, at the end."""

    def prepare(self) -> None:
        """Make the first one, so that nobody has to wait for it."""
        self._idle.append((self.make(), self.now()))

    def take(self) -> D | None:
        """A decoder; None where all are lent."""
        if self.lent >= self.most:
            return None
        decoder = self._idle.pop()[0] if self._idle else self.make()
        self.lent += 1
        return decoder

    def give_back(self, decoder: D) -> None:
        """It is needed no more."""
        self.lent -= 1
        decoder.stop()
        self._idle.append((decoder, self.now()))

    def tidy(self) -> bool:
        """Free one that has had its rest, and its memory; False where there is none."""
        if len(self._idle) <= self.kept or self.now() - self._idle[0][1] < self.rest:
            return False
        self._idle.popleft()
        _return_memory()
        return True


def _return_memory() -> None:
    """Give the system back what is free: glibc keeps it otherwise, some 30 MB for each decoder."""
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
