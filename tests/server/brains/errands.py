"""Skills with open slots and with names known at run time: not shipped, but as those to come will be."""

from tars.server.brains.skills.skill import Call, Reply, Skill


def _silent(call: Call) -> Reply:
    return Reply("")


TIMER = Skill(
    name="name_timer",
    description="Set a timer that has a name.",
    sentences=("set (a|an) {anything:name} timer for {quantity:amount} {time_unit}",),
    handle=_silent,
    lists={"time_unit": {"(minute|minutes)": "min", "(second|seconds)": "s"}},
)
REMINDER = Skill(
    name="remind",
    description="Remind of something.",
    sentences=("remind me to {anything:what}", "remind me to {anything:what} at {percentage:hour}"),
    handle=_silent,
)
MESSAGE = Skill(
    name="tell_room",
    description="Tell a room something.",
    sentences=("tell [the] {room} that {anything:message}", "(dim|light) [the] {room}"),
    handle=_silent,
    names=("room",),
)
ERRANDS = (TIMER, REMINDER, MESSAGE)
ROOMS = ("Kitchen", "Living room", "Zoë's office", "Room 2")
