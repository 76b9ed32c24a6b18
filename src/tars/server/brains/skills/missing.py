"""What people ask for and TARS cannot do yet: understood, and said plainly.

A skill that learns one of these takes its sentences along and leaves this table.
"""

from collections.abc import Callable

from tars.server.brains.skills.skill import Call, Reply, Skill


def _cannot(plain: str, *dry: str) -> Callable[[Call], Reply]:
    return lambda call: Reply(call.line(plain, dry=dry))


TIMERS = Skill(
    name="timers",
    description="Say that there are no timers yet.",
    sentences=(
        "set (a timer|an alarm|the timer|the alarm) [for {quantity} {timer_unit}]",
        "set (a|an) {quantity} {timer_unit} timer",
        "(timer|alarm) for {quantity} {timer_unit}",
        "wake me up [at {percentage}]",
        "(cancel|stop) the (timer|alarm)",
    ),
    handle=_cannot(
        "I can't set timers yet.",
        "I can't set timers yet. I do know what time it is, if you would like to watch it together.",
        "No timers yet. An egg will tell you when it's done, just not politely.",
    ),
    lists={"timer_unit": {"(second|seconds)": "s", "(minute|minutes)": "min", "(hour|hours)": "h"}},
    loose=("set [(a|an)] (timer|alarm) {anything}", "wake me {anything}"),
)
REMINDERS = Skill(
    name="reminders",
    description="Say that there are no reminders yet.",
    sentences=("(remind me|set a reminder|remind me later|remind me tomorrow)",),
    handle=_cannot(
        "I can't keep reminders yet.",
        "I can't keep reminders yet. Paper has a good record.",
        "No reminders yet. You will have to remember to remember.",
    ),
    loose=("remind me {anything}", "set [a] reminder {anything}"),
)
WEATHER = Skill(
    name="weather",
    description="Say that there is no weather report.",
    sentences=(
        "(what is|what's) the weather [like] [(today|tomorrow)]",
        "(how is|how's) the weather [(today|tomorrow)]",
        "(will it|is it going to) (rain|snow) [(today|tomorrow)]",
        "is it (raining|snowing)",
    ),
    handle=_cannot(
        "I have no weather data.",
        "I have no weather data. There may be a window near you.",
        "No weather data here. In a box, it is always room temperature.",
    ),
    loose=("(what is|what's|how is|how's) the (weather|forecast) {anything}",),
)
MUSIC = Skill(
    name="music",
    description="Say that TARS plays no music.",
    sentences=("play [(some|the)] (music|song|songs|radio)", "play a song", "(next|previous) song"),
    handle=_cannot(
        "I don't play music.",
        "I don't play music. You have not heard me hum, and that is my gift to you.",
    ),
    loose=("play {anything}",),
)
NEWS = Skill(
    name="news",
    description="Say that TARS has no news.",
    sentences=("(what is|what's) (the news|in the news|new)", "(read|tell) me the news"),
    handle=_cannot("I have no news feed.", "I have no news feed. It has done wonders for my mood."),
)
LIGHTS = Skill(
    name="lights",
    description="Say that TARS switches nothing yet.",
    sentences=(
        "(turn|switch) (on|off) [the] (light|lights)",
        "(turn|switch) [the] (light|lights) (on|off)",
        "lights (on|off)",
    ),
    handle=_cannot(
        "I can't switch lights.", "I can't switch lights. I lack arms, and you lack a lighting system I know of."
    ),
)
MISSING = (TIMERS, REMINDERS, WEATHER, MUSIC, NEWS, LIGHTS)


def not_understood(call: Call) -> Reply:
    """What TARS says to what no sentence explains."""
    return Reply(
        call.line(
            "I don't know that one.",
            "That is beyond me.",
            "I didn't get that.",
            dry=(
                "I don't know that one. At least one of us is surprised.",
                "That is outside my education, which was short.",
                "I have no answer for that. I could make one up, but my honesty setting objects.",
            ),
        )
    )
