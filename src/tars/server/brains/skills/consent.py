"""Yes and no: what is answered to a question of TARS's own. The brain does what a "yes" allows."""

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.phrases import string_of
from tars.server.brains.skills.skill import Call, Reply, Skill

_NOTHING_ASKED = Outcome(understood=False)
"""A "yes" out of the blue is probably said to somebody else."""


def _yes(call: Call) -> Reply:
    return Reply("I didn't ask you anything.", _NOTHING_ASKED)


def _no(call: Call) -> Reply:
    if call.request.asked:
        return Reply("All right, I won't.")
    return Reply("All right. I didn't ask you anything.", _NOTHING_ASKED)


def _no_thanks(call: Call) -> Reply:
    if call.request.asked:
        return Reply("All right, I won't.")
    return Reply("All right.", Outcome(end_session=True))


_POLITE = ("please|thanks|thank you|tars|sir|well|oh|okay|ok|alright|now",)
_YES = (
    "yes|yeah|yep|yup|sure|correct|exactly|of course|certainly|affirmative|absolutely|definitely|you bet",
    "do (it|that|so)|go ahead|please do|i (do|did|am|think so)|(that's|that is) (right|correct|it|what i said)",
    "i'm sure|i am sure",
)
_NO = (
    "no|nope|nah|don't|do not|negative|no way|not (it|that|right|what i said)|absolutely not|definitely not",
    "(that's|that is) (wrong|not (it|right|that|what i said|correct))|(better|rather|certainly|of course) not",
    "i (didn't|don't)( think so| want that)?",
)

YES = Skill(
    name="yes",
    description="Do what TARS has just asked about.",
    sentences=(
        "(yes|yeah|yep|yup|sure|correct|exactly|of course|certainly|absolutely|definitely)",
        "[(yes|yeah|yep|sure|okay)] (do it|do that|go ahead|please do|i do|i did|that's right|that's correct)",
        "(yes|yeah) (i am|i'm sure|sure|of course|exactly|that's it|that is right)",
    ),
    handle=_yes,
    parse=string_of(*_YES, courtesies=_POLITE),
)
NO = Skill(
    name="no",
    description="Leave what TARS has just asked about.",
    sentences=(
        "(no|nope|nah)",
        "[(no|nope)] (don't|do not)",
        "[(no|nope)] (that's|that is) (wrong|not it|not right|not what i said)",
        "(no|nope) (i didn't|i don't|of course not|not that)",
        "(better not|rather not|certainly not|of course not)",
    ),
    handle=_no,
    parse=string_of(*_NO, courtesies=_POLITE),
)
NO_THANKS = Skill(
    name="no_thanks",
    description="Leave what TARS has just asked about, or end the conversation.",
    sentences=("no (thanks|thank you) [(very|so) much]",),
    handle=_no_thanks,
    confirm=lambda call: "Is that all?",
    ends=True,
    parse=string_of("(no|nope|nah) (thanks|thank you)( (very|so) much)?", courtesies=_POLITE),
)
CONSENT = (NO_THANKS, YES, NO)
