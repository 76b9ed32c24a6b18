"""Sums, said back in words that a voice reads well."""

import math
from fractions import Fraction

from tars.server.brains.figures import show
from tars.server.brains.skills.skill import Call, Reply, Skill, Value

_LARGEST = 10**15
"""Beyond this nobody follows a number that is read aloud."""
_LARGEST_POWER = 64
_TOO_BIG = Reply("That is too big to say aloud.")
_BINDS = {"plus": 0, "minus": 0, "to the power of": 2}


def _calculate(call: Call) -> Reply:
    left, right = call.exact("left"), call.exact("right")
    operator = call.word("operator")
    said = f"{show(left)} {operator} {show(right)}"
    try:
        if "third" in call.slots:
            then, third = call.word("then"), call.exact("third")
            said = f"{said} {then} {show(third)}"
            result = _chain(left, operator, right, then, third)
        else:
            result = _apply(operator, left, right)
    except ZeroDivisionError:
        return Reply(
            call.line(
                "I can't divide by zero.",
                dry=(
                    "Divided by zero. No. I like this universe the way it is.",
                    "Nobody divides by zero. I tried once.",
                ),
            )
        )
    except OverflowError:
        return _TOO_BIG
    return Reply(f"{said} is {_result(result)}.") if abs(result) <= _LARGEST else _TOO_BIG


def _chain(left: Fraction, operator: str, right: Fraction, then: str, third: Fraction) -> Fraction:
    """Two operators in a row, the one that binds more closely first."""
    if _BINDS.get(then, 1) > _BINDS.get(operator, 1):
        return _apply(operator, left, _apply(then, right, third))
    return _apply(then, _apply(operator, left, right), third)


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    """The result. `ZeroDivisionError`; `OverflowError` where it is too large to be worth computing."""
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
            return _power(left, right)
    raise ValueError(f"no operator {operator!r}")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if abs(exponent) > _LARGEST_POWER or abs(base) > _LARGEST:
        raise OverflowError
    # the templates know no negative base, so that a fractional exponent has a real result
    return base ** int(exponent) if exponent.denominator == 1 else Fraction(float(base) ** float(exponent))


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
        return _TOO_BIG
    exact = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    root = exact if exact * exact == value else Fraction(math.sqrt(value))
    return Reply(f"The square root of {show(value)} is {_result(root)}.")


def _to_fixed_power(call: Call) -> Reply:
    value, power = call.exact("left"), int(call.number("power"))
    name = {2: "squared", 3: "cubed"}[power]
    result = value**power
    if result > _LARGEST:
        return _TOO_BIG
    return Reply(f"{show(value)} {name} is {_result(result)}.")


_ASK = "(what is|what's|how much is)"
_WIDE_ASK = "[(what is|what's|how much is|calculate|compute)]"

_OPERATORS: dict[str, Value] = {
    "plus": "plus",
    "minus": "minus",
    "(times|multiplied by)": "times",
    "divided by": "divided by",
    "percent of": "percent of",
    "to the power of": "to the power of",
}

CALCULATE = Skill(
    name="calculate",
    description="Add, subtract, multiply, divide, take a percentage or a power of two numbers.",
    sentences=(
        f"{_ASK} {{number:left}} {{operator}} {{number:right}}",
        "{add:operator} {number:left} (to|and) {number:right}",
        "{multiply_or_divide:operator} {number:left} by {number:right}",
    ),
    handle=_calculate,
    lists={
        "operator": _OPERATORS,
        "any_operator": {**_OPERATORS, "over": "divided by"},
        "add": {"add": "plus"},
        "multiply_or_divide": {"multiply": "times", "divide": "divided by"},
    },
    loose=(
        f"{_WIDE_ASK} {{number:left}} {{any_operator:operator}} {{number:right}} [is] [what]",
        f"{_WIDE_ASK} {{number:left}} {{any_operator:operator}} {{number:right}} {{any_operator:then}} "
        "{number:third} [is]",
        "{multiply_or_divide:operator} {number:left} (and|with) {number:right}",
    ),
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
    sentences=(f"{_ASK} the square root of {{number:left}}",),
    handle=_square_root,
    loose=(f"{_WIDE_ASK} [the] square root of {{number:left}}",),
)
RAISE = Skill(
    name="raise_to_power",
    description="Square or cube a number.",
    sentences=(f"{_ASK} {{number:left}} {{power}}",),
    handle=_to_fixed_power,
    loose=(f"{_WIDE_ASK} {{number:left}} {{power}}",),
    lists={"power": {"squared": 2, "cubed": 3}},
)
ARITHMETIC = (CALCULATE, SUBTRACT, SQUARE_ROOT, RAISE)
