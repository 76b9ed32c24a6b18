"""Ways out of a conversation."""

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.skill import Call, Reply, Skill

_END = Outcome(end_session=True)


def _stop(call: Call) -> Reply:
    return Reply(call.line("Okay.", "Stopping."), _END)


def _never_mind(call: Call) -> Reply:
    return Reply(call.line("Okay.", "As you like.", dry=("Already forgotten.", "It never happened.")), _END)


def _goodbye(call: Call) -> Reply:
    return Reply(
        call.line("Goodbye.", dry=("Goodbye. I'll be in the box.", "Until next time. I have time.")), _END
    )


def _thanks(call: Call) -> Reply:
    return Reply(call.line("You're welcome.", "Any time.", dry=("It's what I'm bolted together for.",)), _END)


STOP = Skill(
    name="stop",
    description="Stop, and end the conversation.",
    sentences=("(stop [(it|talking|listening)]|be quiet|shut up|that's enough|quiet)",),
    handle=_stop,
)
NEVER_MIND = Skill(
    name="never_mind",
    description="Drop the question, and end the conversation.",
    sentences=("(never mind|nevermind|forget [about] it|cancel [that]|nothing)",),
    handle=_never_mind,
)
GOODBYE = Skill(
    name="goodbye",
    description="End the conversation.",
    sentences=("(goodbye|good bye|bye [bye]|good night|see you [later]|that's all|that is all|go to sleep)",),
    handle=_goodbye,
)
THANKS = Skill(
    name="thanks",
    description="Accept thanks, and end the conversation.",
    sentences=("[no] (thanks [a lot]|thank you [very much])",),
    handle=_thanks,
)
ENDINGS = (STOP, NEVER_MIND, GOODBYE, THANKS)
