"""The fuzzing is tested: each seeded defect breaks the promise that it should, and without it none is broken."""

import re

import pytest

from tests.fuzz.ending import live
from tests.fuzz.mutants import MUTANTS
from tests.fuzz.oracle import Broken
from tests.support.virtual import Livelock


def broken_promises(exc: BaseException) -> list[str]:
    """What the oracle said, wherever it stands in a group."""
    if isinstance(exc, BaseExceptionGroup):
        return [promise for inner in exc.exceptions for promise in broken_promises(inner)]
    return [str(exc)] if isinstance(exc, Broken | Livelock) else []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_seeded_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = MUTANTS[name]
    live(mutant.story)
    mutant.seed(monkeypatch)
    with pytest.raises((Broken, Livelock, BaseExceptionGroup)) as caught:  # noqa: ASYNC401  # nested or not
        live(mutant.story)
    assert [said for said in broken_promises(caught.value) if re.search(mutant.breaks, said)]
