"""From a whole sentence to the sum that it asks for: "what do you get if you add five and six".

Every form ends in an expression of `sums`; what is no form of asking is no sum.
"""

import re
from collections.abc import Callable, Sequence

import attrs

from tars.server.brains import expressions as ex
from tars.server.brains.expressions import Number, Operation, Operator, Tree, is_operation, say
from tars.server.brains.numbers import read_fraction
from tars.server.brains.sums import chain, read_expression, read_items

_FRONT = re.compile(
    r"""(?:
      (?:please|kindly|tars|okay|so|and|now|then|also|hey|quick|just|quickly|actually|well)\ |
      (?:can|could|would|will)\ you\ (?:please\ )?(?:help\ me\ )?|
      i\ (?:need|want|would\ like)\ (?:you\ )?to\ |i\ need\ |i'd\ like\ (?:you\ )?to\ |help\ me\ (?:to\ )?|
      do\ you\ know\ |know\ |(?:let\ me\ know|tell\ me|find\ out|find|calculate|compute|work\ out|figure\ out)\ |
      (?:solve|evaluate|give\ me|provide|determine|show\ me)\ |
      (?:and\ )?what\ (?:do|would|will|does|did)\ (?:you|i|we|one)\ get\ (?:if|when|by)\ (?:you\ |i\ |we\ )?|
      what\ (?:happens|is\ it)\ (?:if|when)\ (?:you|i)\ |
      (?:what\ is|what's|what\ are|what\ does|what\ do|what\ would|what\ will|what)\ |
      how\ much\ (?:(?:is|are|does|do|would)\ )?|how\ many\ is\ |if\ |
      (?:the\ )?(?:result|answer|solution|value|outcome)\ (?:of|to|for|when|if)\ (?:you\ |i\ )?
    )*""",
    re.VERBOSE,
)
"""What people say in front of a sum."""
_BACK = re.compile(
    r"""(?:\ (?:
      is\ what|is\ how\ much|is|are|equals\ what|equals|equal\ to\ what|equal\ to|equal|makes|make|made|gives?|be|
      comes?\ to|come\ out\ to|work\ out\ to|what|please|for\ me|together|altogether|in\ total|as\ a\ decimal|
      added\ up|added\ together|combined|thanks|right\ now
    ))*$""",
    re.VERBOSE,
)
"""What people say behind a sum."""
_LONGEST = 400
"""Letters of a question: the time to try all forms grows with their square."""
_A = r"(?P<a>.+?)"
_B = r"(?P<b>.+?)"
_PEOPLE = r"(?: (?:people|persons|friends|kids|children|of us|parts|groups|ways|pieces))?"
_SIDE = "(?:feet|foot|meters|yards|inches|centimeters)"
_BILL = r"(?:an? |the |my )?(?P<bill>.+?)(?: (?:bill|meal|dinner|lunch|check|tab))?"


@attrs.frozen
class Question:
    """What is asked, in a form that reads back as the same question."""

    form: str
    """ "sum", or one of the questions that have their own answers: "percent", "tip", "divisible"."""
    trees: tuple[Tree, ...]

    def __str__(self) -> str:
        said = list(map(say, self.trees))
        match self.form:
            case "percent" if len(said) == 2:
                return f"{said[0]} as a percentage of {said[1]}"
            case "percent":
                return f"{said[0]} as a percentage"
            case "tip":
                return f"{said[0]} tip on {said[1]}"
            case "divisible":
                return f"is {said[0]} divisible by {said[1]}"
        return said[0]


def read_question(words: Sequence[str]) -> Question | None:
    """The question that the words of a sentence ask; None where they ask for no sum."""
    text = " ".join(words)
    if len(text) > _LONGEST:
        return None
    special = _special(text)
    if special is not None:
        return special
    front = _FRONT.match(text)
    rest = text[front.end() :] if front else text
    special = _special(rest)
    if special is not None:
        return special
    back = _BACK.search(rest)
    tree = _order(rest[: back.start()] if back else rest)
    return Question("sum", (tree,)) if tree is not None and is_operation(tree) else None


_SPECIAL = (
    (rf"what percent(?:age)?(?: of)? {_B} (?:is|are) {_A}", "percent"),
    (rf"what percent(?:age)? (?:is|are) {_A} (?:out of|of) {_B}", "percent"),
    (rf"{_A} (?:is|are) (?:what|how many|which) percent(?:age)? of {_B}", "percent"),
    (rf"how many percent of {_B} (?:is|are) {_A}", "percent"),
    (rf"{_A} (?:out of )?(?:as )?an? percent(?:age)? of {_B}(?: is)?", "percent"),
    (rf"{_A} out of {_B} (?:as|in) (?:an? )?percent(?:age)?", "percent"),
    (rf"{_A} as an? percent(?:age)?", "percent"),
    (rf"(?:an? )?{_A} (?:tip|gratuity) (?:on|for|of) {_BILL}", "tip"),
    (rf"(?:the |an? )?(?:tip|gratuity) (?:on|for) {_BILL} at {_A}", "tip"),
    (rf"tip {_A} (?:on|for) {_BILL}", "tip"),
    (rf"{_BILL} (?:with|plus|and) (?:an? )?{_A} (?:tip|gratuity)", "tip"),
    (rf"(?:is )?{_A} (?:evenly )?divisible by {_B}", "divisible"),
    (rf"can {_A} be (?:evenly )?divided by {_B}(?: evenly)?", "divisible"),
)
_SPECIAL_FORMS = [(re.compile(pattern), form) for pattern, form in _SPECIAL]


def _special(text: str) -> Question | None:
    """A question that a mere result would not answer."""
    for pattern, form in _SPECIAL_FORMS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = [name for name in ("a", "bill", "b") if name in pattern.groupindex]
        trees = [_expression(found[name]) for name in parts]
        read = tuple(tree for tree in trees if tree is not None)
        if len(read) < len(trees) or (form == "tip" and not _is_rate(read[0])):
            continue
        return Question(form, read)
    return None


def _is_rate(tree: Tree) -> bool:
    return isinstance(tree, Number) and tree.percent


def _pair(operator: Operator, *, swapped: bool = False) -> Callable[[re.Match[str]], Tree | None]:
    def read(found: re.Match[str]) -> Tree | None:
        left, right = _expression(found["a"]), _expression(found["b"])
        if left is None or right is None:
            return None
        return Operation(operator, (right, left) if swapped else (left, right))

    return read


def _items(operator: Operator) -> Callable[[re.Match[str]], Tree | None]:
    def read(found: re.Match[str]) -> Tree | None:
        items = read_items(found["a"].split())
        return chain(operator, items) if items else None

    return read


def _alone(operator: Operator) -> Callable[[re.Match[str]], Tree | None]:
    def read(found: re.Match[str]) -> Tree | None:
        tree = _expression(found["a"])
        return Operation(operator, (tree,)) if tree is not None else None

    return read


def _off(found: re.Match[str]) -> Tree | None:
    """ "20 percent discount on 50", "take half off 80"; only a part of the whole is a discount."""
    rate, whole = _expression(found["a"]), _expression(found["b"])
    if rate and whole and _is_rate(rate):
        return Operation(ex.PERCENT_OFF, (rate, whole))
    return _expression(f"{found['a']} off {found['b']}")


def _added(found: re.Match[str]) -> Tree | None:
    """ "Add 10 percent to 50": the percentage is of what it is added to."""
    left, right = _expression(found["a"]), _expression(found["b"])
    if left is None or right is None:
        return None
    return Operation(ex.PLUS, (right, left) if _is_rate(left) and not _is_rate(right) else (left, right))


def _raised(found: re.Match[str]) -> Tree | None:
    """ "Increase 80 by 10 percent"; "by a quarter" means by that part of it."""
    by = found["b"]
    return _expression(f"{found['a']} plus {by} of {found['a']}") if _is_part(by) else _pair(ex.PLUS)(found)


def _lowered(found: re.Match[str]) -> Tree | None:
    by = found["b"]
    return _expression(f"{by} off {found['a']}") if _is_part(by) else _pair(ex.MINUS)(found)


def _is_part(text: str) -> bool:
    words = text.split()
    part = read_fraction(words, 0)
    return part is not None and part.end == len(words) and part.value < 1


def _taxed(found: re.Match[str]) -> Tree | None:
    """ "50 dollars plus 8 percent tax"; only a percentage is a tax."""
    whole, rate = _expression(found["a"]), _expression(found["b"])
    return Operation(ex.PLUS, (whole, rate)) if whole and rate and _is_rate(rate) else None


def _power(found: re.Match[str]) -> Tree | None:
    return _expression(f"{found['a']} to {found['b']}")


_ORDERS = (
    (rf"(?:add up|add|adding|sum) {_A} (?:to|plus|with|onto) {_B}", _added),
    (rf"(?:increase|increasing|raise|raising) {_A} by {_B}", _raised),
    (rf"{_A} (?:is )?(?:increased|raised) by {_B}", _raised),
    (rf"(?:decrease|decreasing|reduce|reducing|lower|lowering|cut|discount) {_A} by {_B}", _lowered),
    (rf"{_A} (?:is )?(?:decreased|reduced|lowered|cut|discounted) by {_B}", _lowered),
    (rf"{_A} (?:more|higher|greater) than {_B}", _pair(ex.PLUS, swapped=True)),
    (rf"{_A} (?:less|lower|fewer|cheaper) than {_B}", _pair(ex.MINUS, swapped=True)),
    (rf"{_A} (?:plus|with|and) (?:an? )?{_B} (?:tax|sales tax|vat)", _taxed),
    (rf"(?:cut|split|divide) {_A} in (?:half|two)", _alone(ex.HALF)),
    (rf"{_A} (?:at|for) half (?:price|off)", _alone(ex.HALF_OFF)),
    (r"(?:add up|add|adding|sum up|sum|total) (?P<a>.+)", _items(ex.PLUS)),
    (
        rf"(?:subtract|subtracting|subract|deduct|take|take away|taking) {_A} (?:away )?from {_B}",
        _pair(ex.MINUS, swapped=True),
    ),
    (rf"(?:the )?difference (?:between|of) {_A} and {_B}", _pair(ex.DIFFERENCE)),
    (rf"take {_A} off (?:of )?{_B}", _off),
    (rf"(?:multiply|multiplying) {_A} (?:by|with|times) {_B}", _pair(ex.TIMES)),
    (r"(?:multiply|multiplying) (?P<a>.+)", _items(ex.TIMES)),
    (rf"(?:divide|dividing|split|splitting) {_A} (?:by|among|between|amongst) {_B}{_PEOPLE}", _pair(ex.DIVIDED)),
    (rf"(?:divide|split|share) {_A}(?: in| into)? {_B} (?:ways|parts|pieces|groups)", _pair(ex.DIVIDED)),
    (rf"i (?:win|have|get|got) {_A} how do i (?:split|divide|share) (?:it|that) {_B} ways", _pair(ex.DIVIDED)),
    (rf"(?:raise|raising) {_A} to {_B}", _power),
    (rf"(?:square|squaring) {_A}", _alone(ex.SQUARED)),
    (rf"(?:cube|cubing) {_A}", _alone(ex.CUBED)),
    (rf"(?:halve|halving) {_A}", _alone(ex.HALF)),
    (
        rf"many times (?:does|do|can|will|would|could) {_A} (?:go|goes|fit|fits) (?:into|in) {_B}",
        _pair(ex.DIVIDED, swapped=True),
    ),
    (rf"many times {_A} (?:go|goes|fit|fits) (?:into|in) {_B}", _pair(ex.DIVIDED, swapped=True)),
    (
        rf"(?:(?:the )?area of|many square {_SIDE} (?:is|are in|are there in|in)) (?:an? )?{_A} (?:by|times) {_B}"
        "(?: (?:room|rectangle|square|field|yard|garden|box|wall|house|area))?",
        _pair(ex.TIMES),
    ),
    (rf"(?:an? )?{_A} (?:discount|sale) (?:on|for|of) {_B}", _off),
    (rf"{_B} (?:with|at|after) (?:an? )?{_A} (?:discount|off)", _off),
    (
        rf"{_A} is (?:divided|multiplied|added|subtracted) .+",
        lambda found: _expression(found[0].replace(" is ", " ", 1)),
    ),
)
_ORDER_FORMS = [(re.compile(pattern), read) for pattern, read in _ORDERS]
_THEN = (
    (rf"(?:plus|add) {_A}", ex.PLUS),
    (rf"(?:minus|subtract) {_A}", ex.MINUS),
    (rf"(?:times|(?:multiply|multiplied)(?: it| that)? by) {_A}", ex.TIMES),
    (rf"(?:divide|divided)(?: it| that)? by {_A}", ex.DIVIDED),
)


def _order(text: str) -> Tree | None:
    """The sum that the middle of a question states, as an expression or as an order."""
    tree = _expression(text)
    if tree is not None:
        return tree
    for pattern, read in _ORDER_FORMS:
        found = pattern.fullmatch(text.removeprefix("how "))
        tree = read(found) if found else None
        if tree is not None:
            return tree
    return _steps(text)


def _steps(text: str) -> Tree | None:
    """ "Two plus three, then times four": each step takes all that came before."""
    first, *rest = re.split(r" (?:and then|then|all) ", text)
    tree = _order(first) if rest else None
    for step in rest:
        for pattern, operator in _THEN:
            found = re.fullmatch(pattern, step)
            operand = _expression(found["a"]) if found else None
            if tree is not None and operand is not None:
                tree = Operation(operator, (tree, operand))
                break
        else:
            return None
    return tree


def _expression(text: str) -> Tree | None:
    return read_expression(text.split())
