"""Sums, said back in words that a voice reads well."""

from collections.abc import Mapping, Sequence

from tars.server.brains.expressions import DividedByZero, Result, SumError, Tree, evaluate, say
from tars.server.brains.figures import Figure, figure, money
from tars.server.brains.normalise import words_of
from tars.server.brains.skills.skill import Call, Reply, Skill, Value
from tars.server.brains.sum_questions import Question, read_question


def _parse(words: Sequence[str]) -> Mapping[str, Value] | None:
    question = read_question(words)
    return None if question is None else {"sum": str(question)}


def _calculate(call: Call) -> Reply:
    question = read_question(words_of(call.word("sum")))
    if question is None:
        raise ValueError(f"no sum: {call.word('sum')!r}")
    try:
        return Reply(_answer(question))
    except DividedByZero:
        return Reply(
            call.line(
                "I can't divide by zero.",
                dry=(
                    "Divided by zero. No. I like this universe the way it is.",
                    "Nobody divides by zero. I tried once.",
                ),
            )
        )
    except SumError as failed:
        return Reply(str(failed))


def _answer(question: Question) -> str:
    match question.form:
        case "percent":
            return _as_percent(*question.trees)
        case "tip":
            return _tip(*question.trees)
        case "divisible":
            return _divisible(*question.trees)
    tree = question.trees[0]
    return f"{_capital(say(tree))} is {spoken(evaluate(tree))}."


def spoken(result: Result) -> str:
    """A result with what it counts: "12", "about 3.333", "3.60 dollars", "15 percent"."""
    if result.percent:
        return f"{figure(result.value * 100, exact=result.exact)} percent"
    if not result.currency:
        return str(figure(result.value, exact=result.exact))
    text = money(result.value, exact=result.exact)
    return f"{text} {_one(result.currency) if text.text in ('1', 'minus 1') else result.currency}"


def _one(currency: str) -> str:
    return currency.removesuffix("s")


def _as_percent(part: Tree, whole: Tree | None = None) -> str:
    share = evaluate(part)
    if whole is None:
        return f"{_capital(say(part))} is {_percent(share)} percent."
    base = evaluate(whole)
    if base.value == 0:
        raise DividedByZero
    ratio = Result(share.value / base.value, share.exact and base.exact)
    return f"{_capital(say(part))} is {_percent(ratio)} percent of {say(whole)}."


def _percent(share: Result) -> Figure:
    return figure(share.value * 100, exact_to=2, round_to=1, exact=share.exact)


def _tip(rate: Tree, bill: Tree) -> str:
    paid, share = evaluate(bill), evaluate(rate)
    tip = Result(paid.value * share.value, paid.exact, currency=paid.currency)
    total = Result(paid.value + tip.value, paid.exact, currency=paid.currency)
    return f"{_capital(say(rate))} of {say(bill)} is {_paid(tip)}. With the tip that makes {_paid(total)}."


def _paid(result: Result) -> str:
    """Money, whether or not it was called so."""
    return spoken(result) if result.currency else str(money(result.value, exact=result.exact))


def _divisible(number: Tree, divisor: Tree) -> str:
    whole, part = evaluate(number), evaluate(divisor)
    if part.value == 0:
        raise DividedByZero
    if not (whole.exact and part.exact and whole.value.denominator == part.value.denominator == 1):
        raise SumError("Only whole numbers are divisible or not.")
    rest = whole.value % abs(part.value)
    said = f"{say(number)} divided by {say(divisor)}"
    if rest == 0:
        return f"Yes. {_capital(said)} is {figure(whole.value / part.value)}."
    return f"No. {_capital(said)} leaves {figure(rest)}."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


_ASK = "[(what is|what's|how much is|calculate|work out)]"
_GET = "[what do (you|i) get (if|when) (you|i)]"
_OPERATOR = "(plus|minus|times|multiplied by|divided by)"
_PLACE = "(second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"

CALCULATE = Skill(
    name="calculate",
    description="Work out sums: plus, minus, times, divided by, percent, powers, roots, averages, fractions.",
    # two or three operands, as people say them; longer sums are read from the text alone
    sentences=(
        f"{_ASK} {{operand}} {_OPERATOR} {{operand}} [{_OPERATOR} {{number}}]",
        f"what {{operand}} {_OPERATOR} {{operand}} is",
        f"what does {{number}} {_OPERATOR} {{number}} (equal|make)",
        f"{_ASK} {{number}} percent (of|off|off of) {{number}} [dollars]",
        "what {number} percent (of|off) {number} is",
        f"{_ASK} {{number}} (plus|minus) {{percentage}} percent",
        f"{_ASK} (a|an) {{percentage}} percent tip on {{number}} [dollars]",
        "what (percent|percentage) of {number} is {number}",
        f"{_ASK} {{fraction}} of {{number}}",
        f"{_ASK} (twice|double|triple) {{number}}",
        f"{_ASK} [the] (square root|cube root|square|cube) of {{number}}",
        f"{_ASK} {{number}} (squared|cubed|factorial)",
        f"{_ASK} {{number}} to the power of {{number}}",
        f"{_ASK} {{number}} to the {_PLACE} [power]",
        f"{_ASK} [the] (sum|product|average) of {{number}} and {{number}}",
        f"{_ASK} [the] difference between {{number}} and {{number}}",
        f"{_ASK} [the] remainder of {{number}} divided by {{number}}",
        f"{_GET} (add|multiply) {{number}} and {{number}}",
        f"{_GET} add {{number}} to {{number}}",
        f"{_GET} (multiply|divide) {{number}} by {{number}}",
        f"{_GET} (subtract|take) {{number}} from {{number}}",
        "how many times (does|can|will) {number} go into {number}",
        "is {number} divisible by {number}",
    ),
    handle=_calculate,
    parse=_parse,
)
_MATH = "[(some|a|this|my|the)] (math|maths|arithmetic|math problem|math equation|math homework)"


def _offer(call: Call) -> Reply:
    """Nobody said the sum yet."""
    return Reply(
        call.line(
            "Tell me the sum, such as 15 percent of 80.",
            dry=("Tell me the sum, such as 15 percent of 80. I have been looking forward to this.",),
        )
    )


HELP_WITH_SUMS = Skill(
    name="help_with_sums",
    description="Offer to work out a sum.",
    sentences=(f"help me (with|do|solve) {_MATH}", "(can|could) you do math"),
    handle=_offer,
    loose=(
        "[(i need|i want)] [(you|your)] [to] (help|assistance|a hand) [me] [(with|to|do|doing)] [(do|solve)] "
        f"{_MATH} [if you can]",
        f"[how [do i] to] (do|solve) {_MATH}",
        "(can|do) you [(do|know)] (math|maths|algebra|arithmetic|sums)",
    ),
)
ARITHMETIC = (CALCULATE, HELP_WITH_SUMS)
