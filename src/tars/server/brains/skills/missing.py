"""What people ask for and TARS cannot do yet: it says what it heard, and what is missing.

A skill that learns one of these takes its sentences along, and leaves the table of what TARS lacks.
"""

import re

from tars.server.brains.brain import Outcome
from tars.server.brains.normalise import words_of
from tars.server.brains.skills.lacks import LACKS, Lack
from tars.server.brains.skills.skill import Call, Reply, Skill

_MAX_QUOTED = 60
"""Characters of what was heard that are said back: a longer sentence is known by its beginning."""
_NOT_UNDERSTOOD = Outcome(understood=False)
_ABOUT = tuple((re.compile("|".join(lack.about)), lack) for lack in LACKS)


def _skill(lack: Lack) -> Skill:
    return Skill(
        name=lack.name,
        description=lack.description,
        sentences=lack.sentences,
        handle=lambda call: Reply(_refusal(call, lack)),
        lists=lack.lists,
    )


MISSING = tuple(_skill(lack) for lack in LACKS if lack.sentences)
"""The skills that answer what is listened for although it cannot be done."""


def not_understood(call: Call) -> Reply:
    """Say what was heard that no sentence explains, and what of it is missing, where that is known."""
    lack = lack_of(call.request.text)
    if lack is not None:
        return Reply(_refusal(call, lack), _NOT_UNDERSTOOD)
    if not re.search(r"\w", call.request.text):
        return Reply("I didn't catch that.", _NOT_UNDERSTOOD)
    remark = call.line(
        "I have no answer to that.",
        dry=(
            "I have no answer to that. At least one of us is surprised.",
            "That is outside my education, which was short.",
            "I have no answer to that. I could make one up, but my honesty setting objects.",
        ),
    )
    return Reply(f"{heard(call.request.text)} {remark}", _NOT_UNDERSTOOD)


def lack_of(text: str) -> Lack | None:
    """Return what `text` is about that TARS cannot do, as far as its words tell."""
    words = " ".join(words_of(text))
    return next((lack for pattern, lack in _ABOUT if pattern.search(words)), None)


def heard(text: str) -> str:
    """Return the sentence that says back what was heard, or how it began."""
    said = " ".join(text.split()).strip(" .,!?;:")
    if len(said) > _MAX_QUOTED:
        said = said[:_MAX_QUOTED].rsplit(" ", 1)[0].rstrip(" .,!?;:") + "…"
    return f"I heard '{said}'."


def _refusal(call: Call, lack: Lack) -> str:
    return f"{heard(call.request.text)} {call.line(lack.plain, dry=lack.dry)}"
