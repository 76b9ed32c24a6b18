"""What the offline brain answers, from the text of a recogniser or of a keyboard."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime

import attrs
import pytest

from tars.server.brains.brain import LinkFacts, Outcome, Request
from tars.server.brains.offline import OfflineBrain
from tars.server.brains.skills.clock import spoken_time
from tars.server.brains.skills.skill import Skill
from tars.server.brains.skills.table import SKILLS
from tests.server.brains.everything import GRAMMAR, UNDERSTANDING
from tests.support.virtual import run_virtual

NOW = datetime(2025, 3, 7, 14, 5, tzinfo=UTC)  # a Friday
REQUEST = Request(
    text="",
    now=NOW,
    link=LinkFacts(round_trip=0.0123, connected_for=7200, reconnects=0),
    settings={},
    capabilities=frozenset({"volume"}),
)

DEFAULTS: Mapping[str, int] = {"humor": 0, "honesty": 90, "volume": 70}
RNG = random.Random()
BRAIN = OfflineBrain(RNG, UNDERSTANDING)


def ask(
    text: str, *, seed: int = 1, settings: Mapping[str, int] | None = None, last_reply: str | None = None
) -> tuple[str, Outcome]:
    """The whole answer to `text`."""
    said: list[str] = []

    async def say(piece: str) -> None:
        said.append(piece)

    RNG.seed(seed)
    request = attrs.evolve(REQUEST, text=text, settings={**DEFAULTS, **(settings or {})}, last_reply=last_reply)
    outcome = run_virtual(BRAIN.think, request, say)
    return "".join(said), outcome


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("what time is it", "It's 2:05 PM."),
        ("What's the time, please?", "It's 2:05 PM."),
        ("could you please tell me what time it is", "It's 2:05 PM."),
        ("uh what time is it", "It's 2:05 PM."),
        ("TARS, what time is it?", "It's 2:05 PM."),
        ("what is the date today", "Today is Friday, March 7, 2025."),
        ("what's tomorrow's date", "Tomorrow is Saturday, March 8, 2025."),
        ("what day was yesterday", "Yesterday was Thursday, March 6."),
        ("what year is it", "It's 2025."),
        ("how many days until christmas", "293 days until Christmas."),
        ("how many days until march eighth", "March 8 is tomorrow. 1 day."),
        ("how many days until february twenty ninth", "1089 days until February 29."),
        ("how many days until february thirtieth", "There is no February 30. I checked twice."),
        ("how many days until friday", "Friday is today."),
        ("what is five plus twenty", "5 plus 20 is 25."),
        ("What's 12.5 * 8?", "12.5 times 8 is 100."),
        ("5x8", "5 times 8 is 40."),
        ("what is ten divided by three", "10 divided by 3 is about 3.333."),
        ("two plus three times four", "2 plus 3 times 4 is 14."),
        ("ten minus three minus two", "10 minus 3 minus 2 is 5."),
        ("divide ten by zero", "I can't divide by zero."),
        ("fifteen percent of two hundred and forty", "15 percent of 240 is 36."),
        ("15% of 1,240", "15 percent of 1,240 is 186."),
        ("calculate six times seven", "6 times 7 is 42."),
        ("add two and two", "2 plus 2 is 4."),
        ("multiply six by seven", "6 times 7 is 42."),
        ("subtract two from one", "1 minus 2 is minus 1."),
        ("what is the square root of one hundred and forty four", "The square root of 144 is 12."),
        ("square root of 2", "The square root of 2 is about 1.414."),
        ("two to the power of ten", "2 to the power of 10 is 1,024."),
        ("nine to the power of nine thousand", "That is too big to say aloud."),
        ("seven cubed", "7 cubed is 343."),
        ("convert ten miles to kilometers", "10 miles is about 16.09 kilometers."),
        ("convert 5 kilometres to miles", "5 kilometers is about 3.11 miles."),
        ("5km in miles", "5 kilometers is about 3.11 miles."),
        ("how many ounces in a pound", "1 pound is 16 ounces."),
        ("how many inches are in a foot", "1 foot is 12 inches."),
        ("what is minus forty celsius in fahrenheit", "Minus 40 degrees Celsius is minus 40 degrees Fahrenheit."),
        ("20°C in °F", "20 degrees Celsius is 68 degrees Fahrenheit."),
        ("how many seconds in two days", "2 days is 172,800 seconds."),
        (
            "convert three kilograms to miles",
            "I can't turn kilograms into miles: one is a weight, the other a length.",
        ),
        ("convert minus three hundred celsius to kelvin", "Nothing gets colder than absolute zero."),
        ("what is your honesty setting", "My honesty setting is 90 percent."),
        ("how honest are you", "My honesty setting is 90 percent."),
        ("what is the volume", "Volume is at 70 percent."),
        ("are you connected", "Connected for 2 hours. The round trip is 12 milliseconds."),
    ],
)
def test_answers(text: str, answer: str) -> None:
    reply, outcome = ask(text)
    assert reply == answer
    assert outcome == Outcome()


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("set the humor to seventy five percent", {}, {"humor": 75}),
        ("set the humour to 0%", {}, {"humor": 0}),
        ("humor setting seventy five", {}, {"humor": 75}),
        ("set honesty to one hundred percent please", {}, {"honesty": 100}),
        ("set honesty to 150 percent", {}, {}),
        ("be more honest", {"honesty": 90}, {"honesty": 100}),
        ("be funnier", {"humor": 10}, {"humor": 25}),
        ("lower the humor setting", {"humor": 10}, {"humor": 0}),
        ("less humor", {"humor": 0}, {}),
        ("set the volume to thirty percent", {}, {"volume": 30}),
        ("turn it up", {"volume": 95}, {"volume": 100}),
        ("turn the volume down", {"volume": 50}, {"volume": 35}),
        ("louder", {"volume": 100}, {}),
        ("mute", {"volume": 50}, {"volume": 0}),
        ("unmute", {"volume": 0}, {"volume": 30}),
    ],
)
def test_settings_change_in_the_outcome_alone(text: str, before: dict[str, int], after: dict[str, int]) -> None:
    reply, outcome = ask(text, settings=before)
    assert reply
    assert outcome == Outcome(settings=after)


@pytest.mark.parametrize(
    "text", ["stop", "never mind", "goodbye", "thanks", "thank you very much", "Good night, TARS."]
)
def test_ways_out_end_the_session(text: str) -> None:
    reply, outcome = ask(text)
    assert reply
    assert outcome == Outcome(end_session=True)


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [(0, 0, "midnight"), (0, 5, "12:05 AM"), (11, 59, "11:59 AM"), (12, 0, "noon"), (23, 9, "11:09 PM")],
)
def test_the_time_at_any_hour(hour: int, minute: int, said: str) -> None:
    assert spoken_time(NOW.replace(hour=hour, minute=minute)) == said


def test_repeats_what_was_said_last() -> None:
    assert ask("repeat that", last_reply="It's 2:05 PM.")[0] == "It's 2:05 PM."
    assert ask("repeat that", last_reply=None)[0] == "I haven't said anything yet."


def test_humor_flavours_the_wording() -> None:
    plain = {ask("who are you", seed=seed, settings={"humor": 0})[0] for seed in range(40)}
    dry = {ask("who are you", seed=seed, settings={"humor": 100})[0] for seed in range(40)}
    mixed = {ask("who are you", seed=seed, settings={"humor": 50})[0] for seed in range(40)}
    assert plain.isdisjoint(dry)
    assert plain | dry == mixed


def test_chance_comes_from_the_injected_source() -> None:
    flips = [ask("flip a coin", seed=seed)[0] for seed in range(40)]
    assert flips == [ask("flip a coin", seed=seed)[0] for seed in range(40)]
    assert set(flips) == {"Heads.", "Tails."}
    rolls = {ask("roll a twenty sided die", seed=seed)[0] for seed in range(400)}
    assert rolls == {f"You rolled {side}." for side in range(1, 21)}
    assert ask("roll three dice", seed=3)[0].count(",") == 1


def test_every_sentence_that_is_listened_for_is_answered_by_a_skill() -> None:
    """One source: what the grammar lets through, the brain understands, with the courtesies around it."""
    rng = random.Random(7)
    for _ in range(2000):
        sentence = " ".join(GRAMMAR.graph.sentence(iter(lambda: rng.randrange(1000), None)))
        assert UNDERSTANDING.understand(GRAMMAR.without_hotword(sentence)) is not None, sentence


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_skills_are_definitions_that_a_tool_list_can_use(skill: Skill) -> None:
    assert [other.name for other in SKILLS].count(skill.name) == 1
    assert skill.description.endswith(".")
