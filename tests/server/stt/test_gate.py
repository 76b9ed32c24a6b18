"""Whether a sentence of the grammar is what was said."""

import pytest

from tars.server.stt.gate import FAR, Evidence, Verdict, is_sure, judge, rival_margin
from tars.server.stt.settings import SpeechSettings

SETTINGS = SpeechSettings(
    sure=-5.0, doubtful=-8.0, floor=-1.4, sure_floor=-1.0, rival_price=0.3, farewell_floor=-0.7, unlike_price=1.0
)


@pytest.mark.parametrize(
    ("score", "verdict"),
    [
        (0.5, Verdict.SURE),
        (-5.0, Verdict.SURE),
        (-5.1, Verdict.DOUBTFUL),
        (-8.0, Verdict.DOUBTFUL),
        (-8.1, Verdict.REFUSED),
    ],
)
def test_the_distance_to_the_free_words_decides(score: float, verdict: Verdict) -> None:
    assert judge(SETTINGS, Evidence(score, -0.2)) is verdict


def test_a_sentence_that_the_free_words_agree_with_is_sure() -> None:
    assert judge(SETTINGS, Evidence(-9.0, -0.9, agreed=True)) is Verdict.SURE


@pytest.mark.parametrize("agreed", [True, False])
def test_a_sentence_that_hardly_explains_the_sound_is_refused_whatever_else_there_is(agreed: bool) -> None:
    assert judge(SETTINGS, Evidence(0.0, -1.5, agreed=agreed)) is Verdict.REFUSED


@pytest.mark.parametrize(
    ("per_token", "score", "agreed", "verdict"),
    [
        (-0.6, 0.0, False, Verdict.SURE),
        (-0.8, 0.0, False, Verdict.REFUSED),
        (-0.8, 0.0, True, Verdict.DOUBTFUL),
        (-0.8, -7.0, True, Verdict.DOUBTFUL),
        (-0.8, -7.0, False, Verdict.REFUSED),
        (-0.6, -7.0, False, Verdict.REFUSED),
        (-1.5, 0.0, True, Verdict.REFUSED),
    ],
)
def test_what_ends_a_session_must_explain_the_sound_better_and_is_asked_back_otherwise(
    per_token: float, score: float, agreed: bool, verdict: Verdict
) -> None:
    assert judge(SETTINGS, Evidence(score, per_token, agreed=agreed, farewell=True)) is verdict


def test_free_words_are_as_doubtful_as_the_sentence_that_was_refused() -> None:
    assert is_sure(SETTINGS, -0.6, farewell=True)
    assert not is_sure(SETTINGS, -0.8, farewell=True)
    assert is_sure(SETTINGS, -0.8, farewell=False)
    assert not is_sure(SETTINGS, -1.1, farewell=False)


@pytest.mark.parametrize(
    ("margin", "agreed", "verdict"),
    [
        (FAR, True, Verdict.SURE),
        (1.5, True, Verdict.DOUBTFUL),
        (1.5, False, Verdict.DOUBTFUL),
        (0.1, False, Verdict.REFUSED),
        (0.1, True, Verdict.DOUBTFUL),  # the free words would say the same, and without a doubt
    ],
)
def test_a_sentence_with_other_numbers_that_is_nearly_as_probable_makes_it_doubtful(
    margin: float, agreed: bool, verdict: Verdict
) -> None:
    assert judge(SETTINGS, Evidence(0.0, -0.7, margin=margin, agreed=agreed)) is verdict


def test_only_other_numbers_are_rivals() -> None:
    said = ["what", "is", "thirteen", "plus", "nine"]
    same = (["what's", "thirteen", "plus", "nine", "please"], 0.1)
    digits = (["what", "is", "13", "plus", "9"], 0.2)
    thirty = (["what", "is", "thirty", "plus", "nine"], 1.2)
    ninety = (["what", "is", "thirteen", "plus", "ninety"], 2.2)
    assert rival_margin(said, [same, digits, thirty, ninety]) == 1.2
    assert rival_margin(said, [same, digits]) == FAR
    assert rival_margin(said, []) == FAR
    assert rival_margin(["what", "time", "is", "it"], [(["what", "date", "is", "it"], 0.1)]) == FAR


@pytest.mark.parametrize(
    ("unlike", "verdict"),
    [(0.0, Verdict.SURE), (0.7, Verdict.SURE), (0.8, Verdict.REFUSED)],
)
def test_a_sentence_that_does_not_sound_like_the_free_words_is_refused(unlike: float, verdict: Verdict) -> None:
    assert judge(SETTINGS, Evidence(0.0, -0.65, unlike=unlike)) is verdict


@pytest.mark.parametrize(
    ("unlike", "agreed", "verdict"),
    [
        (0.0, False, Verdict.SURE),
        (0.3, False, Verdict.REFUSED),
        (0.3, True, Verdict.DOUBTFUL),
    ],
)
def test_no_farewell_is_forced_upon_words_that_sound_otherwise(
    unlike: float, agreed: bool, verdict: Verdict
) -> None:
    assert judge(SETTINGS, Evidence(-2.7, -0.63, unlike=unlike, agreed=agreed, farewell=True)) is verdict
