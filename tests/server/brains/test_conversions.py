"""Units: what is understood, what it comes to, and that it is said back as it was computed."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.conversions import Part, read_amount, read_conversion, say_amount
from tars.server.brains.measures import KINDS, Unit, convert, read_unit
from tars.server.brains.normalise import words_of
from tests.server.brains.test_figures import read_back
from tests.server.brains.test_offline import ask

UNITS = [unit for units in KINDS.values() for unit in units]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # amounts
        ("half a mile in meters", "Half a mile is 804.672 meters."),
        ("three quarters of a mile in feet", "0.75 miles is 3,960 feet."),
        ("a third of a cup in tablespoons", "One third of a cup is about 5.33 tablespoons."),
        ("a mile and a half in kilometers", "1.5 miles is about 2.41 kilometers."),
        ("2½ cups in ounces", "2.5 cups is 20 fluid ounces."),
        ("1,000 meters in kilometers", "1,000 meters is 1 kilometer."),
        ("zero miles in kilometers", "0 miles is 0 kilometers."),
        ("two hours and ten minutes in seconds", "2 hours 10 minutes is 7,800 seconds."),
        ("5'11\" in cm", "5 feet 11 inches is 180.34 centimeters."),
        ("what's five foot eleven in centimeters", "5 feet 11 inches is 180.34 centimeters."),
        ("6 ft. 2 in. in meters", "6 feet 2 inches is 1.8796 meters."),
        ("5 in in cm", "5 inches is 12.7 centimeters."),
        ("a 16-ounce steak in pounds", None),
        ("16 ounces in pounds", "16 ounces is 1 pound."),
        # targets
        ("how tall is 180 cm in feet", "180 centimeters is about 5.91 feet, or 5 feet and about 10.9 inches."),
        ("10 kg in pounds and ounces", "10 kilograms is 22 pounds and about 0.74 ounces."),
        ("71 inches in feet and inches", "71 inches is 5 feet and 11 inches."),
        ("71.99999 inches in feet and inches", "71.99999 inches is about 6 feet."),
        ("6 inches in feet and inches", "6 inches is 6 inches."),
        ("10 inches in millimeters and centimeters", "10 inches is 254 millimeters, or 25.4 centimeters."),
        # which unit is meant
        ("how many ounces in a pound", "1 pound is 16 ounces."),
        ("how many ounces in a gallon", "1 gallon is 128 fluid ounces."),
        ("8 oz in cups", "8 fluid ounces is 1 cup."),
        ("how many pounds in a ton", "1 US ton is 2,000 pounds."),
        ("how many kilograms in a tonne", "1 metric ton is 1,000 kilograms."),
        ("how many liters are in 500 gallons", "500 US gallons is about 1,892.71 liters."),
        ("10 gallons in imperial gallons", "10 US gallons is about 8.33 imperial gallons."),
        ("how many quarts are in a gallon", "1 gallon is 4 quarts."),
        ("convert 32 degrees to celsius", "32 degrees Fahrenheit is 0 degrees Celsius."),
        ("minus 40 degrees Fahrenheit in Celsius", "Minus 40 degrees Fahrenheit is minus 40 degrees Celsius."),
        ("100 f in c", "100 degrees Fahrenheit is about 37.8 degrees Celsius."),
        ("minus 300 celsius to kelvin", "Nothing gets colder than absolute zero."),
        # kinds
        ("100 km/h in mph", "100 kilometers per hour is about 62.14 miles per hour."),
        ("how many kilometers per hour is 60 mph", "60 miles per hour is about 96.56 kilometers per hour."),
        ("how many ounces per pound", "1 pound is 16 ounces."),
        ("10 knots in miles an hour", "10 knots is about 11.51 miles per hour."),
        ("how many square feet in an acre", "1 acre is 43,560 square feet."),
        ("20 sq ft in m²", "20 square feet is about 1.86 square meters."),
        ("20 m2 in ft2", "20 square meters is about 215.28 square feet."),
        ("5 acres in hectares", "5 acres is about 2.02 hectares."),
        ("how many megabytes in 3 GB", "3 gigabytes is 3,000 megabytes."),
        ("1 GiB in MiB", "1 gibibyte is 1,024 mebibytes."),
        ("30 psi in bar", "30 pounds per square inch is about 2.07 bars."),
        # the calendar
        ("how many days in a year", "1 year is 365 days, or 366 in a leap year."),
        ("how many days in a month", "1 month is 28 to 31 days, and about 30.44 on average."),
        ("how many months in two years", "2 years is 24 months."),
        ("how many weeks are in 3 months", "3 months is about 13.04 weeks."),
        ("how many seconds in a year", "1 year is about 31,556,952 seconds."),
        # without a number
        ("convert miles to kilometers", "1 mile is about 1.61 kilometers. How many miles?"),
        ("how do I convert inches and centimeters", "1 inch is 2.54 centimeters. How many inches?"),
        (
            "celsius to fahrenheit",
            "Degrees Celsius times 1.8 plus 32 are degrees Fahrenheit. How many degrees Celsius?",
        ),
        ("convert years to years", "Years are years already."),
        # ways of asking
        ("how many feet are there in a mile", "1 mile is 5,280 feet."),
        ("12 feet is equal to how many inches", "12 feet is 144 inches."),
        ("if I have four inches, how many centimeters is that", "4 inches is 10.16 centimeters."),
        ("what would ten pounds be in kilos", "10 pounds is about 4.54 kilograms."),
        ("what is the total number of pints in two quarts", "2 quarts is 4 pints."),
        ("how many tablespoons make a cup", "1 cup is 16 tablespoons."),
        ("tell me how to convert 3 yards into feet please", "3 yards is 9 feet."),
        # what cannot be done
        ("3 kilograms to miles", "I can't turn kilograms into miles: one is a weight, the other a length."),
        ("cups to pounds", "I can't turn cups into pounds: one is a volume, the other a weight."),
        ("5 acres in kWh", "I can't turn acres into kilowatt hours: one is an area, the other an energy."),
        ("convert 5 cubits to meters", "I don't know how long a cubit is."),
        ("how many firkins in a gallon", "I don't know how much a firkin is."),
    ],
)
def test_conversions_are_answered(text: str, answer: str | None) -> None:
    if answer is None:
        assert read_conversion(words_of(text)) is None
    else:
        assert ask(text)[0] == answer


@pytest.mark.parametrize(
    ("question", "said", "answer"),
    [
        ("convert miles to kilometers", "five", "5 miles is about 8.05 kilometers."),
        ("convert miles to kilometers", "Five miles, please.", "5 miles is about 8.05 kilometers."),
        ("convert miles to kilometers", "half a mile", "Half a mile is about 0.805 kilometers."),
        ("celsius to fahrenheit", "20", "20 degrees Celsius is 68 degrees Fahrenheit."),
        ("ounces to cups", "16", "16 fluid ounces is 2 cups."),
        ("how do I convert pounds to kilograms", "two and a half", "2.5 pounds is about 1.13 kilograms."),
        ("liters to gallons", "10", "10 liters is about 2.64 US gallons."),
        ("bytes to gigabytes", "1000000", "1,000,000 bytes is 0.001 gigabytes."),
    ],
)
def test_how_many_is_asked_and_understood(question: str, said: str, answer: str) -> None:
    asked = ask(question)[0]
    assert "How many" in asked
    assert ask(said, last_reply=asked)[0] == answer


@pytest.mark.parametrize("last_reply", [None, "5 plus 6 is 11.", "How many what?", "How many miles?"])
def test_a_number_that_nobody_asked_for_is_not_understood(last_reply: str | None) -> None:
    for said in ("five", "five miles"):
        reply, outcome = ask(said, last_reply=last_reply)
        assert reply.startswith("I heard")
        assert not outcome.understood


@pytest.mark.parametrize(
    "text",
    [
        "how many days in february",
        "how many days until christmas",
        "how many pounds in a dollar",
        "how many calories in an apple",
        "how many grams in a cup of flour",
        "convert 5 to miles",
        "5 feet",
        "from day to day",
        "inches and centimeters",
        "in five minutes",
        "five minutes to twelve",
        "ten to five",
        "5 feet 113 in meters",
        "5 feet 3 pounds in meters",
        "11 inches 5 feet in meters",
        "20 degrees in meters of",
        "5 # miles in feet",
    ],
)
def test_what_is_no_conversion_is_none(text: str) -> None:
    assert read_conversion(words_of(text)) is None


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.one)
def test_every_name_of_a_unit_means_it(unit: Unit) -> None:
    for name in unit.names:
        words = words_of(f"5 {name}")
        assert read_unit(words, 1) == (unit, len(words)), name
    assert convert(convert(Fraction(7, 3), unit, KINDS[unit.kind][0]), KINDS[unit.kind][0], unit) == Fraction(7, 3)


AMOUNTS = st.one_of(
    st.fractions(0, 1000, max_denominator=99),
    st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=3).map(Fraction),
)


@given(st.sampled_from(UNITS), AMOUNTS)
def test_an_amount_is_said_so_that_it_reads_back(unit: Unit, value: Fraction) -> None:
    text = say_amount((Part(value, unit),))
    parts = read_amount(words_of(text))
    assert parts is not None, text
    assert [(part.value, part.unit) for part in parts] == [(value, unit)]


@given(st.sampled_from(list(KINDS.values())), st.data(), AMOUNTS)
def test_a_result_is_said_as_it_is_or_with_about(
    units: tuple[Unit, ...], data: st.DataObject, value: Fraction
) -> None:
    unit, target = data.draw(st.sampled_from(units)), data.draw(st.sampled_from(units))
    reply = ask(f"{say_amount((Part(value, unit),))} in {target.many}")[0]
    found = re.fullmatch(r".+ is (about )?(.+?) (?:US )?[a-zA-Z ]+?(?:, or .+)?\.", reply)
    if found is None or "absolute zero" in reply or "leap" in reply or "average" in reply or "power" in reply:
        return
    said = read_back(re.match(r"(minus )?[\d,.]+", found[2])[0])  # type: ignore[index]
    exact = convert(value, unit, target)
    assert (found[1] is None) == (said == exact and unit.average == target.average), reply
    assert abs(said - exact) <= max(abs(exact) / 199, Fraction(1, 20) * (unit.kind == "temperature")), reply
