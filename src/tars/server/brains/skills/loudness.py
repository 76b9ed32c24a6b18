"""The device's volume."""

from collections.abc import Callable
from fractions import Fraction

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.skill import Call, Reply, Skill

_STEP = 15
"""Percent that "louder" and "quieter" change, where nobody says by how much."""
_LITTLE, _MUCH = 10, 30
"""The same for "a bit" and for "a lot"."""
_LEAST = 5
"""Percent below which no "quieter" goes: silence is asked for by its name."""
_LOWEST = 10
"""What is meant by the lowest volume, which can still be heard."""
AUDIBLE = 30
"""Percent to which "unmute" goes back where nothing is known of the volume before."""
BEFORE_MUTE = "volume_before_mute"
"""The setting that keeps, while a device is muted, the volume to return to."""
_OUT_OF_RANGE = Reply("Volume goes from 0 to 100 percent.")


def _of_a_device_with_volume(handle: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    """Let a device be told that it has no volume, instead of that it was changed."""

    def checked(call: Call) -> Reply:
        if "volume" not in call.request.capabilities:
            return Reply("This device has no volume that I can set.")
        return handle(call)

    return checked


def _set(call: Call) -> Reply:
    percent = call.exact("level") if "level" in call.slots else call.exact("percent")
    if 0 < percent < 1:  # "half", "three quarters"
        percent *= 100
    if not 0 <= percent <= 100:
        return _OUT_OF_RANGE
    return _changed(call, round(percent))


def _change(call: Call) -> Reply:
    now = _volume(call)
    wanted = _wanted(call, now)
    if now == 0:
        return _unmute(call) if wanted > now else Reply("I am muted already.")
    if wanted > now == 100:
        return Reply("That is as loud as I get.")
    if wanted < now <= _LEAST:
        return Reply("That is as quiet as I get. Say mute for silence.")
    return _changed(call, max(_LEAST, min(100, wanted)))


def _wanted(call: Call, now: int) -> int:
    """Return the percent that is asked for, in range or not."""
    if "factor" in call.slots:
        return round(now * call.exact("factor"))
    by = call.exact("by") if "by" in call.slots else call.exact("amount", _STEP)
    size = round(by * 100 if 0 < by < 1 else by)
    return now + size if call.word("volume_way") == "up" else now - size


def _mute(call: Call) -> Reply:
    if _volume(call) == 0:
        return Reply("I am muted already.")
    return Reply("Muted. Say unmute, and I speak again.", Outcome(settings={"volume": 0}))


def _unmute(call: Call) -> Reply:
    now = _volume(call)
    if now >= AUDIBLE:
        return Reply(f"I am not muted. Volume is at {now} percent.")
    if now:  # so soft that it may seem muted; what it was before some earlier mute is of no account
        return _changed(call, AUDIBLE)
    return _changed(call, call.request.settings.get(BEFORE_MUTE, AUDIBLE))


def _get(call: Call) -> Reply:
    return Reply(f"Volume is at {_volume(call)} percent." if _volume(call) else "I am muted.")


def _volume(call: Call) -> int:
    return call.request.settings["volume"]


def _changed(call: Call, percent: int) -> Reply:
    if percent == 0:
        return _mute(call)
    return Reply(f"Volume {percent} percent.", Outcome(settings={"volume": percent}))


def _confirm(handle: Callable[[Call], Reply]) -> Callable[[Call], str]:
    """Return what asks whether the change was meant that `handle` would make."""

    def question(call: Call) -> str:
        percent = handle(call).outcome.settings["volume"]
        return f"Volume {percent} percent?" if percent else "Shall I be mute?"

    return question


_DEED = "(set|turn|change|put|adjust|bring|raise|lower|increase|decrease|reduce|boost)"
_VOLUME = "[(the|your|my|this)] (volume|sound|volume level|speaker|speakers|speaker volume)"
_SPEAKER = (
    "[(the|your|my|this|that)] [(speaker|speakers|device)] (volume|sound|speaker|speakers|voice|voice box|vocals)"
)
"""What people may call it; too much to listen for."""
_IT = f"(it|this|{_VOLUME})"
_PERCENT = "{percentage:percent} [percent]"
_LEVEL = "[(a|the|its)] {volume_level:level}"
_NUMBER = f"[(level|the number|number)] ({_PERCENT}|{_LEVEL}) [(setting|level)]"
_SET = "[(set|put|turned|bumped|increased|decreased|raised|lowered)]"
_BY = "[(by {percentage:by} [percent]|{volume_amount:amount}|some more)]"
_WANT = "[(i want|i'd like|i would like|i need|can i have|could i have|may i have)]"
_HOW = "({volume_manner:volume_way}|{volume_taste:volume_way})"

SET_VOLUME = Skill(
    name="set_volume",
    description="Set the device's volume to a percentage.",
    sentences=(
        f"{_DEED} {_VOLUME} [(up|down)] (to|at) ({_PERCENT}|{_LEVEL})",
        f"{_DEED} it [(up|down)] to {_LEVEL}",
        f"(turn|bring|put) it (up|down) to {_PERCENT}",
        f"turn (up|down) {_VOLUME} to ({_PERCENT}|{_LEVEL})",
        f"[the] volume [(up|down)] [level] [(to|at)] ({_PERCENT}|{_LEVEL})",
        "{volume_level:level} volume",
        f"make {_VOLUME} {_PERCENT}",
        f"{_DEED} {_VOLUME} [(up|down)] (to|at) (level|number|the number) {{percentage:percent}}",
        f"{_VOLUME} (should be|needs to be) [(set|put)] (to|at) {_PERCENT}",
        f"turn {_IT} all the way {{volume_end:level}}",
        f"turn {{volume_end:level}} {_VOLUME} all the way",
        f"turn {_IT} [up] {{volume_top:level}}",
    ),
    handle=_of_a_device_with_volume(_set),
    confirm=_confirm(_set),
    lists={
        "volume_level": {
            "(max|maximum|full|highest|loudest) [(volume|level|setting)]": 100,
            "(half|half way|halfway|medium|middle) [(volume|level|setting)]": 50,
            "(min|minimum|lowest|quietest) [(volume|level|setting)]": _LOWEST,
        },
        "volume_end": {"up": 100, "down": _LOWEST},
        "volume_utmost": {"(max|maximize)": 100},
        "volume_top": {"as (loud|high) as (it goes|it will go|you can|you can go|possible)": 100},
    },
    loose=(
        f"{_WANT} {_SPEAKER} [(to be|to go|needs to be|should be|is|be|go)] {_SET} [(up|down)] "
        f"[(to|at|on)] {_NUMBER}",
        f"({_DEED}|make|have|get|boost|keep|make sure) {_SPEAKER} [(is|to)] {_SET} [(up|down|level)] "
        f"[(to|at|on)] {_NUMBER}",
        f"[(a|i want a|i'd like a)] {_SPEAKER} of {_NUMBER} [is] [(good|fine|ideal|enough)]",
        "(speak|talk|be|go|get) {volume_top:level}",
        "(go|be) (to|at) {volume_level:level} volume",
        f"{{volume_utmost:level}} [out] {_VOLUME}",
    ),
)
CHANGE_VOLUME = Skill(
    name="change_volume",
    description="Make the device louder or quieter.",
    sentences=(
        f"turn {_IT} {{volume_way}} {_BY}",
        f"turn {{volume_way}} {_VOLUME} {_BY}",
        f"[the] volume {{volume_way}} {_BY}",
        f"{{volume_deed:volume_way}} {_VOLUME} {_BY}",
        f"bring {_IT} {{volume_way}} {_BY}",
        "[{volume_amount:amount}] {volume_manner:volume_way}",
        "(speak|talk|be|get|go|say it|say that) [{volume_amount:amount}] {volume_manner:volume_way}",
        f"(make|set|turn|get) {_IT} [{{volume_amount:amount}}] ({_HOW})",
        f"(i want|i'd like|i would like|i need|can i have) {_IT} [to be] [{{volume_amount:amount}}] ({_HOW})",
        f"{_VOLUME} (should be|needs to be) [{{volume_amount:amount}}] ({_HOW})",
        "(speak|talk) {speak_way:volume_way} [{volume_amount:amount}]",
        f"[(you are|you're|that is|that's|it is|it's|this is|{_VOLUME} is)] [(way|much|a bit|a little|far)] too "
        "{volume_fault:volume_way}",
        "(i can't|i can not|i can barely|i can hardly|we can't) {volume_hear:volume_way} (you|it|that|anything)",
        f"{{volume_factor:factor}} {_VOLUME} [in half]",
    ),
    handle=_of_a_device_with_volume(_change),
    confirm=_confirm(_change),
    lists={
        "volume_way": {"up": "up", "down": "down"},
        "speak_way": {"up": "up"},
        "volume_manner": {
            "(louder|more loudly)": "up",
            "(quieter|softer|more quietly|more softly)": "down",
        },
        "volume_deed": {
            "(raise|increase|boost|bring up)": "up",
            "(lower|reduce|decrease|drop|bring down)": "down",
        },
        "volume_amount": {
            "[just] (a bit|a little|a little bit|slightly|a touch|a notch|a tad|somewhat)": _LITTLE,
            "(a lot|a lot more|much|way|far|considerably)": _MUCH,
        },
        "volume_fault": {"(loud|noisy|high)": "down", "(quiet|low|soft)": "up"},
        "volume_hear": {"hear": "up"},
        "volume_factor": {"double": Fraction(2), "(halve|cut)": Fraction(1, 2)},
        "volume_taste": {
            "(higher|more|greater|raised|increased|boosted|bumped up|turned up)": "up",
            "(lower|less|not so loud|not as loud|lowered|decreased|reduced|turned down)": "down",
        },
    },
    loose=(
        f"{_WANT} (it|{_SPEAKER}) [(to be|to go|be|go|set|a)] [{{volume_amount:amount}}] ({_HOW}|{{volume_way}})",
        f"(make|set|turn|get|change|move|bring|crank|pump|adjust) (it|{_SPEAKER}) [to] [a] "
        f"[{{volume_amount:amount}}] "
        f"({_HOW}|{{volume_way}}) {_BY} [(one|overall)]",
        f"(turn|crank|pump|bring) {{volume_way}} {_SPEAKER} {_BY}",
        f"{{volume_deed:volume_way}} (it|this|{_SPEAKER}) {_BY}",
        f"[{{volume_amount:amount}}] {{volume_taste:volume_way}} {_SPEAKER}",
        f"{_SPEAKER} [(needs to|should|has to|must)] [(be|go)] [{{volume_amount:amount}}] ({_HOW}|{{volume_way}})",
        "{volume_way} {volume_amount:amount} [(on|with) the volume]",
    ),
)
MUTE = Skill(
    name="mute",
    description="Let the device be silent until it is unmuted, or until the next morning.",
    sentences=(
        "mute [(yourself|it|that|this|everything|the volume|the sound|the device)]",
        "(turn|switch) [(the|your)] (volume|sound|voice) [all the way] off",
        "(turn|switch) off [(the|your)] (volume|sound|voice)",
        "(volume|sound) off",
        "(go|be) mute",
    ),
    handle=_of_a_device_with_volume(_mute),
    confirm=_confirm(_mute),
    loose=(
        "(kill|cut|shut off) [(the|your)] (volume|sound)",
        "no (volume|sound)",
        "(go|switch to) [to] (silent|mute) [mode]",
        f"{_DEED} {_VOLUME} to (silent|mute|off|nothing)",
    ),
)
UNMUTE = Skill(
    name="unmute",
    description="Let the device be heard again, as loud as before.",
    sentences=(
        "unmute [(yourself|it|that|this|everything|the volume|the sound|the device)]",
        "(turn|switch) [(the|your)] (volume|sound|voice) [back] on [again]",
        "(turn|switch) [back] on [(the|your)] (volume|sound|voice) [again]",
        "(volume|sound) [back] on",
        "(speak|talk) [to me] again",
        "you (can|may) (speak|talk) [now] [again]",
        "(turn|switch|take) (mute|the mute) off",
        "(mute|silence) off",
        "(bring|get) back [(the|your)] (volume|sound|voice)",
        "(bring|get) [(the|your)] (volume|sound|voice) back",
    ),
    handle=_of_a_device_with_volume(_unmute),
    confirm=_confirm(_unmute),
    loose=(
        "un mute [(yourself|it|that|this|everything|the volume|the sound)]",
        "(end|stop|undo|cancel|no more|turn off) [the] (mute|muting|silence)",
        "(stop being|don't be) (mute|muted|silent)",
        "(restore|reset) [the] (volume|sound)",
        "(make|play) (sound|sounds|some sound|some noise) again",
        "let me hear you [again]",
        "(start speaking|start talking|find your voice) [again]",
    ),
)
GET_VOLUME = Skill(
    name="get_volume",
    description="Tell the device's volume.",
    sentences=(
        "(what is|what's) [(your|the|my)] [current] (volume|volume level|volume setting)",
        "how (high|loud) is the volume",
        "how loud are you",
        "are you (mute|muted)",
    ),
    handle=_of_a_device_with_volume(_get),
    loose=(
        "(what is|what's|how high is|how loud is) [the] [current] volume [(level|setting)] [(at|set to|set at)]",
        "[the] volume",
        "what [volume] [level] (is|are) (the volume|you) (at|on|set to)",
    ),
)
LOUDNESS = (SET_VOLUME, CHANGE_VOLUME, MUTE, UNMUTE, GET_VOLUME)
