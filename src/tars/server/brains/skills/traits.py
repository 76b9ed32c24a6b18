"""Humor and honesty, by percentage, remembered for each device."""

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.skill import Call, Reply, Skill

_STEP = 15
"""Percent that "more" and "less" change."""


def _set(call: Call) -> Reply:
    trait, percent = call.word("trait"), call.exact("percent")
    if not 0 <= percent <= 100 or percent.denominator != 1:
        return Reply(f"{trait.capitalize()} goes from 0 to 100 percent. Whole ones.")
    return _changed(call, trait, int(percent))


def _change(call: Call) -> Reply:
    trait, now = call.word("trait"), _current(call, call.word("trait"))
    wanted = now + _STEP * int(call.exact("step", 1))
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

SET_TRAIT = Skill(
    name="set_trait",
    description="Set TARS's humor or honesty to a percentage.",
    sentences=(
        f"(set|change|turn|put|adjust) {_TRAIT} to {{percentage:percent}} [percent]",
        f"(turn|bring) (up|down) {_TRAIT} to {{percentage:percent}} [percent]",
        f"(raise|lower|increase|decrease|reduce) {_TRAIT} to {{percentage:percent}} [percent]",
        "[your] {trait} [(setting|level)] [to] {percentage:percent} [percent]",
    ),
    handle=_set,
    lists={"trait": {"humor": "humor", "honesty": "honesty"}},
)
CHANGE_TRAIT = Skill(
    name="change_trait",
    description="Turn TARS's humor or honesty up or down a little.",
    sentences=(
        "{step} {trait}",
        f"turn {{step_way:step}} {_TRAIT}",
        f"turn {_TRAIT} {{step_way:step}}",
        f"{{step_deed:step}} {_TRAIT}",
        "be {step} {trait_manner:trait}",
    ),
    handle=_change,
    loose=("be {trait_more:trait}",),
    lists={
        "trait_more": {"(funnier|more funny|more humorous)": "humor", "more honest": "honesty"},
        "step": {"[a (bit|little)] more": 1, "[a (bit|little)] less": -1},
        "step_way": {"up": 1, "down": -1},
        "step_deed": {"(raise|increase)": 1, "(lower|decrease|reduce)": -1},
        "trait_manner": {"funny": "humor", "honest": "honesty"},
    },
)
GET_TRAIT = Skill(
    name="get_trait",
    description="Tell TARS's humor or honesty setting.",
    sentences=(
        f"(what is|what's) {_TRAIT}",
        "what {trait} (setting|level) do you have",
        "how {trait_manner:trait} are you",
    ),
    handle=_get,
)
TRAITS = (SET_TRAIT, CHANGE_TRAIT, GET_TRAIT)
