"""Sums, said back in words that a voice reads well."""

import math
from fractions import Fraction

from tars.server.brains.numbers import show
from tars.server.brains.skills.skill import Call, Reply, Skill

_LARGEST = 10**15
"""Beyond this nobody follows a number that is read aloud."""
_LARGEST_POWER = 64


def _calculate(call: Call) -> Reply:
    left, right = call.exact("left"), call.exact("right")
    operator = call.word("operator")
    if operator == "divided by" and right == 0:
        return Reply(
            call.line(
                "I can't divide by zero.",
                dry=(
                    "Divided by zero. No. I like this universe the way it is.",
                    "Nobody divides by zero. I tried once.",
                ),
            )
        )
    result = _apply(operator, left, right)
    if result is None or abs(result) > _LARGEST:
        return Reply("That is too big to say aloud.")
    return Reply(f"{show(left)} {operator} {show(right)} is {_result(result)}.")


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction | None:
    """The result; None where it is too large to be worth computing."""
    match operator:
        case "plus":
            return left + right
        case "minus":
            return left - right
        case "times":
            return left * right
        case "divided by":
            return left / right
        case "percent of":
            return left / 100 * right
        case "to the power of":
            if right > _LARGEST_POWER or abs(left) > _LARGEST:
                return None
            return _power(left, right)
    raise ValueError(f"no operator {operator!r}")


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator == 1:
        return None if base == 0 and exponent < 0 else base ** int(exponent)
    return Fraction(float(base) ** float(exponent)) if base >= 0 else None


def _result(value: Fraction) -> str:
    """Exact where three decimals say all, and honest where they don't."""
    text = show(value, places=3)
    return text if round(value, 3) == value else f"about {text}"


def _swapped(call: Call) -> Reply:
    """ "Subtract two from five": what is named first comes second."""
    slots = {**call.slots, "left": call.slots["right"], "right": call.slots["left"]}
    return _calculate(call.with_slots(slots))


def _square_root(call: Call) -> Reply:
    value = call.exact("left")
    if value > _LARGEST:
        return Reply("That is too big to say aloud.")
    exact = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    root = exact if exact * exact == value else Fraction(math.sqrt(value))
    return Reply(f"The square root of {show(value)} is {_result(root)}.")


def _to_fixed_power(call: Call) -> Reply:
    value, power = call.exact("left"), int(call.number("power"))
    name = {2: "squared", 3: "cubed"}[power]
    result = value**power
    if result > _LARGEST:
        return Reply("That is too big to say aloud.")
    return Reply(f"{show(value)} {name} is {_result(result)}.")


_ASK = "[(what is|what's|how much is|calculate|compute)]"

CALCULATE = Skill(
    name="calculate",
    description="Add, subtract, multiply, divide, take a percentage or a power of two numbers.",
    sentences=(
        f"{_ASK} {{number:left}} {{operator}} {{number:right}}",
        "{deed:operator} {number:left} (to|and|by|with) {number:right}",
    ),
    handle=_calculate,
    lists={
        "operator": {
            "plus": "plus",
            "minus": "minus",
            "(times|multiplied by)": "times",
            "(divided by|over)": "divided by",
            "percent of": "percent of",
            "to the power of": "to the power of",
        },
        "deed": {"add": "plus", "multiply": "times", "divide": "divided by"},
    },
    loose=("{number:left} {operator} {number:right} is [what]",),
)
SUBTRACT = Skill(
    name="subtract",
    description="Subtract a number from another.",
    sentences=("{take_away:operator} {number:left} from {number:right}",),
    handle=_swapped,
    lists={"take_away": {"(subtract|take)": "minus"}},
)
SQUARE_ROOT = Skill(
    name="square_root",
    description="Take the square root of a number.",
    sentences=(f"{_ASK} [the] square root of {{number:left}}",),
    handle=_square_root,
)
RAISE = Skill(
    name="raise_to_power",
    description="Square or cube a number.",
    sentences=(f"{_ASK} {{number:left}} {{power}}",),
    handle=_to_fixed_power,
    lists={"power": {"squared": 2, "cubed": 3}},
)
ARITHMETIC = (CALCULATE, SUBTRACT, SQUARE_ROOT, RAISE)
