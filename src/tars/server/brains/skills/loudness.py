"""The device's volume."""

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.skill import Call, Reply, Skill

_STEP = 15
_AUDIBLE = 30
"""Percent to which "unmute" goes back at least."""


def _set(call: Call) -> Reply:
    percent = call.exact("percent")
    if not 0 <= percent <= 100:
        return Reply("Volume goes from 0 to 100 percent.")
    return _changed(round(percent))


def _change(call: Call) -> Reply:
    now = call.request.settings["volume"]
    way = call.word("volume_way")
    if way == "mute":
        return Reply("Muted.", Outcome(settings={"volume": 0}))
    if way == "unmute":
        return _changed(max(now, _AUDIBLE))
    if way == "up" and now == 100:
        return Reply("That is as loud as I get.")
    if way == "down" and now == 0:
        return Reply("I am already silent.")
    return _changed(max(0, min(100, now + (_STEP if way == "up" else -_STEP))))


def _get(call: Call) -> Reply:
    return Reply(f"Volume is at {call.request.settings['volume']} percent.")


def _changed(percent: int) -> Reply:
    return Reply(f"Volume {percent} percent.", Outcome(settings={"volume": percent}))


SET_VOLUME = Skill(
    name="set_volume",
    description="Set the device's volume to a percentage.",
    sentences=(
        "(set|turn|change|put) [(the|your)] volume [(up|down)] to {percentage:percent} [percent]",
        "[the] volume [to] {percentage:percent} [percent]",
    ),
    handle=_set,
)
CHANGE_VOLUME = Skill(
    name="change_volume",
    description="Make the device louder or quieter, or mute it.",
    sentences=(
        "turn [(the|your)] volume {volume_way}",
        "turn {volume_way} [the] volume",
        "turn it {volume_way}",
        "volume {volume_way}",
        "[a bit] {volume_manner:volume_way}",
        "speak {speak_way:volume_way}",
        "{volume_deed:volume_way} [the] [volume]",
    ),
    handle=_change,
    lists={
        "volume_way": {"up": "up", "down": "down"},
        "volume_manner": {"louder": "up", "(quieter|softer)": "down"},
        "speak_way": {"up": "up"},
        "volume_deed": {"mute": "mute", "sound on": "unmute", "(raise|increase)": "up", "(lower|reduce)": "down"},
        "unmute_deed": {"unmute": "unmute"},  # not in the recogniser's dictionary
    },
    loose=("{unmute_deed:volume_way}", "(speak|talk|be|a little) [a bit] {volume_manner:volume_way}"),
)
GET_VOLUME = Skill(
    name="get_volume",
    description="Tell the device's volume.",
    sentences=("(what is|what's) your volume", "how loud are you"),
    handle=_get,
    loose=("(what is|what's) [the] volume [level]",),  # too like "what's the time" for ears
)
LOUDNESS = (SET_VOLUME, CHANGE_VOLUME, GET_VOLUME)
