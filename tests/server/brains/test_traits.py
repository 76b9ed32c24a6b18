"""Humor and honesty change by what was said, and by nothing else."""

import random
from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.brain import LinkFacts, Outcome, Request
from tars.server.brains.offline import OfflineBrain
from tests.server.brains.asking import ask_at
from tests.server.brains.everything import UNDERSTANDING
from tests.support.virtual import run_virtual

NOW = datetime(2025, 3, 7, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("increase humor by ten", 40, {"humor": 50}),
        ("raise the humour level by 5 percent", 40, {"humor": 45}),
        ("turn your humor down by 20%", 40, {"humor": 20}),
        ("humor up by one", 40, {"humor": 41}),
        ("ten percent less humor", 40, {"humor": 30}),
        ("turn the humor up a bit", 40, {"humor": 50}),
        ("a little less humor", 40, {"humor": 30}),
        ("be a lot funnier", 40, {"humor": 70}),
        ("more humor", 40, {"humor": 55}),
        ("set humor to max", 40, {"humor": 100}),
        ("set your humor to half", 40, {"humor": 50}),
        ("turn the humor down to the minimum", 40, {"humor": 0}),
        ("turn off humor", 40, {"humor": 0}),
        ("maximum humor", 40, {"humor": 100}),
        ("humor at full", 40, {"humor": 100}),
        ("increase humor by ten", 95, {"humor": 100}),
        ("increase humor by zero", 40, {}),
        ("increase humor by 2.5", 40, {}),
        ("increase humor by 1000", 40, {}),
        ("set humor to 101 percent", 40, {}),
        ("what's your humor setting", 40, {}),
        ("how much humor do you have", 40, {}),
    ],
)
def test_a_trait_changes_by_what_was_said(text: str, before: int, after: dict[str, int]) -> None:
    reply, outcome = ask_at(NOW, text, settings={"humor": before})
    assert reply
    assert outcome == Outcome(settings=after)


@given(now=st.integers(0, 100), amount=st.integers(1, 100), deed=st.sampled_from([("increase", 1), ("lower", -1)]))
def test_a_change_is_exact_and_stays_within_its_bounds(now: int, amount: int, deed: tuple[str, int]) -> None:
    word, way = deed
    _, outcome = ask_at(NOW, f"{word} honesty by {amount} percent", settings={"honesty": now})
    wanted = max(0, min(100, now + way * amount))
    assert outcome.settings.get("honesty", now) == wanted


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("set humor to thirty percent", "Humor 30 percent?"),
        ("set honesty to half", "Honesty 50 percent?"),
        ("less humor", "Less humor?"),
        ("turn the honesty up by five", "More honesty?"),
    ],
)
def test_a_doubtful_change_is_asked_back(text: str, question: str) -> None:
    said: list[str] = []

    async def say(piece: str) -> None:
        said.append(piece)

    settings = {"humor": 40, "honesty": 60, "volume": 70}
    request = Request(text, NOW, LinkFacts(None, 0.0, 0), settings, doubtful=True)
    assert run_virtual(OfflineBrain(random.Random(1), UNDERSTANDING).think, request, say) == Outcome(asked=text)
    assert said == [question]
    sure = attrs.evolve(request, text="yes", asked=text, doubtful=False)
    assert run_virtual(OfflineBrain(random.Random(1), UNDERSTANDING).think, sure, say).settings


@pytest.mark.parametrize(
    "text",
    [
        "turn on the kitchen light",
        "turn off the light",
        "turn the kitchen light down to nine percent",
        "set the light to nine percent",
        "nine percent",
        "honestly, nine percent",
        "you have no sense of humor",
        "what is humor",
        "is honesty the best policy",
        "turn it up by ten percent",
    ],
)
def test_nothing_else_changes_a_trait(text: str) -> None:
    _, outcome = ask_at(NOW, text)
    assert not {"humor", "honesty"} & set(outcome.settings)
