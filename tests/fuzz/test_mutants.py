"""The fuzzing is tested: each seeded defect breaks the promise that it should, and without it none is broken."""

import re

import pytest
from hypothesis import Phase, given, settings

from tests.fuzz.ending import live
from tests.fuzz.mutants import MUTANTS
from tests.fuzz.oracle import Broken
from tests.fuzz.story import Story, stories
from tests.support.limits import HANG
from tests.support.profile import SOAK, examples
from tests.support.virtual import Livelock

SOON_FOUND = ("a dial that fails leaves its connection open", "a dial may take for ever")
"""Defects that no more than a dozen stories bring out."""


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


@pytest.mark.slow
@pytest.mark.timeout(0 if SOAK else 5 * HANG)
@pytest.mark.parametrize("name", MUTANTS if SOAK else SOON_FOUND)
def test_the_search_finds_a_defect_without_being_told_a_story(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(max_examples=examples(60), derandomize=not SOAK, database=None, phases=[Phase.generate])
    @given(story=stories(most_scenes=10))
    def search(story: Story) -> None:
        live(story)

    MUTANTS[name].seed(monkeypatch)
    with pytest.raises((Broken, Livelock, BaseExceptionGroup)) as caught:  # noqa: ASYNC401  # nested or not
        search()
    assert broken_promises(caught.value)
