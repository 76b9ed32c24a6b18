import itertools

import pytest

from benchmarks._hearing_cases import Case, Heard
from benchmarks._hearing_judge import Judge
from benchmarks._hearing_set import HearingSet
from benchmarks._hearing_sets import REPORT, SETS

JUDGE = Judge()


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(SETS.values(), 2)))
def test_no_voice_no_sentence_and_no_noise_is_in_two_sets(one: HearingSet, other: HearingSet) -> None:
    assert not set(one.voices) & set(other.voices)
    assert not {*one.commands, *one.outside} & {*other.commands, *other.outside}
    assert one.noise_part != other.noise_part


@pytest.mark.parametrize("each", list(SETS.values()), ids=list(SETS))
def test_nobody_is_both_a_voice_and_a_part_of_the_babble(each: HearingSet) -> None:
    assert not set(each.talkers) & {voice for every in SETS.values() for voice in every.voices}


def test_the_published_figures_are_of_enough() -> None:
    assert len(REPORT.voices) >= 7
    assert len({voice.partition(":")[0] for voice in REPORT.voices}) >= 2
    assert len(REPORT.outside) >= 60


@pytest.mark.parametrize("each", list(SETS.values()), ids=list(SETS))
def test_the_commands_are_known_as_text(each: HearingSet) -> None:
    assert [text for text in each.commands if JUDGE.intent(text) is None] == []


def test_what_changes_nothing_does_no_harm_and_a_setting_does() -> None:
    def harm(text: str) -> bool:
        return JUDGE.result(Case("who sang yesterday", "", b""), Heard(text, text, bound=True)).harm

    assert harm("set the volume to forty percent")
    assert harm("goodbye")
    assert not harm("what time is it")
    assert not harm("who sang yesterday")
