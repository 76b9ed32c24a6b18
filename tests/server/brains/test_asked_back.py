"""A doubtful command that changes something is asked back; a yes is the command itself."""

import pytest

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.consent import CONSENT
from tars.server.brains.skills.table import SKILLS
from tests.server.brains.dialogue import answer

QUIET = "set the volume to thirty percent"


def test_a_doubtful_command_is_asked_back_and_changes_nothing() -> None:
    assert answer(QUIET, doubtful=True) == ("Volume 30 percent?", Outcome(asked=QUIET))
    words, outcome = answer("goodbye", doubtful=True)
    assert words.endswith("?")
    assert outcome == Outcome(asked="goodbye")


@pytest.mark.parametrize("text", ["goodbye", "stop", "never mind", "thank you", "no thanks", "that's all"])
def test_a_doubtful_farewell_in_a_follow_up_is_not_meant(text: str) -> None:
    assert answer(text, doubtful=True, follow_up=True) == ("", Outcome(understood=False))
    assert answer(text, follow_up=True)[1] == Outcome(end_session=True)


def test_a_doubtful_command_in_a_follow_up_is_asked_back_all_the_same() -> None:
    assert answer(QUIET, doubtful=True, follow_up=True) == ("Volume 30 percent?", Outcome(asked=QUIET))


def test_an_answer_to_a_question_of_its_own_is_expected_and_asked_back_if_doubtful() -> None:
    for text in ("yes", "goodbye"):
        words, outcome = answer(text, asked="goodbye", doubtful=True, follow_up=True)
        assert (words, outcome) == ("Goodbye, then?", Outcome(asked="goodbye"))


def test_a_doubtful_question_is_answered() -> None:
    assert answer("what time is it", doubtful=True) == ("It's 2:05 PM.", Outcome())


def test_a_doubtful_command_that_would_change_nothing_is_not_asked_about() -> None:
    words, outcome = answer("set the volume to two hundred percent", doubtful=True)
    assert not words.endswith("?")
    assert outcome == Outcome()


@pytest.mark.parametrize(
    "yes",
    ["yes", "Yeah.", "yep", "do it", "please do", "that's right", "yes please", "sure", "yes do it", "go ahead"],
)
def test_a_yes_is_the_command(yes: str) -> None:
    words, outcome = answer(yes, asked=QUIET, follow_up=True)
    assert (words, outcome) == ("Volume 30 percent.", Outcome(settings={"volume": 30}))


def test_a_doubtful_yes_is_no_certainty_either() -> None:
    assert answer("yes", asked=QUIET, doubtful=True) == ("Volume 30 percent?", Outcome(asked=QUIET))


@pytest.mark.parametrize("no", ["no", "Nope.", "don't", "no don't", "no thanks", "no, thank you", "that's wrong"])
def test_a_no_leaves_it(no: str) -> None:
    assert answer(no, asked=QUIET, follow_up=True) == ("All right, I won't.", Outcome())


def test_another_command_takes_the_place_of_the_one_that_was_asked_about() -> None:
    assert answer("what time is it", asked=QUIET, follow_up=True) == ("It's 2:05 PM.", Outcome())


def test_a_yes_or_a_no_to_nothing_changes_nothing() -> None:
    for text in ("yes", "no"):
        words, outcome = answer(text)
        assert "ask" in words
        assert outcome == Outcome(understood=False)
    assert answer("no thanks") == ("All right.", Outcome(end_session=True))


def test_whatever_changes_something_or_ends_the_session_can_be_asked_about() -> None:
    may_change = {"set_volume", "change_volume", "mute", "unmute", "stop", "never_mind", "goodbye", "thanks"}
    asking = {skill.name for skill in SKILLS if skill.confirm is not None}
    assert may_change <= asking
    assert all(skill in SKILLS for skill in CONSENT)
