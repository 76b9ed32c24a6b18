"""Humor and honesty, by percentage, remembered for each device."""

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.skill import Call, Reply, Skill

_STEP = 15
"""Percent that "more" and "less" change."""
_SCALES = {"a bit": 10, "a lot": 30}
"""Percent that a change with such words makes."""


def _set(call: Call) -> Reply:
    trait, percent = call.word("trait"), call.exact("percent")
    if not 0 <= percent <= 100 or percent.denominator != 1:
        return Reply(f"{trait.capitalize()} goes from 0 to 100 percent. Whole ones.")
    return _changed(call, trait, int(percent))


def _change(call: Call) -> Reply:
    trait, now = call.word("trait"), _current(call, call.word("trait"))
    amount = call.exact("amount", _SCALES.get(call.word("trait_amount"), _STEP))
    if not 0 < amount <= 100 or amount.denominator != 1:
        return Reply(f"I can change {trait} by 1 to 100 percent. Whole ones.")
    wanted = now + int(amount) * int(call.exact("step", 1))
    if wanted > 100 and now == 100:
        return Reply(f"{trait.capitalize()} is at 100 percent. There is no more where that came from.")
    if wanted < 0 and now == 0:
        return Reply(f"{trait.capitalize()} is at 0 percent. You have taken everything.")
    return _changed(call, trait, max(0, min(100, wanted)))


def _changed(call: Call, trait: str, percent: int) -> Reply:
    remark = call.with_setting(trait, percent).line("", dry=_REMARKS[trait](percent))
    return Reply(
        f"{trait.capitalize()} set to {percent} percent. {remark}".strip(), Outcome(settings={trait: percent})
    )


def _get(call: Call) -> Reply:
    trait = call.word("trait")
    percent = _current(call, trait)
    remark = call.line("", dry=_REMARKS[trait](percent))
    return Reply(f"My {trait} setting is {percent} percent. {remark}".strip())


def _ask_set(call: Call) -> str:
    return f"{call.word('trait').capitalize()} {int(call.exact('percent'))} percent?"


def _ask_change(call: Call) -> str:
    way = "More" if call.exact("step", 1) > 0 else "Less"
    return f"{way} {call.word('trait')}?"


def _current(call: Call, trait: str) -> int:
    return call.request.settings[trait]


def _about_humor(percent: int) -> tuple[str, ...]:
    if percent == 0:
        return ("Understood.", "A pity.")
    if percent < 40:
        return ("I will smile on the inside.", "Dry it is.")
    if percent < 80:
        return ("You may now expect remarks.", "Enough to be company, not enough to be a clown.")
    return ("You asked for it.", "Remember that this was your idea.")


def _about_honesty(percent: int) -> tuple[str, ...]:
    if percent < 40:
        return ("And that is a lovely haircut, by the way.", "Everything is going very well, I assure you.")
    if percent < 90:
        return ("The rest is tact.", "A working margin for diplomacy.")
    return ("Don't ask what you don't want to know.", "No cushions, then.")


_REMARKS = {"humor": _about_humor, "honesty": _about_honesty}
_TRAIT = "[(the|your|my)] {trait} [(setting|level)]"

_LEVEL = "({percentage:percent} [percent]|{trait_level:percent})"
_BY = "by {percentage:amount} [percent]"

SET_TRAIT = Skill(
    name="set_trait",
    description="Set TARS's humor or honesty to a percentage.",
    sentences=(
        f"(set|change|turn|put|adjust|bring|make) {_TRAIT} [(up|down)] (to|at) {_LEVEL}",
        f"(turn|bring) (up|down) {_TRAIT} to {_LEVEL}",
        f"(raise|lower|increase|decrease|reduce) {_TRAIT} to {_LEVEL}",
        "[your] {trait} [(setting|level)] [to] {percentage:percent} [percent]",
        "{trait} (to|at) {trait_level:percent}",
        f"(turn|switch) {{trait_end:percent}} {_TRAIT}",
        f"(turn|switch) {_TRAIT} {{trait_end:percent}}",
        f"{{trait_utmost:percent}} {_TRAIT}",
    ),
    handle=_set,
    confirm=_ask_set,
    lists={
        "trait": {"humor": "humor", "honesty": "honesty"},
        "trait_level": {
            "[the] (max|maximum)": 100,
            "full": 100,
            "half": 50,
            "[the] (min|minimum)": 0,
            "(nothing|none)": 0,
        },
        "trait_end": {"off": 0, "all the way up": 100, "all the way down": 0},
        "trait_utmost": {"(max|maximum|maximize|full)": 100, "(no|minimize)": 0},
    },
)
CHANGE_TRAIT = Skill(
    name="change_trait",
    description="Turn TARS's humor or honesty up or down, a little or by so many percent.",
    sentences=(
        "[{trait_amount}] {step} {trait}",
        f"turn {{step_way:step}} {_TRAIT} [({_BY}|{{trait_amount}})]",
        f"turn {_TRAIT} {{step_way:step}} [({_BY}|{{trait_amount}})]",
        f"{{step_deed:step}} {_TRAIT} [({_BY}|{{trait_amount}})]",
        f"{{trait}} {{step_way:step}} [({_BY}|{{trait_amount}})]",
        "be [{trait_amount}] {step} {trait_manner:trait}",
        "{percentage:amount} percent {step} {trait}",
    ),
    handle=_change,
    confirm=_ask_change,
    loose=("be [{trait_amount}] {trait_more:trait}",),
    lists={
        "trait_more": {"(funnier|more funny|more humorous)": "humor", "more honest": "honesty"},
        "trait_amount": {"(a bit|a little|a little bit|slightly)": "a bit", "(a lot|much|way)": "a lot"},
        "step": {"more": 1, "less": -1},
        "step_way": {"up": 1, "down": -1},
        "step_deed": {"(raise|increase)": 1, "(lower|decrease|reduce)": -1},
        "trait_manner": {"(funny|humorous)": "humor", "(honest|truthful)": "honesty"},
    },
)
GET_TRAIT = Skill(
    name="get_trait",
    description="Tell TARS's humor or honesty setting.",
    sentences=(
        f"(what is|what's) {_TRAIT}",
        "what {trait} (setting|level) do you have",
        "how (much {trait} do you have|high is your {trait})",
        "what {trait} (setting|level) are you (at|on)",
        "how {trait_manner:trait} are you",
    ),
    handle=_get,
)
TRAITS = (SET_TRAIT, CHANGE_TRAIT, GET_TRAIT)
