"""Coins, dice, random numbers, and a choice between several things."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import ceil

from tars.server.brains.figures import in_full
from tars.server.brains.normalise import words_of
from tars.server.brains.numbers import take_numbers
from tars.server.brains.skills.skill import Call, Reply, Skill, Value

_MOST_COINS = 20
_MOST_DICE = 20
_MOST_SIDES = 1000
_LARGEST = 10**12
"""Beyond this nobody follows a number that is read aloud."""


def _flip(call: Call) -> Reply:
    count = call.exact("count", 1)
    if count < 1 or count.denominator != 1:
        return Reply(f"I can't flip {in_full(count)} coins.")
    if count > _MOST_COINS:
        return Reply(f"I only have {_MOST_COINS} coins.")
    sides = [call.rng.choice(("heads", "tails")) for _ in range(int(count))]
    if len(sides) > 1:
        heads = sides.count("heads")
        return Reply(f"{_listed(sides).capitalize()}. That is heads {_times(heads)}.")
    remark = ""
    if "called" in call.slots:
        remark = " You win." if call.word("called") == sides[0] else " You lose."
    return Reply(f"{sides[0].capitalize()}.{remark}")


def _times(count: int) -> str:
    return {0: "not once", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _listed(items: Sequence[str]) -> str:
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _roll(call: Call) -> Reply:
    count, sides, plus = call.exact("count", 1), call.exact("sides", 6), call.exact("plus")
    if count < 1 or count.denominator != 1:
        return Reply(f"I can't roll {in_full(count)} dice.")
    if sides < 2 or sides.denominator != 1:
        return Reply(f"There is no die with {in_full(sides)} side{'s' if sides != 1 else ''}.")
    if sides > _MOST_SIDES:
        return Reply(f"My dice have at most {_MOST_SIDES} sides. Beyond that it's a ball.")
    if count > _MOST_DICE:
        return Reply(f"I only have {_MOST_DICE} dice.")
    rolls = [call.rng.randint(1, int(sides)) for _ in range(int(count))]
    added = f", {'minus' if plus < 0 else 'plus'} {in_full(abs(plus))}" if plus else ""
    if len(rolls) == 1 and not plus:
        return Reply(f"You rolled {rolls[0]}.")
    rolled = _listed([str(roll) for roll in rolls]) if len(rolls) > 1 else str(rolls[0])
    return Reply(f"{rolled}{added}. That makes {in_full(sum(rolls) + plus)}.")


def _random_number(call: Call) -> Reply:
    if "low" not in call.slots and call.exact("high", 100) < 1:
        return Reply("There is no such number: I start at 1.")
    low, high = sorted((call.exact("low", 1), call.exact("high", 100)))
    if low.denominator != 1 or high.denominator != 1:
        return Reply("I only draw whole numbers.")
    if max(abs(low), abs(high)) > _LARGEST:
        return Reply("That is too big to say aloud.")
    return Reply(f"{in_full(Fraction(call.rng.randint(int(low), int(high))))}.")


def _choose(call: Call) -> Reply:
    options = [
        option for said in call.word("options").split("\n") for option in _split_at_commas(said, call.request.text)
    ]
    return Reply(f"{call.rng.choice(options).capitalize()}.")


def _split_at_commas(said: str, text: str) -> list[str]:
    """Return the parts of `said` between which `text` has commas: "pizza, pasta or salad" names three."""
    runs = [words_of(run) for run in re.split(r"[,;:]\s", text)]
    words, heard = said.split(), [word for run in runs for word in run]
    starts = range(len(heard) - len(words) + 1)
    start = next((start for start in starts if heard[start : start + len(words)] == words), None)
    if start is None:
        return [said]
    cuts = [cut - start for cut in accumulate(map(len, runs)) if start < cut < start + len(words)]
    parts = (words[one:other] for one, other in pairwise((0, *cuts, len(words))))
    return [" ".join(part).removeprefix("the ") for part in parts if part]


_COIN = r"(?:coins?|quarters?|dimes?|penny|pennies|nickels?)"
_FLIP = r"(?:flip|flips|flipping|flipped|filp|toss|tosses|tossing|tossed|throw|throwing|spin)"
_COIN_PHRASE = re.compile(
    rf"\b{_FLIP} .*?\b{_COIN}\b|\b{_COIN} (?:flips?|toss|tosses|flipped|tossed)\b|\bheads or tails\b"
    rf"|\btails or heads\b"
    rf"|\b{_COIN} and (?:flip|toss)\b|\b(?:flip|toss) (?:for )?(?:it|me)\b.*\b(?:heads|tails|for it)\b"
    rf"|\bflip for it\b"
    rf"|\b(?:if|whether) a {_COIN} lands\b"
)
_TELLING = re.compile(
    r"^(?:who|whose|when|where|why|did|does|how (?!about\b|do i\b)|play|add|remind|set|i don't)\b"
)
"""The beginning of a sentence that is about a coin or a die, and asks for none."""
_DIE = r"(?:die|dice|dices|bones)"
_ROLL = r"(?:roll|rolls|rolling|rolled|role|throw|throwing|toss|cast|shake|shoot)"
_DIE_PHRASE = re.compile(
    rf"\b{_ROLL}\b.*\b{_DIE}\b|\b{_DIE}\b.*\b{_ROLL}\b|\bsided {_DIE}\b.*\b{_ROLL}|^{_ROLL} (?:n\d )?d "
    rf"n\d(?: s)?\b"
    rf"|^(?:{_ROLL} )?(?:(?:an?|the|one) )?(?:n\d )?d n\d(?: s)?\b|^{_ROLL} (?:an? )?n\d sided\b"
)
_SIDES = re.compile(r"\b(n\d) sided?\b|\b(?:with|has|have|of) (n\d) (?:sides|faces)\b|\bd (n\d)\b|\b(n\d) sides\b")
_RANGE = re.compile(r"\b(?:from|between) (n\d) (?:to|and|through) (n\d)\b")
_COUNT = re.compile(
    rf"\b((?:(?:minus|negative) )?)(n\d) (?:fair |normal |virtual |standard )?"
    rf"(?:n\d sided? |d n\d|{_DIE}\b|{_COIN}\b|times?\b)"
)
_MORE = re.compile(r"\b(plus|minus) (n\d)\b")
_SOME = {"once": 1, "one time": 1, "twice": 2, "a couple": 2, "a pair": 2, "both": 2}


def _read_coin(words: Sequence[str]) -> Mapping[str, Value] | None:
    """Read what asks for a coin to be flipped: how often, and the side that somebody calls."""
    plain, numbers = take_numbers(words)
    text = " ".join(plain)
    if _TELLING.match(text) or not _COIN_PHRASE.search(text):
        return None
    slots: dict[str, Value] = {}
    used: set[str] = set()
    if found := _COUNT.search(text):
        slots["count"] = _signed(found[1], numbers[int(found[2][1:])])
        used.add(found[2])
    elif some := next((count for name, count in _SOME.items() if name in text and count > 1), None):
        slots["count"] = some
    called = {side for side in ("heads", "tails") if side in words}
    if len(called) == 1 and re.search(r"\b(i|i'll|i'm|i've|me|my|mine|call)\b", text):
        slots["called"] = called.pop()
    return slots if _all_used(text, used | set(re.findall(r"(n\d) sided", text))) else None


def _read_dice(words: Sequence[str]) -> Mapping[str, Value] | None:
    """Read what asks for dice: how many, with how many sides, and what is added to them."""
    plain, numbers = take_numbers(words)
    text = " ".join(plain)
    if _TELLING.match(text) or not _DIE_PHRASE.search(text):
        return None
    slots: dict[str, Value] = {}
    used: set[str] = set()

    def take(slot: str, name: str) -> None:
        slots[slot] = numbers[int(name[1:])]
        used.add(name)

    if found := _SIDES.search(text):
        take("sides", next(filter(None, found.groups())))
    if (found := _RANGE.search(text)) and numbers[int(found[1][1:])] == 1:
        used.add(found[1])
        take("sides", found[2])
    if (counted := _COUNT.search(text)) and counted[2] not in used:
        take("count", counted[2])
        slots["count"] = _signed(counted[1], numbers[int(counted[2][1:])])
    elif some := next((count for name, count in _SOME.items() if name in text and count > 1), None):
        slots["count"] = some
    if (found := _MORE.search(text)) and not (counted and counted[0].startswith(found[0])):
        if found[2] in used:
            return None  # "a minus six sided die": the sign has no meaning, and must not vanish
        take("plus", found[2])
        slots["plus"] = _signed(found[1], numbers[int(found[2][1:])])
    return slots if _all_used(text, used) else None


def _signed(sign: str, number: Fraction) -> Fraction:
    return -number if sign.strip() in ("minus", "negative") else number


def _all_used(text: str, used: set[str]) -> bool:
    """Whether every number of the text has a meaning; a "one" before a thing is a mere article."""
    return set(re.findall(r"\bn\d\b", text)) <= used


_NUMBER_PHRASE = re.compile(
    r"^(?:(?:pick|choose|give me|tell me|draw|say|think of|generate|make|get|get me|i need|i want|name|roll) )?"
    r"(?:(?:(?:a|any|some) )?(?P<random>random) |(?:a|any|some) )(?:whole )?number"
    r"(?: (?:between|from|in the range) (?P<limits>.+)| (?P<limit>up to|below|under) (?P<high>.+))?$"
)


def _read_random_number(words: Sequence[str]) -> Mapping[str, Value] | None:
    """Read what asks for a random number, and the limits."""
    found = _NUMBER_PHRASE.match(" ".join(words))
    if found is None:
        return None
    if found["high"]:
        high = _number(found["high"].split())
        if high is None:
            return None
        return {"high": high if found["limit"] == "up to" else ceil(high) - 1}
    return _read_limits(found["limits"].split()) if found["limits"] else {}


def _read_limits(words: Sequence[str]) -> Mapping[str, Value] | None:
    """Read "one and ten": the two numbers, where an "and" may also be in the middle of one."""
    for at, word in enumerate(words):
        if word in ("and", "to", "through"):
            low, high = _number(words[:at]), _number(words[at + 1 :])
            if low is not None and high is not None:
                return {"low": low, "high": high}
    return None


def _number(words: Sequence[str]) -> Fraction | None:
    """Return the number that the words are, all of them."""
    plain, numbers = take_numbers(words)
    if len(plain) == 2 and plain[0] == "minus" and len(numbers) == 1:
        return -numbers[0]
    return numbers[0] if len(plain) == len(numbers) == 1 else None


_CHOOSE = re.compile(
    r"^(?:pick|choose|select|decide|decide on|help me (?:pick|choose|decide)|randomly (?:pick|choose|select))"
    r"(?: (?:one|something|randomly|at random))*(?: (?:of|from|between|among|out of|either|for me))* "
    r"(?P<options>.+?)(?: please)?$"
)


def _read_choice(words: Sequence[str]) -> Mapping[str, Value] | None:
    """Read what asks to choose one of several things that are named."""
    found = _CHOOSE.match(" ".join(words))
    if found is None or "number" in words or "card" in words:
        return None
    said = found["options"]
    joint = r" or (?:else )?" if " or " in said else r" and "
    options = [option.removeprefix("the ") for option in re.split(joint, said) if option]
    return {"options": "\n".join(options)} if len(options) > 1 else None


_LET = "[(i want to|i need to|i'd like to|let's|help me)]"
_HAVE = "[(do|i want|i need|i'd like|i would like|how about|let's do|let's have|can i have|give me)]"
_TOSS_ONE = "(flip|toss|throw) [me] (a|the|that|this) [(fair|virtual)] (coin|quarter|dime|penny|nickel)"
_CALLED = "(i|i'll) (call|choose|pick|take|say|select) (heads|tails)"
_LANDING = (
    "((what|which) side it lands on|what it lands on|what it is|what you get|the result"
    "|[(if it is|if it's)] heads or tails)"
)
_ROLLED = "[and tell me (what you get|the result|the number|what it is|what it lands on)]"

FLIP_COIN = Skill(
    name="flip_coin",
    description="Flip one coin or several, and say who wins where a side is called.",
    sentences=(
        f"{_LET} {_TOSS_ONE} [(again|once|one time|heads or tails)]",
        f"{_LET} {_TOSS_ONE} and (tell me|let me know|say) {_LANDING}",
        f"{_LET} {_TOSS_ONE} {{percentage:count}} times",
        f"{_LET} (flip|toss|throw) {{percentage:count}} coins",
        f"{_TOSS_ONE} [and] {_CALLED}",
        f"{_CALLED} [and] [now] {_TOSS_ONE}",
        f"heads or tails [{_CALLED}]",
        f"{_HAVE} [a] coin (flip|toss|flipped|tossed)",
        "take a coin and (flip|toss) it",
    ),
    handle=_flip,
    parse=_read_coin,
)
ROLL_DICE = Skill(
    name="roll_dice",
    description="Roll one die or several, with any number of sides.",
    sentences=(
        f"{_LET} (roll|throw|toss) [me] (a|the|one|that|this) [(fair|virtual)] (die|dice) {_ROLLED}",
        f"{_LET} (roll|throw|toss) [(the|some|those|these)] (die|dice) {_ROLLED}",
        f"{_HAVE} [a] (die|dice) (roll|rolled)",
        "(roll|throw) (a pair of|a couple of|both) dice",
        "(roll|throw) {percentage:count} dice",
        f"{_LET} (roll|throw|toss) [(a|an|the|one|that|this)] {{percentage:sides}} sided (die|dice) {_ROLLED}",
        "(roll|throw) (a pair of|a couple of) {percentage:sides} sided dice",
        f"{_HAVE} [(a|an|the)] {{percentage:sides}} sided (die|dice) (roll|rolled)",
        "(roll|throw) {percentage:count} {percentage:sides} sided dice",
        "(roll|throw) (a|the) d {percentage:sides}",
        "(roll|throw) {percentage:count} d {percentage:sides}",
        "(roll|throw) (a|the|one) (die|dice) with {percentage:sides} sides",
    ),
    handle=_roll,
    parse=_read_dice,
)
RANDOM_NUMBER = Skill(
    name="random_number",
    description="Draw a whole number at random.",
    sentences=(
        "[(pick|choose|give me|draw|say|think of)] (a|any|some) random number",
        "(pick|choose|give me|draw|say|think of) (a|any|some) number",
        "[(pick|choose|give me|draw|say|think of)] (a|any|some) [random] number (between {quantity:low} and|from "
        "{quantity:low} to) {quantity:high}",
    ),
    handle=_random_number,
    parse=_read_random_number,
)
CHOOSE = Skill(
    name="choose",
    description="Choose one of several things that are named.",
    sentences=(),
    handle=_choose,
    parse=_read_choice,
)
CHANCE = (FLIP_COIN, ROLL_DICE, RANDOM_NUMBER, CHOOSE)
