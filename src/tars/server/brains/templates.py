"""The one source of sentences: the skills' templates, as hassil intents for the brain and as patterns for ears."""

from collections.abc import Mapping, Sequence

import attrs
from hassil.intents import Intents
from hassil.parse_expression import parse_sentence

from tars.server.brains.numbers import MAX_NUMBERS, NUMBER_LISTS, NUMBER_RULES, token
from tars.server.brains.patterns import Either, Pattern, from_expression
from tars.server.brains.skills.skill import Skill

FRONT = "[(please|(can|could|would|will) you [please])] [tell me]"
"""Courtesies that may stand before any sentence."""
BACK = "[(please|now|thank you)]"
"""Courtesies that may stand behind any sentence."""
WIDE_FRONT = f"[(okay|well|so|now|and|hey)] {FRONT} [(what about|how about)]"
"""What the brain forgives before a sentence; too short and too common to listen for."""
WIDE_BACK = f"[(for me|right now|then|thanks|sir)] {BACK}"
"""What the brain forgives behind a sentence."""
ANYTHING = "anything"
"""The list for loose templates: any words."""


@attrs.frozen
class Book:
    """Every sentence of some skills, as patterns."""

    sentences: Mapping[str, Pattern]
    """By skill."""
    front: Pattern
    back: Pattern
    rules: Mapping[str, Pattern]
    """What the patterns refer to: lists and expansion rules."""


def pattern_of(template: str) -> Pattern:
    """The pattern of one template."""
    return from_expression(parse_sentence(template).expression)


def book_of(skills: Sequence[Skill]) -> Book:
    """What there is to listen for."""
    rules = {name: pattern_of(text) for name, text in (NUMBER_RULES | NUMBER_LISTS).items()}
    for skill in skills:
        for name, values in skill.lists.items():
            rules[name] = Either(tuple(map(pattern_of, values)))
    return Book(
        sentences={skill.name: Either(tuple(map(pattern_of, skill.sentences))) for skill in skills},
        front=pattern_of(FRONT),
        back=pattern_of(BACK),
        rules=rules,
    )


def intents_of(skills: Sequence[Skill], *, loose: bool = False) -> Intents:
    """What there is to match, as hassil takes it: the sentences, or only the loose ones.

    Numbers are tokens there (see `take_numbers`).
    """
    tokens = {"values": [token(index) for index in range(MAX_NUMBERS)]}
    lists: dict[str, object] = dict.fromkeys(NUMBER_LISTS, tokens)
    lists[ANYTHING] = {"wildcard": True}
    for skill in skills:
        for name, values in skill.lists.items():
            if name in lists:
                raise ValueError(f"two skills have a list called {name!r}: define it once")
            lists[name] = {"values": [{"in": said, "out": value} for said, value in values.items()]}
    intents = {}
    for skill in skills:
        sentences = list(skill.loose if loose else skill.sentences)
        if sentences:
            intents[skill.name] = {"data": [{"sentences": sentences}]}
    return Intents.from_dict({"language": "en", "intents": intents, "lists": lists})
