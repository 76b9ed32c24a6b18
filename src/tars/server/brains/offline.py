"""The brain that needs nobody: sentence templates and skills, in this process, in about a millisecond."""

import random
from collections.abc import Sequence

from tars.server.brains.brain import Outcome, Request, Say
from tars.server.brains.skills.missing import not_understood
from tars.server.brains.skills.skill import Call, Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.understanding import Understanding


class OfflineBrain:
    """Answers from its skills, and says so plainly where it has none."""

    def __init__(self, rng: random.Random, skills: Sequence[Skill] = SKILLS) -> None:
        self._rng = rng
        self._understanding = Understanding(skills)

    async def think(self, request: Request, say: Say) -> Outcome:
        """Answer `request`.

        Chance (a coin, a wording) is drawn anew each time: an answer that was prepared is the one to speak.
        """
        understood = self._understanding.understand(request.text)
        rng = random.Random(self._rng.getrandbits(64))
        if understood is None:
            reply = not_understood(Call(request, {}, rng))
        else:
            reply = understood.skill.handle(Call(request, understood.slots, rng))
        await say(reply.text)
        return reply.outcome
