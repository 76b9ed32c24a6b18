"""The brain that needs nobody: sentence templates and skills, in this process, in about a millisecond."""

import random
from collections.abc import Sequence

import attrs

from tars.server.brains.brain import Outcome, Request, Say
from tars.server.brains.said_today import SaidToday
from tars.server.brains.skills.missing import not_understood
from tars.server.brains.skills.skill import Call, Reply, Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.understanding import Understanding, Understood


@attrs.frozen
class Answer:
    """What was understood, and the reply."""

    understood: Understood | None
    """None where no skill's sentence explains the text."""
    reply: Reply


class OfflineBrain:
    """Answers from its skills, and says so plainly where it has none."""

    def __init__(self, rng: random.Random, skills: Sequence[Skill] = SKILLS) -> None:
        self._rng = rng
        self._understanding = Understanding(skills)
        self._said = SaidToday()

    async def think(self, request: Request, say: Say) -> Outcome:
        """Answer `request`.

        Chance (a coin, a wording) is drawn anew each time: an answer that was prepared is the one to speak.
        """
        reply = self.answer(request).reply
        await say(reply.text)
        return reply.outcome

    def answer(self, request: Request) -> Answer:
        """Return the answer to `request`, and the skill that it came from."""
        said = self._said.recall(request)
        understood = self._understanding.understand(request.text)
        rng = random.Random(self._rng.getrandbits(64))
        if understood is None:
            return Answer(None, not_understood(Call(request, {}, rng, said)))
        return Answer(understood, understood.skill.handle(Call(request, understood.slots, rng, said)))
