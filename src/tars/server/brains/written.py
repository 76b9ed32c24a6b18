"""Written forms that a reader says in words: "$20", "7:30", "5'11", "14th", "½", "km/h".

Each function takes a text in lower case and returns it with one kind of sign as words.
"""

import re
import unicodedata

from tars.server.brains.numbers import MONTHS
from tars.server.brains.ordinals import ordinal_words

_NUMBER = r"\d+(?:\.\d+)?"
_CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₹": "rupees"}
_AMOUNT = re.compile(rf"([$€£¥₹])\s?({_NUMBER})(\s?(?:hundred|thousand|million|billion|trillion)\b)?")
_CLOCK = re.compile(r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
_DATE = re.compile(r"(?<![\d/.-])(\d{1,2})/(\d{1,2})/(\d{4})(?![\d/])")
_ISO_DATE = re.compile(r"(?<![\d/.-])(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_MONTH = rf"\b({'|'.join(MONTHS)}|{'|'.join(name[:3] for name in MONTHS)}|sept)\b\.?"
_DAY_OF_MONTH = re.compile(rf"{_MONTH} (\d{{1,2}})\b(?![:./]\d)(?!\s*%)")
_MONTH_OF_DAY = re.compile(rf"(?<![\d:./])(\d{{1,2}}) (?:of )?{_MONTH}")
_FEET_AND_INCHES = re.compile(rf"(?<![\d.])(\d+)\s?'\s?({_NUMBER})(?:\"|'')?(?!\w)")
_FEET = re.compile(rf"(?<![\d.])({_NUMBER})'(?![\w'])")
_INCHES = re.compile(rf"(?<![\d.])({_NUMBER})(?:\"|'')(?!\w)")
_ORDINAL = re.compile(r"(?<![\d.,])(\d{1,2})(?:st|nd|rd|th)\b")
_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}|\b[a-z]\.\s?m\b\.?")
_FACTORIAL = re.compile(r"(?<=\d)!(?=\s*[^\s!?.,;:'\"])")
_RAISED = re.compile(r"(?<!\s)\s*([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+)")
_SQUARED_UNIT = re.compile(r"\b(km|cm|mm|m|ft|in|yd|mi)2\b")
_POWERS = {"2": " squared ", "3": " cubed "}
_LOOKALIKES = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "′": "'",
        "“": '"',
        "”": '"',
        "″": '"',
        "−": "-",
        "–": "-",
        "—": "-",
        "º": "°",
        "⁄": "/",
        "∕": "/",
        "·": "×",
        "⋅": "×",
        "…": " ",
    }
)
_ACCENT = re.compile("[\u0300-\u036f]")
_EMOJI = re.compile("[\U0001f300-\U0001faff\ufe0f\u200d]")


def plain_signs(text: str) -> str:
    """One sign for each of its lookalikes, letters in lower case without accents, and no emoji."""
    text = _RAISED.sub(_power, _EMOJI.sub(" ", text))
    text = unicodedata.normalize("NFKD", "".join(map(_apart, text))).translate(_LOOKALIKES)
    return unicodedata.normalize("NFC", _ACCENT.sub("", text)).lower()


def _power(found: re.Match[str]) -> str:
    exponent = unicodedata.normalize("NFKC", found[1])
    return _POWERS.get(exponent, f" ^ {exponent} ")


def _apart(sign: str) -> str:
    """Keep a numeral in one sign from its neighbour: "5½" is not "51/2"."""
    return f" {sign} " if unicodedata.category(sign) == "No" else sign


def money_in_words(text: str) -> str:
    """ "$2 million" as "2 million dollars"."""
    text = _AMOUNT.sub(lambda found: f"{found[2]}{found[3] or ''} {_CURRENCIES[found[1]]} ", text)
    return re.sub(rf"(?<=\d)\s?([{''.join(_CURRENCIES)}])", lambda found: f" {_CURRENCIES[found[1]]} ", text)


def dates_in_words(text: str) -> str:
    """ "12/25/2025", "25/12/2025" and "2025-12-25" as "december twenty fifth 2025"; no date stays as it is."""
    text = _ISO_DATE.sub(lambda found: _date_words(found, int(found[2]), int(found[3]), found[1]), text)
    text = _DATE.sub(_slashed, text)
    text = _DAY_OF_MONTH.sub(lambda found: _day_words(found, found[1], found[2]), text)
    return _MONTH_OF_DAY.sub(lambda found: _day_words(found, found[2], found[1]), text)


def _day_words(found: re.Match[str], month: str, day: str) -> str:
    """ "Dec 25" and "25 December" as "december twenty fifth"."""
    name = next(name for name in MONTHS if name.startswith(month[:3]))
    return f"{name} {ordinal_words(int(day))}" if 1 <= int(day) <= 31 else found[0]


def _slashed(found: re.Match[str]) -> str:
    """The month first, as in America, unless that is no month."""
    first, second = int(found[1]), int(found[2])
    month, day = (first, second) if first <= len(MONTHS) else (second, first)
    return _date_words(found, month, day, found[3])


def _date_words(found: re.Match[str], month: int, day: int, year: str) -> str:
    if not (1 <= month <= len(MONTHS) and 1 <= day <= 31):
        return found[0]
    return f" {MONTHS[month - 1]} {ordinal_words(day)} {year} "


def clock_in_words(text: str) -> str:
    """ "7:30" as "7 30", "7:05" as "7 oh 5" and "7:00" as "7 o'clock"."""
    return _CLOCK.sub(lambda found: f"{int(found[1])} {_minutes(found[2])}", text)


def _minutes(digits: str) -> str:
    if digits == "00":
        return "o'clock"
    return f"oh {digits[1]}" if digits[0] == "0" else digits


def feet_in_words(text: str) -> str:
    """ "5'11" as "5 feet 11 inches"; a quotation mark that closes is none for feet or inches."""
    text = _FEET_AND_INCHES.sub(r"\1 feet \2 inches ", text)
    if re.search(r"(?<!\S)[\"']", text):
        return text
    return _FEET.sub(r"\1 feet ", _INCHES.sub(r"\1 inches ", text))


def ordinals_in_words(text: str) -> str:
    """ "14th" as "fourteenth"; "0th" stays."""
    return _ORDINAL.sub(lambda found: ordinal_words(int(found[1])) or found[0], text)


def initials_together(text: str) -> str:
    """ "p.m." as "pm"."""
    return _INITIALS.sub(lambda found: re.sub(r"[.\s]", "", found[0]) + " ", text)


def squares_in_words(text: str) -> str:
    """ "20 m2" as "20 m squared"."""
    return _SQUARED_UNIT.sub(r"\1 squared", text)


def factorials_in_words(text: str) -> str:
    """ "5! + 2" as "5 factorial + 2"; at the end of a sentence the sign may be mere emphasis and stays."""
    return _FACTORIAL.sub(" factorial ", text)
