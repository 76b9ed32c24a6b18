"""What a text means to the product, and what would come of it."""

import random
from datetime import UTC, datetime

from benchmarks._hearing_cases import Case, Heard
from benchmarks._scoring import Intent, Result, intent_of
from tars.server.brains.brain import LinkFacts, Request
from tars.server.brains.skills.skill import Call
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.understanding import Understanding, Understood

_NOW = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)
_SETTINGS = {"humor": 65, "honesty": 90, "volume": 47}
"""Settings that no command of the sets asks for, so that whatever sets one changes it."""
_CAPABILITIES = frozenset(("volume", "timers"))


class Judge:
    """Understands texts as the product's brain does."""

    def __init__(self) -> None:
        self._understanding = Understanding(SKILLS)

    def intent(self, text: str) -> Intent | None:
        """What a text asks for; None where no skill knows it."""
        understood = self._understanding.understand(text)
        return None if understood is None else intent_of(understood.skill.name, understood.slots)

    def result(self, case: Case, heard: Heard | None) -> Result:
        """What became of a case."""
        said = self.intent(case.said)
        if heard is None:
            return Result(case.said, None, said, None, case.voice)
        understood = self._understanding.understand(heard.text)
        taken = None if understood is None else intent_of(understood.skill.name, understood.slots)
        changes = understood is not None and self._changes(understood, heard.text)
        return Result(case.said, heard.text, said, taken, case.voice, heard.doubtful, changes)

    def _changes(self, understood: Understood, text: str) -> bool:
        """Whether the command would set something, or end the session."""
        link = LinkFacts(0.01, 60.0, 0)
        request = Request(text, _NOW, link, _SETTINGS, "I said something.", capabilities=_CAPABILITIES)
        outcome = understood.skill.handle(Call(request, understood.slots, random.Random(1))).outcome
        return outcome.end_session or bool(outcome.settings)
