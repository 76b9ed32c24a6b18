"""Memory that a process keeps, or does not need any more."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from tars.runtime.memory import settle


class Knot:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_there_to_stay_is_not_looked_through_again() -> None:
    kept = Knot()
    settle()
    assert not any(each is kept for each in gc.get_objects())


def test_what_was_dropped_meanwhile_is_freed_the_next_time() -> None:
    knot = Knot()
    settle()
    gone = weakref.ref(knot)
    del knot
    settle()
    assert gone() is None
