"""Units of measure: what they are called, and how large they are."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import attrs


@attrs.frozen
class Unit:
    """One unit: `value * scale + offset` is the same in the kind's base unit."""

    one: str
    """ "mile"; what follows the number one."""
    many: str
    kind: str
    scale: Fraction
    offset: Fraction = Fraction(0)
    said: tuple[str, ...] = ()
    """What people say besides the two."""
    written: tuple[str, ...] = ()
    """What people write: "km"."""
    country: str = ""
    """Whose unit it is, where another country's has the same name: "US"."""
    average: bool = False
    """Whether it is only that long on average: a month."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that means this unit, in lower case."""
        return tuple(name.lower() for name in (self.one, self.many, *self.said, *self.written))


def _unit(
    one: str,
    scale: str | int | Fraction,
    written: str = "",
    *,
    many: str = "",
    said: str = "",
    country: str = "",
    average: bool = False,
) -> Unit:
    """A unit without its kind; `written` and `said` have their names between bars."""
    return Unit(
        one,
        many or f"{one}s",
        "",
        Fraction(scale),
        said=tuple(filter(None, said.split("|"))),
        written=tuple(filter(None, written.split("|"))),
        country=country,
        average=average,
    )


def _squared(name: str, scale: str | int, short: str, *, many: str = "") -> Unit:
    """An area: "square feet", "sq ft", "ft squared"."""
    plural = many or f"{name}s"
    ways = (
        f"sq {short}",
        f"square {short}",
        f"{short} squared",
        f"sq {plural}",
        f"{plural} squared",
    )
    side = Fraction(scale)
    return _unit(f"square {name}", side * side, "|".join(ways), many=f"square {plural}")


_US = "US"
_UK = "imperial"
_OUNCE = Fraction("0.0295735295625")
_UK_GALLON = Fraction("4.54609")
_YEAR = Fraction("31556952")
"""Seconds: the mean year of the calendar, 365.2425 days."""

_TABLE: Mapping[str, tuple[Unit, ...]] = {
    "length": (
        _unit("meter", 1, "m"),
        _unit("kilometer", 1000, "km|kms", said="klick|klicks"),
        _unit("decimeter", "0.1", "dm"),
        _unit("centimeter", "0.01", "cm|cms"),
        _unit("millimeter", "0.001", "mm"),
        _unit("micrometer", "0.000001", "um", said="micron|microns"),
        _unit("mile", "1609.344", "mi"),
        _unit("yard", "0.9144", "yd|yds"),
        _unit("foot", "0.3048", "ft", many="feet"),
        _unit("inch", "0.0254", "in", many="inches"),
        _unit("nautical mile", 1852, "nmi"),
        _unit("light year", 9460730472580800, "ly"),
    ),
    "weight": (
        _unit("kilogram", 1, "kg|kgs", said="kilo|kilos"),
        _unit("gram", "0.001", "g"),
        _unit("milligram", "0.000001", "mg"),
        _unit("pound", "0.45359237", "lb|lbs"),
        _unit("ounce", "0.028349523125", "oz"),
        _unit("stone", "6.35029318", "st", many="stone", said="stones"),
        _unit("metric ton", 1000, said="tonne|tonnes|metric tonne|metric tonnes"),
        _unit("ton", "907.18474", said="short ton|short tons", country=_US),
        _unit("imperial ton", "1016.0469088", said="long ton|long tons", country=_UK),
    ),
    "volume": (
        _unit("liter", 1, "l"),
        _unit("milliliter", "0.001", "ml|mls", said="cubic centimeter|cubic centimeters|cc"),
        _unit("deciliter", "0.1", "dl"),
        _unit("centiliter", "0.01", "cl"),
        _unit("cubic meter", 1000, "cubic m"),
        _unit("gallon", 128 * _OUNCE, "gal|gals", country=_US),
        _unit("quart", 32 * _OUNCE, "qt|qts", country=_US),
        _unit("pint", 16 * _OUNCE, "pt|pts", country=_US),
        _unit("cup", 8 * _OUNCE, country=_US),
        _unit("fluid ounce", _OUNCE, "fl oz", said="fl ounce|fl ounces", country=_US),
        _unit("tablespoon", _OUNCE / 2, "tbsp|tbsps", country=_US),
        _unit("teaspoon", _OUNCE / 6, "tsp|tsps", country=_US),
        _unit("imperial gallon", _UK_GALLON, country=_UK),
        _unit("imperial pint", _UK_GALLON / 8, country=_UK),
        _unit("imperial fluid ounce", _UK_GALLON / 160, country=_UK),
    ),
    "speed": (
        _unit(
            "kilometer per hour",
            1,
            "kph|km h|kmh|km per h|km per hour|kmph",
            many="kilometers per hour",
            said="kilometers an hour|kilometer an hour",
        ),
        _unit(
            "mile per hour",
            "1.609344",
            "mph|mi per h",
            many="miles per hour",
            said="miles an hour|mile an hour",
        ),
        _unit(
            "meter per second",
            "3.6",
            "m per s|mps",
            many="meters per second",
            said="meters a second|meter a second",
        ),
        _unit(
            "foot per second",
            "1.09728",
            "ft per s|fps|ft per second",
            many="feet per second",
            said="feet a second|foot a second",
        ),
        _unit("knot", "1.852", "kt|kts|kn"),
    ),
    "time": (
        _unit("second", 1, "s|sec|secs"),
        _unit("millisecond", "0.001", "ms"),
        _unit("minute", 60, "min|mins"),
        _unit("hour", 3600, "h|hr|hrs"),
        _unit("day", 86_400),
        _unit("week", 604_800, "wk|wks"),
        _unit("fortnight", 1_209_600),
        _unit("month", _YEAR / 12, average=True),
        _unit("year", _YEAR, "yr|yrs", average=True),
        _unit("decade", 10 * _YEAR, average=True),
        _unit("century", 100 * _YEAR, many="centuries", average=True),
    ),
    "area": (
        _squared("meter", 1, "m"),
        _squared("kilometer", 1000, "km"),
        _squared("centimeter", "0.01", "cm"),
        _squared("millimeter", "0.001", "mm"),
        _squared("mile", "1609.344", "mi"),
        _squared("yard", "0.9144", "yd"),
        _squared("foot", "0.3048", "ft", many="feet"),
        _squared("inch", "0.0254", "in", many="inches"),
        _unit("acre", "4046.8564224"),
        _unit("hectare", 10_000, "ha"),
    ),
    "amount of data": (
        _unit("byte", 1),
        _unit("bit", "0.125"),
        _unit("kilobyte", 10**3, "kb|kbs"),
        _unit("megabyte", 10**6, "mb|mbs", said="meg|megs"),
        _unit("gigabyte", 10**9, "gb|gbs", said="gig|gigs"),
        _unit("terabyte", 10**12, "tb|tbs"),
        _unit("petabyte", 10**15, "pb"),
        _unit("kilobit", 125, "kbit"),
        _unit("megabit", 125_000, "mbit"),
        _unit("gigabit", 125_000_000, "gbit"),
        _unit("kibibyte", 2**10, "kib"),
        _unit("mebibyte", 2**20, "mib"),
        _unit("gibibyte", 2**30, "gib"),
        _unit("tebibyte", 2**40, "tib"),
    ),
    "energy": (
        _unit("joule", 1, "j"),
        _unit("kilojoule", 1000, "kj"),
        _unit("kilocalorie", 4184, "kcal"),
        _unit("watt hour", 3600, "wh"),
        _unit("kilowatt hour", 3_600_000, "kwh"),
    ),
    "power": (
        _unit("watt", 1, "w"),
        _unit("kilowatt", 1000, "kw"),
        _unit("megawatt", 10**6, "mw"),
        _unit("horsepower", "745.69987158227022", "hp", many="horsepower"),
    ),
    "pressure": (
        _unit("pascal", 1, "pa"),
        _unit("kilopascal", 1000, "kpa"),
        _unit("bar", 100_000),
        _unit("millibar", 100, "mbar"),
        _unit("atmosphere", 101_325, "atm"),
        _unit("pound per square inch", "6894.757293168361", "psi", many="pounds per square inch"),
    ),
    "temperature": (
        Unit(
            "degree Celsius",
            "degrees Celsius",
            "",
            Fraction(1),
            Fraction("273.15"),
            ("celsius",),
            ("c", "degrees c", "degree c"),
        ),
        Unit(
            "degree Fahrenheit",
            "degrees Fahrenheit",
            "",
            Fraction(5, 9),
            Fraction(45967, 180),  # 459.67 * 5/9
            ("fahrenheit",),
            ("f", "degrees f", "degree f"),
        ),
        Unit("kelvin", "kelvin", "", Fraction(1), Fraction(0), ("kelvins", "degrees kelvin"), ("k",)),
    ),
}
KINDS: Mapping[str, tuple[Unit, ...]] = {
    kind: tuple(attrs.evolve(unit, kind=kind) for unit in units) for kind, units in _TABLE.items()
}
_BY_NAME: Mapping[tuple[str, ...], Unit] = {
    tuple(name.split()): unit for units in KINDS.values() for unit in units for name in unit.names
} | {
    (country, *name.split()): unit
    for units in KINDS.values()
    for unit in units
    if unit.country == _US
    for country in ("us", "american")
    for name in unit.names
}
_LONGEST_NAME = max(map(len, _BY_NAME))
OUNCE, FLUID_OUNCE = _BY_NAME["ounce",], _BY_NAME["fluid", "ounce"]
CELSIUS, FAHRENHEIT = _BY_NAME["celsius",], _BY_NAME["fahrenheit",]
FOOT, INCH = _BY_NAME["foot",], _BY_NAME["inch",]


def read_unit(words: Sequence[str], start: int) -> tuple[Unit, int] | None:
    """The unit that is named from `start` on, by its longest name, and the index after it."""
    for length in range(min(_LONGEST_NAME, len(words) - start), 0, -1):
        name = tuple(word.removesuffix("'s") for word in words[start : start + length])
        if name in _BY_NAME:
            return _BY_NAME[name], start + length
    return None


def convert(value: Fraction, unit: Unit, target: Unit) -> Fraction:
    """`value` of `unit` in `target`, exactly; both are of one kind."""
    return (value * unit.scale + unit.offset - target.offset) / target.scale


def below_absolute_zero(value: Fraction, unit: Unit) -> bool:
    """Whether `value` of `unit` is colder than anything can be."""
    return unit.kind == "temperature" and value * unit.scale + unit.offset < 0
