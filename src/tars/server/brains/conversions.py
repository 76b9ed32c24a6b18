"""From a whole sentence to the conversion that it asks for: "how many ounces are there in a pound"."""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import attrs

from tars.server.brains.figures import fraction_in_words, in_full
from tars.server.brains.measures import CELSIUS, FAHRENHEIT, FLUID_OUNCE, FOOT, INCH, OUNCE, Unit, read_unit
from tars.server.brains.numbers import read_fraction, read_number


@attrs.frozen
class Part:
    """So much of a unit."""

    value: Fraction
    unit: Unit


@attrs.frozen
class Conversion:
    """What is to be turned into what."""

    parts: tuple[Part, ...]
    """What there is, in the order it was said: five feet, eleven inches. One with the value 1 if not `counted`."""
    targets: tuple[Unit, ...]
    counted: bool = True
    """Whether it was said how many."""


_DEGREES = Unit("degree", "degrees", "temperature", Fraction(1))
"""Degrees that are not said to be of any scale."""

_LONGEST = 400
"""Letters of a sentence: the time to try all forms grows with their square."""
_FRONT = re.compile(
    r"""(?:
      (?:please|okay|so|and|now|hey|just|quick|also|kindly)\ |(?:can|could|would|will)\ you\ (?:please\ )?|
      is\ there\ an?\ (?:(?:easy|quick|simple|good)\ )?way\ to\ |
      how\ (?:do|can|would|could|should|might)\ (?:i|you|we|one|someone)\ (?:go\ about\ )?|how\ (?:to|are|is)\ |
      (?:i\ )?(?:need|want|would\ like|have)\ (?:you\ )?(?:to\ )?|i'd\ like\ (?:you\ )?(?:to\ )?|i'm\ trying\ to\ |
      (?:know|understand|see|learn|find\ out|find|figure\ out|do|calculate|compute|work\ out|get|perform)\ |
      (?:tell|give|show|teach|help|let)\ me\ (?:to\ )?(?:know\ |understand\ )?|
      (?:what\ is|what's|what\ are|what\ would|what\ will|what\ does|what\ do|what)\ |
      how\ much\ (?:is|are|does|do)\ |
      how\ (?:long|tall|high|far|heavy|big|large|fast|hot|cold|warm|wide|deep)\ (?:is|are)\ |
      the\ (?:(?:proper|best|right|correct|exact|easiest)\ )?way\ to\ |how\ to\ |
      (?:be\ )?(?:an?\ |the\ )?(?:conversion|equivalent|equivalence|value|rate|formula|measurement)\ (?:rate\ )?
        (?:between|from|of|for|to\ convert)\ |
      the\ difference\ between\ |(?:convert|converting|change|changing|turn|turning|switch|translate|express)\s
    )*""",
    re.VERBOSE,
)
"""What people say in front of a conversion."""
_COUNT = r"""(?:how\ many|how\ much|(?:the\ )?(?:(?:total|correct|exact|right)\ )?(?:number|amount)\ of)\s
    (?P<target>.+?)\s
    (?:(?:is|are|were|would\ be)(?:\ (?:there|contained|equal|equivalent|needed|in|to|per|for|within))*|
      there\ are\ in|in|to|for|within|makes?(?:\ up)?(?:\ in)?|equals?|does|do|would|will|can|
      (?:fit|go)\ in(?:to)?|of)\s
    (?P<amount>.+?)
    (?:\ (?:have|contains?|equal|make|be|hold|weigh|come\ to|is\ that|is\ it|make\ up|get\ me))?
"""
"""How many of these are in that."""
_COUNTS = (re.compile(_COUNT, re.VERBOSE), re.compile(_COUNT.replace("|within|", "|within|per|"), re.VERBOSE))
"""A "per" may belong to the unit ("kilometers per hour"), and only if it does not it means "in each"."""
_INTO = frozenset(("to", "in", "into", "as"))
_BETWEEN = frozenset(("and", "versus", "from"))
"""What stands between two units only where a conversion is named: "the difference between inches and feet"."""
_NAMED = re.compile(r"\b(?:conver\w+|differ\w+|chang\w+|turn\w*|equivalen\w+)\b")
_OF_ONE = re.compile(r"\b(?:how many|how much|number of|amount of)\b")
"""Who asks so means one where no number is said: "how many ounces per pound"."""
_LINKS = re.compile(r"(?: (?:be|equal|equals|converted|expressed|measured|is|are|equivalent))+$")
_OF = re.compile(r"^(?:terms of|to) ")
_TAIL = re.compile(r"(?: (?:is|are|be|conversion|equal|equals|instead|would be))+$")
_IS_HOW_MANY = re.compile(
    r"(?:if (?:i|you|we) (?:have|had|got) |if )?"
    r"(?P<amount>.+?)(?: (?:is|are|equals|equal|to|makes|make|in|has|have))*"
    r"(?: the same as)? (?:how many|how much|what in) (?P<target>.+?)"
    r"(?: (?:is that|is it|are there|are that|would that be|do i have|does that make))?"
)
_BACK = re.compile(r"(?: (?:please|for me|thanks|right now|exactly|roughly|approximately|then))+$")


def read_conversion(words: Sequence[str]) -> Conversion | None:
    """The conversion that the words of a sentence ask for; None where they ask for none."""
    for amount, target in _forms(words):
        targets = read_units(target)
        if not targets:
            continue
        parts = read_amount(amount)
        if parts is not None:
            return _in_context(Conversion(parts, targets))
        alone = read_units(amount)
        # "from day to day" asks for nothing
        if len(alone) == 1 and (alone != targets or _NAMED.search(" ".join(words))):
            one = Part(Fraction(1), alone[0])
            return _in_context(Conversion((one,), targets, counted=bool(_OF_ONE.search(" ".join(words)))))
    return None


def unknown_in(words: Sequence[str]) -> tuple[str, Unit] | None:
    """The name in a conversion that is no unit, and the unit on its other side; None where all are units."""
    for amount, target in _forms(words):
        parts, targets = read_amount(amount), read_units(target)
        name = _unknown_counted(amount) if targets else _one_of(target) if parts else None
        if name:
            return name, targets[0] if targets else parts[0].unit if parts else CELSIUS
    return None


def _unknown_counted(words: list[str]) -> str:
    """What is counted by a number: "five cubits"."""
    read = read_number(words, 0)
    return _one_of(words[read.end :]) if read else ""


def _one_of(words: list[str]) -> str:
    """One of what a plural names; empty where it is no single word in the plural."""
    plural = len(words) == 1 and words[0].isalpha() and len(words[0]) > 3 and words[0][-2] not in "us"
    return words[0][:-1] if plural and words[0].endswith("s") else ""


def _forms(words: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """How the words may fall into what there is and what it is to be."""
    text = _BACK.sub("", " ".join(words))
    if len(text) > _LONGEST:
        return
    front = _FRONT.match(text)
    rest = text[front.end() :] if front else text
    for pattern in (*_COUNTS, _IS_HOW_MANY):
        for body in dict.fromkeys((rest, text)):
            found = pattern.fullmatch(body)
            if found:
                yield found["amount"].split(), found["target"].split()
    links = _INTO | _BETWEEN if _NAMED.search(text) else _INTO
    plain = _TAIL.sub("", rest).split()
    for index, word in enumerate(plain):
        if word in links:
            amount, target = " ".join(plain[:index]), " ".join(plain[index + 1 :])
            yield _LINKS.sub("", amount).split(), _OF.sub("", target).split()


def read_units(words: Sequence[str]) -> tuple[Unit, ...]:
    """One unit, or two with "and" between them; empty where the words are anything else."""
    first = read_unit(words, 0)
    if first is None:
        return (_DEGREES,) if list(words) in (["degrees"], ["degree"]) else ()
    unit, end = first
    if end == len(words):
        return (unit,)
    second = read_unit(words, end + 1) if words[end] in ("and", "or") else None
    return (unit, second[0]) if second is not None and second[1] == len(words) else ()


def read_amount(words: Sequence[str]) -> tuple[Part, ...] | None:
    """What the words say there is: "a mile", "half a cup", "five foot eleven", "minus 40 degrees"."""
    sign = -1 if words[:1] in (["minus"], ["negative"]) else 1
    index = int(sign == -1)
    parts: list[Part] = []
    while index < len(words):
        read = _read_part(words, index, parts[-1].unit if parts else None)
        if read is None:
            return None
        part, index = read
        if parts and (part.unit.kind != parts[-1].unit.kind or part.unit.scale >= parts[-1].unit.scale):
            return None
        parts.append(attrs.evolve(part, value=sign * part.value))
        if words[index : index + 1] == ["and"] and index + 1 < len(words):
            index += 1
    return tuple(parts) or None


def _read_part(words: Sequence[str], start: int, before: Unit | None) -> tuple[Part, int] | None:
    """One number with its unit; behind feet the inches may go without saying."""
    count = _read_count(words, start)
    if count is None:
        return None
    value, index = count
    named = read_unit(words, index)
    if words[index : index + 1] in (["degrees"], ["degree"]) and (named is None or named[1] == index):
        named = (_DEGREES, index + 1)
    if named is None:
        return (Part(value, INCH), index) if before is FOOT and value <= 100 else None
    unit, end = named
    extra = read_fraction(words, end + 1) if words[end : end + 1] == ["and"] else None
    if extra is not None and extra.end == len(words):  # a mile and a half
        return Part(value + extra.value, unit), extra.end
    return Part(value, unit), end


def _read_count(words: Sequence[str], start: int) -> tuple[Fraction, int] | None:
    """ "A", "two and a half", "half a", "three quarters of a"."""
    article = words[start] in ("a", "an", "one", "the") if start < len(words) else False
    fraction = read_fraction(words, start) or (read_fraction(words, start + 1) if article else None)
    if fraction is not None and fraction.value < 1:
        end = fraction.end + (words[fraction.end : fraction.end + 1] == ["of"])
        return fraction.value, end + (words[end : end + 1] in (["a"], ["an"], ["one"]))
    number = read_number(words, start) if start < len(words) else None
    if number is None and article:
        number = read_number(words, start + 1) if start + 1 < len(words) else None
        return (number.value, number.end) if number else (Fraction(1), start + 1)
    return (number.value, number.end) if number else None


def _in_context(conversion: Conversion) -> Conversion | None:
    """Ounces of what fills cups are fluid ones, and degrees are those of the other scale."""
    units = [part.unit for part in conversion.parts] + list(conversion.targets)
    swaps: dict[Unit, Unit] = {}
    if any(unit.kind == "volume" for unit in units):
        swaps[OUNCE] = FLUID_OUNCE
    if _DEGREES in units:
        scale = next((_OTHER_SCALE[unit] for unit in units if unit in _OTHER_SCALE), None)
        if scale is None:
            return None
        swaps[_DEGREES] = scale
    return attrs.evolve(
        conversion,
        parts=tuple(attrs.evolve(part, unit=swaps.get(part.unit, part.unit)) for part in conversion.parts),
        targets=tuple(swaps.get(unit, unit) for unit in conversion.targets),
    )


_OTHER_SCALE: Mapping[Unit, Unit] = {CELSIUS: FAHRENHEIT, FAHRENHEIT: CELSIUS}


def say_amount(parts: Sequence[Part], *, country: bool = False) -> str:
    """The words of an amount, every digit of it: "5 feet 11 inches", "one third of a cup"."""
    return " ".join(_say_part(part, country=country) for part in parts)


def _say_part(part: Part, *, country: bool) -> str:
    text = in_full(part.value)
    if part.value == Fraction(1, 2):
        return f"half {_a(name_of(part.unit, 1, country=country))}"
    if part.value < 1 and not text[0].isdigit() and not text.startswith("minus"):
        name = name_of(part.unit, 1, country=country)
        return (
            f"{fraction_in_words(part.value)} of {'an' if name[0] in 'aeioh' and name[:2] != 'he' else 'a'} {name}"
        )
    return f"{text} {name_of(part.unit, text, country=country)}"


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aeio" or name == "hour" else f"a {name}"


def name_of(unit: Unit, text: object, *, country: bool = False) -> str:
    """The unit's name behind a number's text, with its country where that matters."""
    name = unit.one if str(text) in ("1", "minus 1") else unit.many
    return f"{unit.country} {name}" if country and unit.country == "US" else name


def say_units(units: Sequence[Unit]) -> str:
    """The words for what a conversion is into."""
    return " and ".join(unit.many for unit in units)
