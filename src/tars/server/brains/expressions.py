"""Sums as trees: how they are computed, exactly where that is possible, and how they are said."""

import math
from collections.abc import Callable
from decimal import Decimal, DecimalException, localcontext
from fractions import Fraction

import attrs

from tars.server.brains.figures import in_full

_MOST_BITS = 4000
"""Of a numerator or denominator: some 1,200 digits. Beyond that a result costs time, and nobody wants it."""
_PRECISION = 50
"""Digits of what has no exact value."""
_MOST_FACTORIAL = 450
_MOST_DEGREE = 99
"""Of a root that is tried exactly."""


class SumError(ValueError):
    """A sum without a result. The text says why, as a sentence."""


class DividedByZero(SumError):
    """A division by zero."""


_TOO_BIG = "That is too big to say aloud."
_TOO_SMALL = "That is too close to zero to say aloud."


@attrs.frozen
class Result:
    """What a sum comes to."""

    value: Fraction
    exact: bool = True
    """Whether `value` is the result, and not near it."""
    percent: bool = False
    """Whether it is a percentage that is one of nothing yet: "5 percent plus 10 percent"."""
    currency: str = ""
    """ "dollars"; empty for a mere number."""


@attrs.frozen
class Number:
    """A number that was said."""

    value: Fraction
    said: str
    currency: str = ""
    percent: bool = False
    exact: bool = True


@attrs.frozen
class Operation:
    """An operation on one or several trees."""

    operator: "Operator"
    operands: tuple["Tree", ...]


Tree = Number | Operation


@attrs.frozen
class Operator:
    """What an operation does, and how it is said."""

    said: str
    """With a place for each operand; "{all}" for any number of them."""
    level: int
    """How closely it binds: what binds less closely stands in brackets inside it."""
    compute: Callable[..., Result]
    inside: tuple[int, ...] = ()
    """The level that each operand needs to stand without brackets; `level` where it is left out."""


LISTED, ADDITIVE, MULTIPLICATIVE, SIGNED, POWER, ATOM = range(6)
"""How closely operations bind. Nobody hears where a list of operands ends, so `LISTED` binds least."""


def number(value: Fraction) -> Number:
    """The tree of a number."""
    return Number(value, in_full(value))


def evaluate(tree: Tree) -> Result:
    """The result. Raises `SumError`."""
    if isinstance(tree, Number):
        return Result(tree.value / 100 if tree.percent else tree.value, tree.exact, tree.percent, tree.currency)
    return _checked(tree.operator.compute(*map(evaluate, tree.operands)))


def say(tree: Tree) -> str:
    """The words of a sum, in lower case; they read back as the same sum."""
    if isinstance(tree, Number):
        unit = " percent" if tree.percent else f" {tree.currency}" if tree.currency else ""
        return tree.said + unit
    operator = tree.operator
    inside = operator.inside or (operator.level,) * len(tree.operands)
    if "{all}" in operator.said:
        items = [_inside(item, inside[0]) for item in tree.operands]
        return operator.said.format(all=f"{', '.join(items[:-1])} and {items[-1]}")
    return operator.said.format(*map(_inside, tree.operands, inside))


def is_operation(tree: Tree) -> bool:
    """Whether there is anything to compute: "minus five" alone is a number."""
    return isinstance(tree, Operation) and not (tree.operator is NEGATIVE and isinstance(tree.operands[0], Number))


def _inside(tree: Tree, level: int) -> str:
    text = say(tree)
    return text if _level(tree) >= level else f"({text})"


def _level(tree: Tree) -> int:
    if isinstance(tree, Operation):
        return tree.operator.level
    if " divided by " in tree.said or " times " in tree.said:
        return MULTIPLICATIVE
    # "three quarters squared" and "10 to the power of 20 squared" would be read otherwise
    return ATOM if tree.said.replace(",", "").replace(".", "").isdigit() or tree.said == "pi" else SIGNED


def _checked(result: Result) -> Result:
    if max(result.value.numerator.bit_length(), result.value.denominator.bit_length()) > 2 * _MOST_BITS:
        raise SumError(_TOO_BIG if abs(result.value) > 1 else _TOO_SMALL)
    return result


def _plus(left: Result, right: Result, sign: int = 1) -> Result:
    exact = left.exact and right.exact
    if right.percent and not left.percent:
        return attrs.evolve(left, value=left.value * (1 + sign * right.value), exact=exact)
    if left.percent and not right.percent:
        raise SumError("I don't know what those percent are of.")
    if left.currency and right.currency and left.currency != right.currency:
        raise SumError(f"I can't add {left.currency} and {right.currency}: I know no exchange rates.")
    return Result(left.value + sign * right.value, exact, left.percent, left.currency or right.currency)


def _minus(left: Result, right: Result) -> Result:
    return _plus(left, right, -1)


def _times(left: Result, right: Result) -> Result:
    if left.currency and right.currency:
        raise SumError(f"{left.currency.capitalize()} times {right.currency} is nothing that I know.")
    nothing = any(side.exact and side.value == 0 for side in (left, right))
    exact = nothing or (left.exact and right.exact)
    return Result(left.value * right.value, exact, currency=left.currency or right.currency)


def _divided(left: Result, right: Result) -> Result:
    if right.value == 0:
        raise DividedByZero
    if right.currency and right.currency != left.currency:
        raise SumError(f"I can't divide that by {right.currency}.")
    currency = "" if right.currency else left.currency
    return Result(left.value / right.value, left.exact and right.exact, currency=currency)


def _modulo(left: Result, right: Result) -> Result:
    _plain(left, right)
    if right.value == 0:
        raise DividedByZero
    return Result(left.value % right.value, left.exact and right.exact)


def _percent_of(rate: Result, whole: Result) -> Result:
    return attrs.evolve(whole, value=rate.value * whole.value, exact=rate.exact and whole.exact, percent=False)


def _percent_off(rate: Result, whole: Result) -> Result:
    return _minus(attrs.evolve(whole, percent=False), rate)


def _part_off(part: Result, whole: Result) -> Result:
    left = Result(1 - part.value, part.exact)
    return _times(left, whole)


def _scaled_by(factor: Fraction) -> Callable[[Result], Result]:
    return lambda operand: attrs.evolve(operand, value=operand.value * factor)


def _difference(left: Result, right: Result) -> Result:
    result = _minus(left, right)
    return attrs.evolve(result, value=abs(result.value))


def _average(*items: Result) -> Result:
    total = items[0]
    for item in items[1:]:
        total = _plus(total, item)
    return attrs.evolve(total, value=total.value / len(items))


def _factorial(operand: Result) -> Result:
    _plain(operand)
    if not operand.exact or operand.value.denominator != 1 or operand.value < 0:
        raise SumError("Only whole numbers from zero up have a factorial.")
    if operand.value > _MOST_FACTORIAL:
        raise SumError(_TOO_BIG)
    return Result(Fraction(math.factorial(int(operand.value))))


def _power(base: Result, exponent: Result) -> Result:
    _plain(base, exponent)
    if base.value == 0 and exponent.value < 0:
        raise DividedByZero
    degree = exponent.value.denominator
    if base.value < 0 and (degree % 2 == 0 or degree > _MOST_DEGREE):
        raise SumError("A negative number has no such root.")
    _check_size(base.value, exponent.value)
    if degree > _MOST_DEGREE:
        return Result(_approximate(base.value, exponent.value), exact=False)
    raised = Result(base.value**exponent.value.numerator, base.exact and exponent.exact)
    return raised if degree == 1 else _root(raised, degree)


def _root(operand: Result, degree: int) -> Result:
    """The real root; exact where the number is a power of a rational one."""
    sign = -1 if operand.value < 0 else 1
    size = abs(operand.value)
    exact = Fraction(_whole_root(size.numerator, degree), _whole_root(size.denominator, degree))
    if exact**degree == size:
        return Result(sign * exact, operand.exact)
    return Result(sign * _approximate(size, Fraction(1, degree)), exact=False)


def _root_of(degree: int) -> Callable[[Result], Result]:
    return lambda operand: _power(operand, Result(Fraction(1, degree)))


def _whole_root(value: int, degree: int) -> int:
    """The largest whole number whose power is not above `value`."""
    if degree == 2:
        return math.isqrt(value)
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
    return low


def _approximate(base: Fraction, exponent: Fraction) -> Fraction:
    """A power of a base that is not negative, to many more digits than are said."""
    with localcontext() as context:
        context.prec = _PRECISION
        try:
            size = Decimal(base.numerator) / Decimal(base.denominator)
            return Fraction(size ** (Decimal(exponent.numerator) / Decimal(exponent.denominator)))
        except (DecimalException, OverflowError):
            raise SumError(_TOO_BIG) from None


def _check_size(base: Fraction, exponent: Fraction) -> None:
    longest = max(base.numerator.bit_length(), base.denominator.bit_length())
    if base not in (0, 1, -1) and abs(exponent) * max(longest - 1, 1) > _MOST_BITS:
        raise SumError(_TOO_BIG if (abs(base) > 1) == (exponent > 0) else _TOO_SMALL)


def _plain(*operands: Result) -> None:
    """Refuse money where no money can come out."""
    for operand in operands:
        if operand.currency:
            raise SumError(f"I can't do that with {operand.currency}, only with numbers.")


PLUS = Operator("{} plus {}", ADDITIVE, _plus, (ADDITIVE, MULTIPLICATIVE))
MINUS = Operator("{} minus {}", ADDITIVE, _minus, (ADDITIVE, MULTIPLICATIVE))
TIMES = Operator("{} times {}", MULTIPLICATIVE, _times, (MULTIPLICATIVE, SIGNED))
DIVIDED = Operator("{} divided by {}", MULTIPLICATIVE, _divided, (MULTIPLICATIVE, SIGNED))
MODULO = Operator("{} modulo {}", MULTIPLICATIVE, _modulo, (MULTIPLICATIVE, SIGNED))
REMAINDER = Operator("the remainder of {} divided by {}", LISTED, _modulo, (SIGNED, SIGNED))
PERCENT_OF = Operator("{} of {}", SIGNED, _percent_of, (SIGNED, SIGNED))
PERCENT_OFF = Operator("{} off {}", SIGNED, _percent_off, (SIGNED, SIGNED))
PART_OFF = Operator("{} off {}", SIGNED, _part_off, (SIGNED, SIGNED))
PART_OF = Operator("{} of {}", SIGNED, _times, (SIGNED, SIGNED))
NEGATIVE = Operator("minus {}", SIGNED, _scaled_by(Fraction(-1)), (SIGNED,))
HALF = Operator("half of {}", SIGNED, _scaled_by(Fraction(1, 2)), (SIGNED,))
HALF_OFF = Operator("half off {}", SIGNED, _scaled_by(Fraction(1, 2)), (SIGNED,))
TWICE = Operator("twice {}", SIGNED, _scaled_by(Fraction(2)), (SIGNED,))
TRIPLE = Operator("triple {}", SIGNED, _scaled_by(Fraction(3)), (SIGNED,))
POWER_OF = Operator("{} to the power of {}", POWER, _power, (ATOM, SIGNED))
SQUARED = Operator("{} squared", POWER, lambda base: _power(base, Result(Fraction(2))), (ATOM,))
CUBED = Operator("{} cubed", POWER, lambda base: _power(base, Result(Fraction(3))), (ATOM,))
FACTORIAL = Operator("{} factorial", ATOM, _factorial, (ATOM,))
SQUARE_ROOT = Operator("the square root of {}", SIGNED, _root_of(2), (SIGNED,))
CUBE_ROOT = Operator("the cube root of {}", SIGNED, _root_of(3), (SIGNED,))
DIFFERENCE = Operator("the difference between {} and {}", LISTED, _difference, (ATOM, ATOM))
AVERAGE = Operator("the average of {all}", LISTED, _average, (ATOM,))


def root_operator(degree: int, name: str) -> Operator:
    """The operator of a higher root: `name` is its ordinal."""
    return Operator(f"the {name} root of {{}}", SIGNED, _root_of(degree), (SIGNED,))
