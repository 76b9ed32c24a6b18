"""How people name days: the list {date}, shared by all templates, and the words around it."""

import re
from collections.abc import Mapping

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_expression

from tars.server.brains.numbers import MONTHS, ORDINALS
from tars.server.brains.skills.clock.dates import WEEKDAYS
from tars.server.brains.skills.clock.holidays import HOLIDAYS
from tars.server.brains.skills.skill import Value

NOW = "(now|right now|currently|at the moment|exactly)"
EXACT = "(current|exact|right|correct|present|local|actual)"
FULL = "(current|exact|full|complete|present|calendar|whole|right)"
WHICH = "(what|which)"
IS = "{tense}"
"""Is, was or will be: whether the last such day is meant or the next."""
WHAT_IS = "(what is|what's|what was|what will be|what would be|what are|what were)"

_IN_YEAR = "[[(in|of)] {calendar_year:year}]"
_DATE: Mapping[str, Value] = {
    "{day_offset}": "offset",
    "[on] [the] [{which}] {weekday}": "weekday",
    f"[on] {{month}} [the] {{ordinal}} {_IN_YEAR}": "date",
    f"[on] [the] {{ordinal}} of {{month}} {_IN_YEAR}": "date",
    "[on] the {ordinal} [of (this|the) month]": "ordinal",
    f"[on] [{{which}}] {{feast}} {_IN_YEAR}": "feast",
    "(in|after) ({percentage:count} {day_unit}|{one_day_unit:day_unit}) [from now]": "ahead",
    "({percentage:count} {day_unit}|{one_day_unit:day_unit}) (from now|from {day_offset}|later)": "ahead",
    "({percentage:count} {day_unit}|{one_day_unit:day_unit}) (ago|before {day_offset})": "ago",
    "({percentage:count} {day_unit}|{one_day_unit:day_unit}) from [{which}] {weekday}": "after_weekday",
    "[(on|in)] [the] [{which}] {period}": "period",
    "[at] the end of [the] [{which}] {period}": "end_of",
    f"[in] [{{which}}] {{month}} {_IN_YEAR}": "month",
    f"[on] the {{nth}} {{weekday}} (of|in) {{month}} {_IN_YEAR}": "nth",
}


def said(template: str) -> list[str]:
    """All that a template without lists means, sentence by sentence: hassil finds plain text quickest."""
    samples = sample_expression(parse_sentence(template).expression)
    return list(dict.fromkeys(" ".join(sample.split()) for sample in samples))


def plain(values: Mapping[str, Value]) -> dict[str, Value]:
    """A list with plain text for its templates."""
    return {text: value for template, value in values.items() for text in said(template)}


DATE_LISTS: Mapping[str, Mapping[str, Value]] = {
    "date": _DATE,
    "day_offset": plain(
        {
            "today": 0,
            "tomorrow": 1,
            "yesterday": -1,
            "[the] day after tomorrow": 2,
            "[the] day before yesterday": -2,
        }
    ),
    "day_of": {"today's": 0, "tomorrow's": 1, "yesterday's": -1},
    "which": plain(
        {
            "(next|following)": "next",
            "(last|past|previous)": "last",
            "(this|coming|this coming|upcoming|forthcoming)": "this",
        }
    ),
    "weekday": {name: name for name in WEEKDAYS},
    "month": {name: number for number, name in enumerate(MONTHS, start=1)},
    "ordinal": {name: number for number, name in enumerate(ORDINALS[:31], start=1)},
    "feast": plain({holiday.said: holiday.name for holiday in HOLIDAYS.values()}),
    "day_unit": plain({f"({unit}|{unit}s)": unit for unit in ("day", "week", "month", "year")}),
    "one_day_unit": {f"a {unit}": unit for unit in ("day", "week", "month", "year")},
    "period": {"weekend": "weekend", "week": "week", "month": "month", "year": "year"},
    "nth": {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1},
    "tense": plain(
        {
            "(is|is it|it is|will be|will it be|it will be|would be|falls|are|are we)": "next",
            "(was|was it|it was|were|were we)": "last",
        }
    ),
}
"""The lists that name days. Skills share them: they are defined once, by the skill that tells dates."""


def renamed(values: Mapping[str, Value], suffix: str) -> dict[str, Value]:
    """A list whose slots have other names, for a sentence that names two days."""
    slot = re.compile(r"\{(\w+)(?::(\w+))?\}")
    return {
        slot.sub(lambda found: f"{{{found[1]}:{found[2] or found[1]}{suffix}}}", text): value
        for text, value in values.items()
    }
