"""In which order tasks run that could all run now: adversarial, and the same every time for the same seed."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import trio._core._run as scheduler


class Adversary(random.Random):
    """What trio shuffles each batch of tasks with. By the seed: fairly, with lasting favourites, or newest or
    oldest first, which is what races between old and new tasks need."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._way = seed % 4
        self._favours = seed

    def shuffle(self, x: Any) -> None:
        """Order a batch; trio runs it from its end."""
        match self._way:
            case 0:
                super().shuffle(x)
            case 1:
                x.sort(key=lambda task: hash((task._counter * 7919 + self._favours) % 104_729))
            case 2:
                x.reverse()


@contextmanager
def schedule(seed: int) -> Iterator[None]:
    """Let every `trio.run` in the block order its tasks by `seed`."""
    internals = cast("Any", scheduler)
    before = internals._r, internals._ALLOW_DETERMINISTIC_SCHEDULING
    internals._r, internals._ALLOW_DETERMINISTIC_SCHEDULING = Adversary(seed), True
    try:
        yield
    finally:
        internals._r, internals._ALLOW_DETERMINISTIC_SCHEDULING = before
