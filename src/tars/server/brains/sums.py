"""From words to sums: a recursive descent over `words_of`, with the usual precedence.

Every word must be understood: where one is not, there is no sum.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from tars.server.brains import expressions as ex
from tars.server.brains.expressions import Number, Operation, Operator, Tree, is_operation, number
from tars.server.brains.figures import fraction_in_words, in_full
from tars.server.brains.numbers import read_fraction, read_number
from tars.server.brains.ordinals import ordinal_words, read_ordinal

_PI = Fraction("3.14159265358979323846264338327950288419716939937511")
_DEEPEST = 24
"""Brackets and functions inside each other."""

CURRENCIES: Mapping[str, str] = {
    **dict.fromkeys(("dollar", "dollars", "buck", "bucks"), "dollars"),
    **dict.fromkeys(("euro", "euros"), "euros"),
    **dict.fromkeys(("pound", "pounds"), "pounds"),
    **dict.fromkeys(("cent", "cents"), "cents"),
    **dict.fromkeys(("rupee", "rupees"), "rupees"),
    "yen": "yen",
}
"""Money that a sum may be about, by what people call it. No sum turns one into another."""

_Way = tuple[tuple[str, ...], Operator, bool]


def _ways(operator: Operator, *phrases: str, swapped: bool = False) -> list[_Way]:
    return [(tuple(phrase.split()), operator, swapped) for phrase in phrases]


_ADDITIVE = [
    *_ways(ex.PLUS, "plus", "added to"),
    *_ways(ex.MINUS, "minus", "less", "take away", "takeaway"),
    *_ways(ex.MINUS, "subtracted from", "taken from", "taken away from", swapped=True),
]
_MULTIPLICATIVE = [
    *_ways(ex.TIMES, "times", "multiplied by", "multiplied with", "time"),
    *_ways(ex.DIVIDED, "divided by", "divided buy", "divide by", "over"),
    *_ways(ex.DIVIDED, "divided into", swapped=True),
    *_ways(ex.MODULO, "modulo", "mod", "modulus"),
]
_PREFIXES: Mapping[str, Operator] = {
    "minus": ex.NEGATIVE,
    "double": ex.TWICE,
    "twice": ex.TWICE,
    "triple": ex.TRIPLE,
    "thrice": ex.TRIPLE,
}
_ROOTS = {"square": ex.SQUARE_ROOT, "cube": ex.CUBE_ROOT, "cubic": ex.CUBE_ROOT}
_POWERS = {"square": ex.SQUARED, "cube": ex.CUBED}
_OPEN = ("(", "open bracket", "open brackets", "open parenthesis", "open parentheses", "left parenthesis")
_CLOSE = (")", "close bracket", "close brackets", "close parenthesis", "close parentheses", "right parenthesis")


class NoSum(Exception):
    """The words are no sum."""


def read_expression(words: Sequence[str]) -> Tree | None:
    """The expression that all of `words` are; None where they are none. A mere number is one.

    "And" belongs to a number where it can ("two hundred and five"), and else stands between two.
    """
    for mixed in (True, False):
        reader = Reader(words, mixed=mixed)
        try:
            tree = reader.additive()
            reader.finish()
        except NoSum:
            continue
        return tree
    return None


def read_items(words: Sequence[str]) -> list[Tree] | None:
    """The expressions that `words` name one by one: "three, five and ten"; None where they are not two or more."""
    for mixed in (True, False):
        reader = Reader(words, mixed=mixed)
        try:
            items = reader.items()
            reader.finish()
        except NoSum:
            continue
        if len(items) > 1:
            return items
    return None


def chain(operator: Operator, items: Sequence[Tree]) -> Tree:
    """The items with one operator between all of them."""
    tree = items[0]
    for item in items[1:]:
        tree = Operation(operator, (tree, item))
    return tree


class Reader:
    """Reads one expression; each method reads as much as binds as closely as its name says.

    Raises `NoSum`.
    """

    def __init__(self, words: Sequence[str], *, mixed: bool) -> None:
        self._words = list(words)
        self._at = 0
        self._mixed = mixed
        self._depth = 0

    def finish(self) -> None:
        """Check that nothing is left."""
        if self._at != len(self._words):
            raise NoSum

    def additive(self) -> Tree:
        """Sums and differences."""
        return self._chain(_ADDITIVE, self._multiplicative)

    def items(self) -> list[Tree]:
        """One expression or several, with "and", a pause or nothing between them."""
        items = [self.additive()]
        while self._at < len(self._words) and not self._closes():
            self._take(",")
            self._take("and")
            items.append(self.additive())
        return items

    def _multiplicative(self) -> Tree:
        return self._chain(_MULTIPLICATIVE, self._signed)

    def _chain(self, ways: list[_Way], operand: Callable[[], Tree]) -> Tree:
        tree = operand()
        while (way := self._way(ways)) is not None:
            operator, swapped = way
            right = operand()
            tree = Operation(operator, (right, tree) if swapped else (tree, right))
        return tree

    def _way(self, ways: list[_Way]) -> tuple[Operator, bool] | None:
        for phrase, operator, swapped in ways:
            if self._take_words(phrase):
                return operator, swapped
        return None

    def _signed(self) -> Tree:
        """What stands before a number: signs, "twice", "half of", "20 percent off"."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NoSum
        try:
            return self._prefixed() or self._part_of() or self._power()
        finally:
            self._depth -= 1

    def _prefixed(self) -> Tree | None:
        operator = _PREFIXES.get(self._peek())
        if operator is not None:
            self._at += 1
            self._take("of")
            return Operation(operator, (self._signed(),))
        return self._root()

    def _root(self) -> Tree | None:
        """ "The square root of nine", "the fourth root of 16"."""
        start = self._at
        self._take("the")
        operator = _ROOTS.get(self._peek())
        place = read_ordinal(self._words, self._at)
        if operator is not None:
            self._at += 1
        elif place is not None and 2 <= place[0] < 100:
            operator, self._at = ex.root_operator(place[0], ordinal_words(place[0])), place[1]
        if operator is not None and self._take("root"):
            self._take("of")
            return Operation(operator, (self._signed(),))
        self._at = start
        return None

    def _part_of(self) -> Tree | None:
        """ "Half of fifty", "a third off 90", "20 percent of 80", "20 percent off 80"."""
        start = self._at
        part = read_fraction(self._words, self._at)
        if part is not None:
            written, self._at = self._words[self._at], part.end
            if self._take("of"):
                if part.value == Fraction(1, 2):
                    return Operation(ex.HALF, (self._signed(),))
                return self._times_part(_fraction(written, part.value))
            if part.value < 1 and self._take("off"):
                self._take("of")
                if part.value == Fraction(1, 2):
                    return Operation(ex.HALF_OFF, (self._signed(),))
                return Operation(ex.PART_OFF, (_fraction(written, part.value), self._signed()))
        self._at = start
        rate = self._number()
        if isinstance(rate, Number) and rate.percent:
            if self._take("off"):
                self._take("of")
                return Operation(ex.PERCENT_OFF, (rate, self._signed()))
            if self._take("of"):
                return Operation(ex.PERCENT_OF, (rate, self._signed()))
        self._at = start
        return None

    def _times_part(self, part: Tree) -> Tree:
        operator = ex.TIMES if is_operation(part) else ex.PART_OF
        return Operation(operator, (part, self._signed()))

    def _power(self) -> Tree:
        tree = self._atom()
        while True:
            if self._take("squared"):
                tree = Operation(ex.SQUARED, (tree,))
            elif self._take("cubed"):
                tree = Operation(ex.CUBED, (tree,))
            elif self._take("factorial"):
                tree = Operation(ex.FACTORIAL, (tree,))
            elif (exponent := self._exponent()) is not None:
                return Operation(ex.POWER_OF, (tree, exponent))
            else:
                return tree

    def _exponent(self) -> Tree | None:
        """ "To the power of three", "to the eighth", "to the twelfth power"."""
        start = self._at
        self._take("raised")
        if self._take_any("to the power of", "to the power", "to power"):
            return self._signed()
        if self._take_any("to the", "to a", "to"):
            minus = self._take("minus") or self._take("negative")
            exponent = self._place()
            if exponent is not None:
                self._take("power")
                return Operation(ex.NEGATIVE, (exponent,)) if minus else exponent
        self._at = start
        return None

    def _place(self) -> Tree | None:
        """ "Eighth", or "eight" behind "to the"."""
        place = read_ordinal(self._words, self._at)
        if place is None:
            return self._number() if self._words[self._at - 1] == "the" else None
        self._at = place[1]
        return number(Fraction(place[0]))

    def _atom(self) -> Tree:
        if self._take_any(*_OPEN):
            tree = self.additive()
            if not self._take_any(*_CLOSE):
                raise NoSum
            return tree
        if self._take("negative"):
            return Operation(ex.NEGATIVE, (self._atom(),))
        tree_ = self._number() or self._function()
        if tree_ is None:
            raise NoSum
        return tree_

    def _closes(self) -> bool:
        start = self._at
        closes = self._take_any(*_CLOSE)
        self._at = start
        return closes

    def _number(self) -> Tree | None:
        """A number with what it counts: percent or money."""
        if self._peek() in ("pi", "π"):
            self._at += 1
            return Number(_PI, "pi", exact=False)
        if self._at >= len(self._words):
            return None
        part = read_fraction(self._words, self._at)
        read = part or read_number(self._words, self._at, mixed=self._mixed)
        if read is None:
            return None
        written, self._at = self._words[self._at], read.end
        if self._take("percent"):
            return Number(read.value, in_full(read.value), percent=True)
        if part is not None:
            return _fraction(written, read.value)
        currency = CURRENCIES.get(self._peek(), "")
        self._at += currency != ""
        return Number(read.value, in_full(read.value), currency=currency)

    def _function(self) -> Tree | None:
        self._take("the")
        name = self._peek()
        self._at += 1
        if name in _POWERS and self._take("of"):
            return Operation(_POWERS[name], (self._signed(),))
        if name in ("sum", "total") and self._take("of"):
            return chain(ex.PLUS, self._listed(alone=True))
        if name == "product" and self._take("of"):
            return chain(ex.TIMES, self._listed(alone=True))
        if name in ("average", "mean") and self._take("of"):
            return Operation(ex.AVERAGE, tuple(self._listed()))
        if name == "difference" and self._take_any("between", "of"):
            return Operation(ex.DIFFERENCE, tuple(self._listed(exactly=2)))
        if name == "quotient" and self._take("of"):
            return chain(ex.DIVIDED, self._listed(exactly=2))
        if name == "remainder":
            return self._remainder()
        return None

    def _listed(self, *, alone: bool = False, exactly: int = 0) -> list[Tree]:
        """What a function is of. `alone`: one sum will do, as in "the sum of three plus five"."""
        items = self.items()
        if len(items) == 1 and not (alone and is_operation(items[0])):
            raise NoSum
        if exactly and len(items) != exactly:
            raise NoSum
        return items

    def _remainder(self) -> Tree:
        if not self._take_any("of", "when", "if"):
            raise NoSum
        left = self._signed()
        if not self._take_any("divided by", "is divided by", "over", "and", "by"):
            raise NoSum
        return Operation(ex.REMAINDER, (left, self._signed()))

    def _peek(self) -> str:
        return self._words[self._at] if self._at < len(self._words) else ""

    def _take(self, word: str) -> bool:
        taken = self._peek() == word
        self._at += taken
        return taken

    def _take_any(self, *phrases: str) -> bool:
        return any(self._take_words(tuple(phrase.split())) for phrase in phrases)

    def _take_words(self, phrase: tuple[str, ...]) -> bool:
        taken = tuple(self._words[self._at : self._at + len(phrase)]) == phrase
        self._at += len(phrase) * taken
        return taken


def _fraction(written: str, value: Fraction) -> Tree:
    """A fraction as it was said; a written one that is none of the common ones is a division: "10/2"."""
    if value < 1 and (ordinal_words(value.denominator) or value.denominator in (100, 1000)):
        return Number(value, fraction_in_words(value))
    if "/" not in written:
        return number(value)
    top, _, bottom = written.partition("/")
    return Operation(ex.DIVIDED, (number(Fraction(int(top))), number(Fraction(int(bottom)))))
