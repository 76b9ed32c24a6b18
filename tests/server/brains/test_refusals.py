"""What cannot be done is said with what was heard, and with the name of what is missing."""

import pytest

from tars.server.brains.brain import Outcome
from tars.server.brains.offline import OfflineBrain
from tars.server.brains.skills.lacks import LACKS
from tars.server.brains.skills.missing import heard, lack_of
from tests.server.brains.dialogue import NOW, REQUEST, RNG, answer
from tests.server.brains.everything import UNDERSTANDING

NOT_UNDERSTOOD = Outcome(understood=False)


@pytest.mark.parametrize(
    ("text", "lack"),
    [
        ("put a timer on for the eggs", "timers"),
        ("how long is left on my rice timer", "timers"),
        ("get me up at six thirty", "alarms"),
        ("silence all my alarms", "alarms"),
        ("don't let me forget the laundry", "reminders"),
        ("remind me on Friday to ring the plumber", "reminders"),
        ("add oat milk to my shopping list", "lists"),
        ("cross bread off the list", "lists"),
        ("do I need an umbrella in Leeds", "weather"),
        ("will it be windy at the coast", "weather"),
        ("give me the headlines", "news"),
        ("play something by Bach", "music"),
        ("which song is this", "music"),
        ("call my brother", "calls"),
        ("read me my new emails", "calls"),
        ("turn on the kitchen light", "lights"),
        ("set the thermostat to nineteen", "lights"),
        ("unlock the front door", "lights"),
        ("when is my next appointment", "calendar"),
        ("translate cheese into Polish", "translations"),
        ("how do you say goodnight in Italian", "translations"),
        ("order two pizzas", "orders"),
        ("book a table for four", "orders"),
        ("what's my account balance", "accounts"),
        ("pay the electricity bill", "accounts"),
        ("is there traffic on the bridge", "maps"),
        ("where can I find a pharmacy", "maps"),
        ("who painted the night watch", "facts"),
        ("how tall is the eiffel tower", "facts"),
        ("what is the capital of Peru", "facts"),
        ("what's the capital of Spain", "facts"),
        ("how much is 5 dollars in yen", "exchange_rates"),
        ("convert dollars to euros", "exchange_rates"),
        ("pause", "under_way"),
        ("please resume", "under_way"),
        ("continue where we left off", "under_way"),
        ("pause it", "under_way"),
        ("next", "under_way"),
        ("pause the timer", "timers"),
        ("resume the music", "music"),
        ("status", "status"),
        ("give me a status report", "status"),
        ("what's the progress", "status"),
        ("status of my timer", "timers"),
        ("undo that", "undoing"),
        ("restart the server", "machines"),
        ("shut down", "machines"),
        ("turn it off", "machines"),
        ("update yourself", "machines"),
        ("lights", "lights"),
    ],
)
def test_what_is_missing_is_named_with_what_was_heard(text: str, lack: str) -> None:
    (found,) = [each for each in LACKS if each.name == lack]
    assert answer(text) == (f"I heard '{text}'. {found.plain}", NOT_UNDERSTOOD)


@pytest.mark.parametrize("sentence", ["set a timer for ten minutes", "wake me up at seven", "is it raining"])
def test_what_is_listened_for_although_it_is_missing_is_understood(sentence: str) -> None:
    words, outcome = answer(sentence)
    assert words.startswith(f"I heard '{sentence}'. ")
    assert outcome == Outcome()


@pytest.mark.parametrize(
    "text",
    [
        "the moose wears a blue hat",
        "what is the colour of silence",
        "you look nice",
        "who waters your plants",
        "call me Ishmael",
    ],
)
def test_what_is_about_nothing_known_is_no_pretext_to_name_something(text: str) -> None:
    assert answer(text) == (f"I heard '{text}'. I have no answer to that.", NOT_UNDERSTOOD)


@pytest.mark.parametrize("text", ["", " ", "?!", "♪♪♪", "…"])
def test_of_no_words_nothing_is_said_back(text: str) -> None:
    assert answer(text) == ("I didn't catch that.", NOT_UNDERSTOOD)


def test_every_sentence_that_is_listened_for_is_about_the_same_thing() -> None:
    """Whichever way a thing is recognised, the refusal is the same."""
    for lack in LACKS:
        for template in lack.sentences:
            if "(" not in template and "{" not in template and "[" not in template:
                assert lack_of(template) is lack


def test_what_a_skill_can_do_is_never_refused() -> None:
    for text in ("what time is it", "turn it up", "roll a die", "tell me a joke", "how many cups in a gallon"):
        understood = UNDERSTANDING.understand(text)
        assert understood is not None
        assert understood.skill.name not in {lack.name for lack in LACKS}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  Add   milk. ", "I heard 'Add milk'."),
        ("one two three four five six seven eight nine ten eleven twelve thirteen", None),
        ("x" * 500, f"I heard '{'x' * 60}…'."),
    ],
)
def test_a_long_sentence_is_known_by_its_beginning(text: str, said: str | None) -> None:
    assert len(heard(text)) <= 75
    assert heard(text) == (said or "I heard 'one two three four five six seven eight nine ten eleven…'.")


def test_no_dry_remark_comes_twice_in_a_day() -> None:
    brain = OfflineBrain(RNG, UNDERSTANDING)
    last, remarks = None, []
    for _ in range(30):
        request = REQUEST.__class__(
            "what is the colour of silence", NOW, REQUEST.link, {**REQUEST.settings, "humor": 100}, last
        )
        last = brain.answer(request).reply.text
        remarks.append(last.partition("'. ")[2])
    dry = [remark for remark in remarks if remark != "I have no answer to that."]
    assert len(dry) == len(set(dry)) == 3


@pytest.mark.parametrize(
    "text", ["the moose wears a blue hat", "where can I find a pharmacy", "yes", "no", "right"]
)
def test_a_follow_up_that_is_not_understood_gets_no_words(text: str) -> None:
    assert answer(text, follow_up=True) == ("", NOT_UNDERSTOOD)


def test_a_follow_up_that_is_understood_is_answered() -> None:
    assert answer("what time is it", follow_up=True) == ("It's 2:05 PM.", Outcome())
