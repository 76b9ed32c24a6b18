"""Units of measure, from one to another of the same kind."""

from collections.abc import Mapping
from fractions import Fraction

import attrs

from tars.server.brains.figures import show
from tars.server.brains.skills.skill import Call, Reply, Skill, Value


@attrs.frozen
class Unit:
    """One unit: `value * scale + offset` is the same in the kind's base unit."""

    one: str
    many: str
    scale: Fraction
    offset: Fraction = Fraction(0)
    said: str = ""
    """What people say besides the plural: a template."""
    written: str = ""
    """What people type: a template."""

    @property
    def spoken(self) -> str:
        """What follows a number, as a template."""
        return _any_of(self.many, self.said)

    @property
    def known(self) -> str:
        """All that means this unit, as a template."""
        return _any_of(self.one, self.many, self.said, self.written)


def _any_of(*names: str) -> str:
    return f"({'|'.join(dict.fromkeys(name.lower() for name in names if name))})"


def _unit(one: str, scale: str | int, written: str = "", *, many: str = "", said: str = "") -> Unit:
    return Unit(one, many or f"{one}s", Fraction(scale), said=said, written=written)


_OFFSET_F = Fraction(45967, 180)  # 459.67 * 5/9
KINDS: Mapping[str, tuple[Unit, ...]] = {
    "length": (
        _unit("meter", 1, "m"),
        _unit("kilometer", 1000, "km"),
        _unit("centimeter", "0.01", "cm"),
        _unit("millimeter", "0.001", "mm"),
        _unit("mile", "1609.344", "mi"),
        _unit("yard", "0.9144"),
        _unit("foot", "0.3048", "ft", many="feet"),
        _unit("inch", "0.0254", many="inches"),
    ),
    "weight": (
        _unit("kilogram", 1, "kg", said="kilo|kilos"),
        _unit("gram", "0.001", "g"),
        _unit("pound", "0.45359237", "lb|lbs"),
        _unit("ounce", "0.028349523125", "oz"),
        _unit("stone", "6.35029318", many="stone"),
        _unit("ton", 1000),
    ),
    "volume": (
        _unit("liter", 1, "l"),
        _unit("milliliter", "0.001", "ml"),
        _unit("gallon", "3.785411784"),
        _unit("quart", "0.946352946"),
        _unit("pint", "0.473176473"),
        _unit("cup", "0.2365882365"),
        _unit("fluid ounce", "0.0295735295625"),
        _unit("tablespoon", "0.01478676478125"),
        _unit("teaspoon", "0.00492892159375"),
    ),
    "speed": (
        _unit("kilometer per hour", 1, "kph|km h|kmh", many="kilometers per hour", said="kilometers an hour"),
        _unit("mile per hour", "1.609344", "mph", many="miles per hour", said="miles an hour"),
        _unit("meter per second", "3.6", many="meters per second", said="meters a second"),
        _unit("knot", "1.852"),
    ),
    "duration": (
        _unit("second", 1, "s"),
        _unit("minute", 60, "min"),
        _unit("hour", 3600, "h"),
        _unit("day", 86_400),
        _unit("week", 604_800),
        _unit("year", 31_557_600),
    ),
    "temperature": (
        Unit(
            "degree Celsius",
            "degrees Celsius",
            Fraction(1),
            Fraction("273.15"),
            "[degrees] celsius",
            "[degrees] c",
        ),
        Unit(
            "degree Fahrenheit",
            "degrees Fahrenheit",
            Fraction(5, 9),
            _OFFSET_F,
            "[degrees] fahrenheit",
            "[degrees] f",
        ),
        Unit("kelvin", "kelvin", Fraction(1), Fraction(0), "[degrees] kelvin", "k"),
    ),
}
_UNITS = {unit.many: unit for units in KINDS.values() for unit in units}
_KIND_OF = {unit.many: kind for kind, units in KINDS.items() for unit in units}


def convert(value: Fraction, unit: Unit, target: Unit) -> Fraction:
    """`value` of `unit` in `target`, exactly."""
    return (value * unit.scale + unit.offset - target.offset) / target.scale


def _convert(call: Call) -> Reply:
    amount = call.exact("amount", 1)
    if "sign" in call.slots:
        amount = -amount
    unit, target = _UNITS[call.word("unit")], _UNITS[call.word("target")]
    kinds = _KIND_OF[unit.many], _KIND_OF[target.many]
    if kinds[0] != kinds[1]:
        return Reply(f"{_capital(unit.many)} don't turn into {target.many}. Not even for me.")
    if kinds[0] == "temperature" and amount * unit.scale + unit.offset < 0:
        return Reply(
            call.line("Nothing gets colder than absolute zero.", dry=("Colder than absolute zero. Bring a coat.",))
        )
    result = convert(amount, unit, target)
    places = 1 if kinds[0] == "temperature" else 2
    return Reply(f"{_capital(_say(amount, unit, places=4))} is {_say(result, target, places)}.")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _say(value: Fraction, unit: Unit, places: int) -> str:
    text = show(value, places)
    return f"{text} {unit.one if text in ('1', 'minus 1') else unit.many}"


def _sentences(kind: str) -> tuple[str, ...]:
    sign = "[{sign}] " if kind == "temperature" else ""
    amount = f"({sign}{{quantity:amount}} {{many_{kind}:unit}}|(a|an|one) {{one_{kind}:unit}})"
    target = f"{{many_{kind}:target}}"
    return (
        f"(convert|what is|what's|how much is) {amount} (to|in|into) {target}",
        f"how many {target} (in|are in|are there in|is) {amount}",
    )


def _lists() -> dict[str, Mapping[str, Value]]:
    """Ears listen for "two miles" and for "a mile", never for "two mile"."""
    lists: dict[str, Mapping[str, Value]] = {"sign": {"(minus|negative)": -1}}
    for kind, units in KINDS.items():
        lists[f"one_{kind}"] = {unit.one.lower(): unit.many for unit in units}
        lists[f"many_{kind}"] = {unit.spoken: unit.many for unit in units}
    lists["any_unit"] = {unit.known: unit.many for unit in _UNITS.values()}
    return lists


CONVERT = Skill(
    name="convert_units",
    description="Convert lengths, weights, volumes, speeds, times and temperatures.",
    sentences=tuple(sentence for kind in KINDS for sentence in _sentences(kind)),
    handle=_convert,
    lists=_lists(),
    loose=(
        "[(convert|what is|what's|how much is)] [{sign}] {quantity:amount} {any_unit:unit} (to|in|into|as) "
        "{any_unit:target}",
        "how many {any_unit:target} (in|are in|are there in|is) {quantity:amount} {any_unit:unit}",
    ),
)
UNITS = (CONVERT,)
