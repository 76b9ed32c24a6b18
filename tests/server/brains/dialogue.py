"""One question to the offline brain, as a device in the kitchen asks it."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from tars.server.brains.brain import LinkFacts, Outcome, Request
from tars.server.brains.offline import OfflineBrain
from tests.server.brains.everything import UNDERSTANDING
from tests.support.virtual import run_virtual

NOW = datetime(2025, 3, 7, 14, 5, tzinfo=UTC)  # a Friday
DEFAULTS: Mapping[str, int] = {"humor": 0, "honesty": 90, "volume": 70}
REQUEST = Request(
    text="",
    now=NOW,
    link=LinkFacts(round_trip=0.0123, connected_for=7200, reconnects=0),
    settings=DEFAULTS,
    capabilities=frozenset({"volume"}),
)
RNG = random.Random()
BRAIN = OfflineBrain(RNG, UNDERSTANDING)


def answer(
    text: str, *, seed: int = 1, settings: Mapping[str, int] | None = None, **about: Any
) -> tuple[str, Outcome]:
    """The words that are said to `text`, and what follows; `about` are other fields of the request."""
    said: list[str] = []

    async def say(piece: str) -> None:
        said.append(piece)

    RNG.seed(seed)
    request = attrs.evolve(REQUEST, text=text, settings={**DEFAULTS, **(settings or {})}, **about)
    outcome = run_virtual(BRAIN.think, request, say)
    return "|".join(said), outcome
