"""The brain that needs nobody: sentence templates and skills, in this process, in about a millisecond."""

import random
from collections.abc import Sequence

import attrs

from tars.server.brains.brain import Outcome, Request, Say
from tars.server.brains.said_today import SaidToday
from tars.server.brains.skills.consent import YES
from tars.server.brains.skills.missing import not_understood
from tars.server.brains.skills.skill import Call, Reply, Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.understanding import Understanding, Understood


@attrs.frozen
class Answer:
    """What was understood, and the reply."""

    understood: Understood | None
    """None where no skill has an answer to the text."""
    reply: Reply
    """Without words where nothing is to be said."""


class OfflineBrain:
    """Answers from its skills, and says so plainly where it has none."""

    def __init__(self, rng: random.Random, understanding: Understanding | None = None) -> None:
        """`understanding`: of the skills to answer from; of all by default, which takes a while to make."""
        self._rng = rng
        self._understanding = understanding or Understanding(SKILLS)
        self._said = SaidToday()

    async def think(self, request: Request, say: Say) -> Outcome:
        """Answer `request`.

        Chance (a coin, a wording) is drawn anew each time: an answer that was prepared is the one to speak.
        """
        reply = self.answer(request).reply
        if reply.text:
            await say(reply.text)
        return reply.outcome

    def answer(self, request: Request) -> Answer:
        """Return the answer to `request`, and the skill that it came from.

        A follow-up that is not understood gets no words: it may not have been meant for TARS. A doubtful farewell
        gets none either, as a session that nobody goes on with ends by itself. What else changes something and is
        doubtful is asked back; a "yes" to that is the command itself, and as sure as it is.
        """
        unasked = request.follow_up and not request.asked
        said = self._said.recall(request)
        understood = self._understanding.understand(request.text)
        if understood is not None and understood.skill is YES and request.asked:
            # a doubtful "yes" is asked back as well
            request = attrs.evolve(request, text=request.asked, asked=None)
            understood = self._understanding.understand(request.text)
        call = Call(request, understood.slots if understood else {}, self._draw(), said)
        reply = not_understood(call) if understood is None else _reply(understood.skill, call, unasked=unasked)
        if not reply.outcome.understood:
            understood = None  # a number alone, for one, is a question's answer only where a question was asked
            if request.follow_up:
                reply = attrs.evolve(reply, text="")
        return Answer(understood, reply)

    def set_names(self, list_name: str, values: Sequence[str]) -> None:
        """Exchange the names in the list called `list_name`, such as those of rooms, from the next question on.

        The recogniser has a method of the same name. Raises `ValueError` where no skill declares such a list.
        """
        self._understanding = self._understanding.with_names(list_name, values)

    def _draw(self) -> random.Random:
        return random.Random(self._rng.getrandbits(64))


def _reply(skill: Skill, call: Call, *, unasked: bool) -> Reply:
    """Return what the skill answers, or the question whether it was meant.

    `unasked`: neither a hotword nor a question of TARS's is before the words.
    """
    reply = skill.handle(call)
    changes = bool(reply.outcome.settings) or reply.outcome.end_session
    if call.request.doubtful and unasked and reply.outcome.end_session:
        return Reply("", Outcome(understood=False))
    if call.request.doubtful and changes and skill.confirm is not None:
        return Reply(skill.confirm(call), Outcome(asked=call.request.text))
    return reply
