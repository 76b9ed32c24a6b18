"""Text as it is shown, made into text that a voice reads as a person would. Pure.

The voices read plain words and plain numbers well. Here the rest is spelt out: times, dates, money, units, signs,
abbreviations, addresses; emoji and the marks of Markdown are left out, because nobody says them.
"""

import re
import unicodedata
from collections.abc import Callable

from tars.server.tts.speakable_words import (
    ABBREVIATIONS,
    CURRENCIES,
    FRACTIONS,
    MONTHS,
    ORDINALS,
    SHORT_MONTHS,
    SIGNS,
    SLASHED,
    UNITS,
)

_MONTH = "|".join((*MONTHS, *(rf"{short}\b\.?" for short in SHORT_MONTHS)))
_NUMBER = r"\d[\d,]*(?:\.\d+)?"


def speakable(text: str) -> str:
    """Return the same text with what would be misread spelt out: "2:05 PM" is said "2 oh 5 PM"."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return " ".join(_without_pictures(text).split())


def _time(found: re.Match[str]) -> str:
    hour, minute, half = found[1], found[2], found[3]
    after = f" {half.upper()}M" if half else ""
    if minute == "00":
        return str(int(hour)) + (after or " o'clock")
    return f"{int(hour)} {'oh ' if minute[0] == '0' else ''}{int(minute)}{after}"


def _ordinal(day: str) -> str:
    number = int(day)
    return f"{number}{'th' if 10 < number % 100 < 14 else ORDINALS.get(number % 10, 'th')}"


def _iso_date(found: re.Match[str]) -> str:
    month, day = int(found[2]), int(found[3])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found[0]
    return f"{MONTHS[month - 1]} {_ordinal(found[3])}, {_year(found[1])}"


def _date(found: re.Match[str]) -> str:
    month, day, year = _full_month(found["month"]), found["day"], found["year"]
    return f"{month} {_ordinal(day)}" + (f", {_year(year)}" if year else "")


def _full_month(name: str) -> str:
    return next(month for month in MONTHS if month.startswith(name.strip(".")[:3]))


def _year(year: str) -> str:
    """Four digits as two pairs, except in the first decade of a millennium: "20 26", "19 oh 5", "2005"."""
    century, rest = year[:2], year[2:]
    if year[1:3] == "00":
        return year
    if rest == "00":
        return f"{century} hundred"
    return f"{century} {'oh ' if rest[0] == '0' else ''}{int(rest)}"


def _money(found: re.Match[str]) -> str:
    one, many, small = CURRENCIES[found[1]]
    whole, _, cents = found[2].partition(".")
    if found[3]:  # "$2.5 million"
        return f"{found[2]} {found[3]} {many}"
    said = f"{whole} {one if whole == '1' else many}"
    if not cents or not int(cents):
        return said
    if len(cents) != 2:
        return f"{found[2]} {many}"
    return f"{said} {int(cents)}" if int(whole.replace(",", "")) else f"{int(cents)} {small}"


def _unit(found: re.Match[str]) -> str:
    one, many = UNITS[found["unit"]]
    return f"{found['number']} {one if found['number'] == '1' else many}"


def _address(found: re.Match[str]) -> str:
    """A web or mail address, by its names: without the scheme, and without what follows the host."""
    return found[1].replace("@", " at ").replace(".", " dot ")


def _numeric_address(found: re.Match[str]) -> str:
    return found[0].replace(".", " dot ").replace(":", " port ")


def _without_pictures(text: str) -> str:
    """The text without emoji, and without the invisible characters that join them."""
    return "".join(" " if unicodedata.category(char) in ("So", "Sk", "Cf", "Co", "Cs") else char for char in text)


_UNIT_NAMES = "|".join(
    rf"{'' if len(name) > 1 else '(?<= )'}{re.escape(name)}" for name in sorted(UNITS, key=len, reverse=True)
)
"""A letter by itself is a unit only behind a blank: "5s" and "4G" are names."""
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # marks of Markdown: links, emphasis, code, headings, items of a list
    (re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)"), r"\1"),
    (re.compile(r"(\*\*|__|~~|`+)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])[*_](?=[^\s*_])([^*_\n]+?)(?<=\S)[*_](?![\w*])"), r"\1"),
    (re.compile(r"^\s*(?:#{1,6}|[-*•])\s+", re.MULTILINE), ""),
    # addresses first: their dots, slashes and colons mean something else below
    (re.compile(r"\bhttps?://(?:www\.)?([\w-]+(?:\.[\w-]+)*)[^\s<>\"']*(?<![.,;:!?)])", re.IGNORECASE), _address),
    (re.compile(r"\b([\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+)"), _address),
    (re.compile(r"\bwww\.([\w-]+(?:\.[\w-]+)+)"), _address),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"), _numeric_address),
    # dates and times
    (re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b"), _iso_date),
    (
        re.compile(rf"\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year>[12]\d{{3}})\b)?"),
        _date,
    ),
    (re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{_MONTH})(?: (?P<year>[12]\d{{3}})\b)?"), _date),
    (re.compile(r"\b(\d{1,2}):([0-5]\d)\b(?:\s*([AaPp])(?:\.[Mm]\.|[Mm]\b))?"), _time),
    # numbers and what is counted with them
    (re.compile(rf"\b({_NUMBER})\s?([€£])(?!\s?\d)"), r"\2\1"),
    (re.compile(rf"([{''.join(CURRENCIES)}])\s?({_NUMBER})(?: (thousand|million|billion|trillion)\b)?"), _money),
    (re.compile(r"(?<![\w.,])\.(?=\d)"), "0."),
    (re.compile(rf"(?<=\d)\s?({'|'.join(FRACTIONS)})"), lambda found: f" and {FRACTIONS[found[1]]}"),
    (re.compile("|".join(FRACTIONS)), lambda found: FRACTIONS[found[0]]),
    (re.compile(rf"\b(?P<number>{_NUMBER})\s?(?P<unit>{_UNIT_NAMES})(?![\w/²³])"), _unit),
    (re.compile(rf"\b({'|'.join(SLASHED)})(?![\w/])"), lambda found: SLASHED[found[0]]),
    (re.compile(r"\b(\d)'\s?(\d{1,2})(?:\"|″|'')"), r"\1 foot \2"),
    (re.compile(r"(?<=\d)\s?%"), " percent"),
    (re.compile(r"#(?=\d)"), "number "),
    (re.compile(r"(?<=\d)\s?[–—]\s?(?=\d)"), " to "),
    (re.compile(r"(?<=[\d)])\s?\^\s?(?=[-−(\d])"), " to the power of "),
    (re.compile(r"(?<![\w.)])[-−](?=\d)"), "minus "),
    (re.compile(r"(?<=[\w)])\s-\s(?=\d)|(?<=\d)\s?−\s?(?=\d)"), " minus "),
    (re.compile(r"(?<=[\w)])\s\+\s(?=[\w(])|(?<=\d)\+(?=\d)"), " plus "),
    (re.compile(r"(?<=[\d)])\s\*\s(?=[\d(])"), " times "),
    (re.compile(r"(?<=\w)_(?=\w)"), " "),
    (re.compile("|".join(re.escape(sign) for sign in SIGNS)), lambda found: f" {SIGNS[found[0]]} "),
    # words that are written shorter than they are said
    (
        re.compile(rf"(?<!\w)({'|'.join(re.escape(short) for short in ABBREVIATIONS)})(?!\w)"),
        lambda found: ABBREVIATIONS[found[0]],
    ),
    (re.compile(r"(?<=\w)[\u2013\u2014](?=\w)|\s+[\u2013\u2014]\s+"), ", "),
)
