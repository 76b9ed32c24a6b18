"""Units of measure, from one to another of the same kind."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from tars.server.brains.conversions import (
    Conversion,
    Part,
    name_of,
    read_amount,
    read_conversion,
    read_units,
    say_amount,
    say_units,
    unknown_in,
)
from tars.server.brains.figures import Figure, figure
from tars.server.brains.measures import (
    CELSIUS,
    FAHRENHEIT,
    FOOT,
    INCH,
    Unit,
    below_absolute_zero,
    convert,
    read_unit,
)
from tars.server.brains.normalise import words_of
from tars.server.brains.numbers import read_number
from tars.server.brains.skills.missing import not_understood
from tars.server.brains.skills.skill import Call, Reply, Skill, Value
from tars.server.brains.sums import CURRENCIES

_HOW = {"length": "long", "weight": "heavy", "time": "long", "area": "large", "speed": "fast"}
_RULES = {
    (CELSIUS, FAHRENHEIT): "Degrees Celsius times 1.8 plus 32 are degrees Fahrenheit.",
    (FAHRENHEIT, CELSIUS): "Degrees Fahrenheit minus 32, divided by 1.8, are degrees Celsius.",
}
"""Where "1 degree is …" would help nobody."""
_MONEY = frozenset(("pesos", "dollars", "francs", "kroner", "yuan", "pennies", "dimes", "nickels", "quarters"))


def _parse(words: Sequence[str]) -> Mapping[str, Value] | None:
    conversion = read_conversion(words)
    if conversion is None:
        return _parse_answer(words) or _parse_unknown(words)
    slots = {"target": say_units(conversion.targets)}
    if conversion.counted:
        return {"amount": say_amount(conversion.parts), **slots}
    return {"unit": conversion.parts[0].unit.many, **slots}


def _parse_answer(words: Sequence[str]) -> Mapping[str, Value] | None:
    """A number alone, or with its unit: perhaps the answer to "How many miles?"."""
    number = read_number(words, 0) if words else None
    if number is not None and number.end == len(words):
        return {"count": number.value}
    if words[:1] == ["the"]:  # "the day" asks for the date
        return None
    parts = read_amount(words)
    return {"amount": say_amount(parts)} if parts else None


def _asked(call: Call) -> tuple[Unit, tuple[Unit, ...]] | None:
    """What TARS asked last to be told how many of, and what it would turn them into."""
    rule, asked, unit = (call.request.last_reply or "").rpartition(" How many ")
    source = read_units(words_of(unit)) if asked else ()
    words = words_of(rule)
    for start in range(len(words)):  # the rule ends with the unit; the longest name is the right one
        targets = read_units(words[start:])
        if source and targets:
            return source[0], targets
    return None


def _convert_asked(call: Call) -> Reply:
    """Convert what was asked for; a number that nobody asked for means nothing."""
    asked = _asked(call)
    if asked is None:
        return not_understood(call)
    unit, targets = asked
    amount = call.word("amount") or say_amount((Part(call.exact("count"), unit),))
    return _convert(call.with_slots({"amount": amount, "target": say_units(targets)}))


def _convert(call: Call) -> Reply:
    if "target" not in call.slots and "unknown" not in call.slots:
        return _convert_asked(call)
    if "unknown" in call.slots:
        how = _HOW.get(call.word("kind"), "much")
        return Reply(f"I don't know how {how} {_a(call.word('unknown'))} is.")
    amount = call.word("amount") or f"1 {call.word('unit')}"
    parts = read_amount(words_of(amount))
    targets = read_units(words_of(call.word("target")))
    if parts is None or not targets:
        raise ValueError(f"no conversion: {call.slots!r}")
    conversion = Conversion(parts, targets, counted="amount" in call.slots)
    unlike = next((unit for unit in targets if unit.kind != parts[0].unit.kind), None)
    if unlike is not None:
        return Reply(_unlike(parts[0].unit, unlike))
    if any(below_absolute_zero(part.value, part.unit) for part in parts):
        return Reply(
            call.line("Nothing gets colder than absolute zero.", dry=("Colder than absolute zero. Bring a coat.",))
        )
    answer = f"{_capital(_answer(conversion))}."
    if conversion.counted:
        return Reply(answer)
    if parts[0].unit in targets:
        return Reply(f"{_capital(parts[0].unit.many)} are {parts[0].unit.many} already.")
    rule = _RULES.get((parts[0].unit, targets[0]), answer)
    return Reply(f"{rule} How many {parts[0].unit.many}?")


def _unlike(unit: Unit, target: Unit) -> str:
    kinds = f"one is {_a(unit.kind)}, the other {_a(target.kind)}"
    return f"I can't turn {unit.many} into {target.many}: {kinds}."


def _answer(conversion: Conversion) -> str:
    units = [part.unit for part in conversion.parts] + list(conversion.targets)
    country = len({unit.country for unit in units}) > 1
    said = say_amount(conversion.parts, country=country)
    calendar = _in_days(conversion)
    if calendar:
        return f"{said} is {calendar}"
    first, *rest = conversion.targets
    total = sum((convert(part.value, part.unit, first) for part in conversion.parts), start=Fraction(0))
    exact = (
        len({part.unit.average for part in conversion.parts} | {unit.average for unit in conversion.targets}) == 1
    )
    if rest and rest[0].scale < first.scale and total > 0 and first.scale / rest[0].scale <= 128:
        return f"{said} is {_split(total, first, rest[0], exact=exact, country=country)}"
    ways = [_say(convert(total, first, unit), unit, exact=exact, country=country) for unit in conversion.targets]
    if first is FOOT and not rest and 1 < total < 10 and total.denominator != 1 and len(conversion.parts) == 1:
        ways.append(_split(total, FOOT, INCH, exact=exact))
    return f"{said} is {', or '.join(ways)}"


def _say(value: Fraction, unit: Unit, *, exact: bool, country: bool = False) -> str:
    text = _figure(value, unit, exact=exact)
    return f"{text} {name_of(unit, text.text, country=country)}"


def _figure(value: Fraction, unit: Unit, *, exact: bool) -> Figure:
    fine = unit.kind == "temperature"
    return figure(value, exact_to=1 if fine else 4, round_to=1 if fine else 2, exact=exact)


def _split(total: Fraction, large: Unit, small: Unit, *, exact: bool, country: bool = False) -> str:
    """A value as whole ones of a unit and the rest in a smaller one: "5 feet and 11 inches"."""
    whole = Fraction(total // 1)
    rest = convert(total - whole, large, small)
    text = figure(rest, exact_to=2, round_to=1, exact=exact)
    if not text.exact and round(rest, 1) >= large.scale / small.scale:  # 11.98 inches are not "12 inches"
        return f"about {_say(whole + 1, large, exact=True, country=country)}"
    least = f"{text} {name_of(small, text.text, country=country)}"
    return f"{_say(whole, large, exact=True, country=country)} and {least}" if whole else least


def _in_days(conversion: Conversion) -> str:
    """What a calendar says where people ask for the days of one month or year."""
    if len(conversion.parts) > 1 or conversion.parts[0].value != 1 or conversion.targets[0].one != "day":
        return ""
    return {
        "year": "365 days, or 366 in a leap year",
        "month": "28 to 31 days, and about 30.44 on average",
    }.get(conversion.parts[0].unit.one, "")


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _parse_unknown(words: Sequence[str]) -> Mapping[str, Value] | None:
    found = unknown_in(words)
    if found is None or f"{found[0]}s" in CURRENCIES or f"{found[0]}s" in _MONEY:
        return None
    return {"unknown": found[0], "kind": found[1].kind}


_ASK = "[(convert|change|what is|what's|what are|how much is|how much are)]"
_HOW_TO = "(convert|change|turn|how (do|can) (i|you) (convert|change|turn))"


def _sentences(kind: str) -> tuple[str, ...]:
    """Ears listen for "two miles" and for "a mile", never for "two mile"."""
    one, many = f"{{one_{kind}}}", f"{{many_{kind}}}"
    if kind == "temperature":
        amount = f"[(minus|negative)] {{quantity}} {many}"
    else:
        amount = f"({{quantity}} {many}|(a|an|one) {one}|{{fraction}} [of] (a|an) {one})"
    return (
        f"{_ASK} {amount} (to|in|into) {many}",
        f"how many {many} (in|are in|are there in|is|are|make|make up) {amount}",
        f"{amount} (is|are|equals) how many {many}",
        f"what would {amount} be in {many}",
        f"{_HOW_TO} {many} (to|into) {many}",
        f"(what is|what's) the (conversion|difference) between {many} and {many}",
        f"(what is|what's) the conversion (from|of) {many} to {many}",
    )


_HEIGHTS = "{percentage} (foot|feet) {percentage} [inches] (in|to) (centimeters|meters)"

_HEARD: Mapping[str, tuple[str, ...]] = {
    "length": ("meter", "kilometer", "centimeter", "millimeter", "mile", "yard", "foot", "inch"),
    "weight": ("kilogram", "kilo", "gram", "pound", "ounce", "stone", "ton"),
    "volume": (
        "liter",
        "milliliter",
        "gallon",
        "quart",
        "pint",
        "cup",
        "ounce",
        "fluid ounce",
        "tablespoon",
        "teaspoon",
    ),
    "speed": ("kilometer per hour", "mile per hour", "meter per second", "knot"),
    "time": ("second", "minute", "hour", "day", "week", "month", "year"),
    "temperature": ("celsius", "fahrenheit", "kelvin", "degree celsius", "degree fahrenheit"),
    "area": ("acre", "hectare", "square foot", "square meter", "square mile", "square kilometer"),
    "data": ("byte", "kilobyte", "megabyte", "gigabyte", "terabyte"),
}
"""The units that ears listen for; the others are rare, and each costs the recogniser."""


def _many(one: str) -> str:
    read = read_unit(one.split(), 0)
    if read is None:
        raise ValueError(f"no unit is called {one!r}")
    unit = read[0]
    if one == unit.one.lower():
        return unit.many.lower()
    return one if one in unit.names and f"{one}s" not in unit.names else f"{one}s"


def _lists() -> dict[str, Mapping[str, Value]]:
    lists: dict[str, Mapping[str, Value]] = {}
    for kind, names in _HEARD.items():
        lists[f"one_{kind}"] = {one: one for one in names}
        lists[f"many_{kind}"] = {many: many for many in dict.fromkeys(map(_many, names))}
    return lists


CONVERT = Skill(
    name="convert_units",
    description="Convert lengths, weights, volumes, areas, speeds, times, temperatures, data, energy, pressure.",
    sentences=(*(sentence for kind in _HEARD for sentence in _sentences(kind)), f"{_ASK} {_HEIGHTS}"),
    handle=_convert,
    lists=_lists(),
    parse=_parse,
)
UNITS = (CONVERT,)
