"""Asking the offline brain by text, at any time and place."""

import random
from collections.abc import Mapping
from datetime import datetime

from tars.server.brains.brain import LinkFacts, Outcome, Request
from tars.server.brains.offline import OfflineBrain
from tests.server.brains.everything import UNDERSTANDING
from tests.support.virtual import run_virtual

DEFAULTS: Mapping[str, int] = {"humor": 0, "honesty": 90, "volume": 70}
_RNG = random.Random()
_BRAIN = OfflineBrain(_RNG, UNDERSTANDING)


def ask_at(
    now: datetime,
    text: str,
    *,
    seed: int = 1,
    settings: Mapping[str, int] = DEFAULTS,
    brain: OfflineBrain = _BRAIN,
) -> tuple[str, Outcome]:
    """The whole answer to `text` at that time."""
    said: list[str] = []

    async def say(piece: str) -> None:
        said.append(piece)

    _RNG.seed(seed)
    request = Request(text, now, LinkFacts(0.01, 60.0, 0), {**DEFAULTS, **settings})
    outcome = run_virtual(brain.think, request, say)
    return "".join(said), outcome
