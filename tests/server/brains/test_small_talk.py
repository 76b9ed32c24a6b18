"""Small talk: who TARS is, jokes that are not told twice, and words said again."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tars.server.brains.brain import LinkFacts, Request
from tars.server.brains.offline import OfflineBrain
from tars.server.brains.skills.about import ABOUT
from tars.server.brains.skills.phrases import one_of
from tars.server.brains.skills.small_talk import JOKES
from tests.server.brains.everything import UNDERSTANDING
from tests.support.virtual import run_virtual

NOW = datetime(2025, 3, 7, 14, 5, tzinfo=UTC)


def _skill(text: str) -> str | None:
    understood = UNDERSTANDING.understand(text)
    return understood.skill.name if understood else None


def _ask(
    brain: OfflineBrain, text: str, last_reply: str | None, now: datetime = NOW, device_id: str = "one"
) -> str:
    said: list[str] = []

    async def say(piece: str) -> None:
        said.append(piece)

    settings = {"humor": 50, "honesty": 90, "volume": 70}
    request = Request(text, now, LinkFacts(None, 0.0, 0), settings, last_reply, device_id=device_id)
    run_virtual(brain.think, request, say)
    return "".join(said)


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("Hi!", "greet"),
        ("hey there, TARS", "greet"),
        ("good afternoon", "greet"),
        ("hi, how are you?", "mood"),
        ("how's everything going today", "mood"),
        ("whats up", "mood"),
        ("are you doing okay", "mood"),
        ("what's your name?", "introduce"),
        ("I'd like to know your name", "introduce"),
        ("what should I call you", "introduce"),
        ("do you have a name", "introduce"),
        ("who are you", "introduce"),
        ("tell me about yourself", "introduce"),
        ("who made you", "maker"),
        ("which company built you", "maker"),
        ("what's the name of your creator", "maker"),
        ("where do you come from", "origin"),
        ("what city were you born in", "origin"),
        ("how old are you", "age"),
        ("when's your birthday", "age"),
        ("are you a robot", "robot"),
        ("am I talking to a real person", "robot"),
        ("are you human or a computer", "robot"),
        ("what can you do", "capabilities"),
        ("what kinds of questions can I ask you", "capabilities"),
        ("tell me what you can help me with", "capabilities"),
        ("tell me a joke", "joke"),
        ("do you know any good jokes about penguins", "joke"),
        ("make me laugh", "joke"),
        ("tell me something", "something"),
        ("what did you just say", "repeat"),
        ("say that again please", "repeat"),
        ("sorry, I didn't catch that", "repeat"),
        ("I didn't hear you, please repeat", "repeat"),
        ("pardon?", "repeat"),
        ("I love you", "affection"),
        ("you're so funny", "affection"),
        ("you're welcome", "welcome"),
        # what only looks like it
        ("who made the pyramids", None),
        ("how old is the universe", None),
        ("what is my name", None),
        ("what do you need to make pancakes", None),
        ("can I call you Betty", None),
        ("where is my car", None),
        ("is the computer on", None),
        ("what things are on my list", None),
        ("I can't tell", None),
    ],
)
def test_small_talk_is_known_for_what_it_is(text: str, skill: str | None) -> None:
    taken = _skill(text)
    assert taken == skill if skill else taken not in {each.name for each in ABOUT}


def test_no_joke_is_told_twice_within_a_day_on_one_device() -> None:
    brain = OfflineBrain(random.Random(3), UNDERSTANDING)
    last: str | None = None
    told = []
    for _ in JOKES:
        last = _ask(brain, "tell me a joke", last)
        told.append(last)
    assert sorted(told) == sorted(JOKES)
    spent = "You have heard all my jokes today. Ask me again tomorrow."
    assert _ask(brain, "tell me a joke", last) == spent
    assert _ask(brain, "tell me a joke", None, device_id="other") in JOKES
    assert _ask(brain, "tell me a joke", spent, NOW + timedelta(days=1)) in JOKES


def test_a_joke_that_was_prepared_and_not_told_is_still_good() -> None:
    brain = OfflineBrain(random.Random(3), UNDERSTANDING)
    for _ in range(3 * len(JOKES)):
        assert _ask(brain, "tell me a joke", None) in JOKES


def test_a_topic_without_jokes_is_named() -> None:
    reply = _ask(OfflineBrain(random.Random(1), UNDERSTANDING), "tell me a joke about sea lions", None)
    assert reply.startswith("I have none about sea lions. But this one: ")


@pytest.mark.parametrize("word", ["you", "what", "name", "again", "please", "joke", "how", "zebra"])
def test_a_long_muddle_is_given_up_at_once(word: str) -> None:
    """The patterns have gaps; none of them may try all ways to fill them."""
    for skill in ABOUT:
        if skill.parse is not None:
            assert skill.parse([word] * 22 + ["0"]) is None
            assert skill.parse([word, "you", "your", "ai"] * 12) is None


def test_a_sentence_of_set_phrases_has_a_longest_length() -> None:
    parse = one_of("hello", around="please")
    assert parse([*["please"] * 21, "hello"]) == {}
    assert parse([*["please"] * 22, "hello"]) is None
