"""The one source of sentences: the skills' templates, as hassil intents for brains and as a grammar for ears."""

import enum
from collections.abc import Mapping, Sequence
from fractions import Fraction

import attrs
from hassil.intents import Intents, TextSlotList

from tars.server.brains.grammar import Grammar, GrammarSpec
from tars.server.brains.normalise import words_of
from tars.server.brains.number_templates import NUMBER_LISTS
from tars.server.brains.numbers import MAX_NUMBERS, take_numbers, token
from tars.server.brains.patterns import from_template, rules_in
from tars.server.brains.skills.skill import Skill, Value
from tars.server.brains.skills.table import SKILLS

FRONT = (
    "[(please|(can|could|would|will) you [please])] [(tell me|do you know|i (want|need) to know|let me know"
    "|give me|(i'd|i would) like to know|(i want|i need|i'd like|i would like) you to [please]|go ahead and)]"
)
"""Courtesies that may stand before any sentence."""
BACK = "[for me] [(please|now|thank you|thanks)]"
"""Courtesies that may stand behind any sentence."""
_WISH = (
    "[(i want|i need|i'd like|i would like|you must|i have|i wish)] [(you to|to|you)] [(go ahead and|go ahead)]"
)
_QUESTION = (
    "[([please] (i'd|i would|i am|i'm|i) (like|love|want|wish|need|needing|wanting|wondering|curious) [to] "
    "[(know|hear|have|get|check)]|let me (know|hear|have)|(give|show|remind|inform|get) me [(of|about)]"
    "|look up|i was wondering|i wonder|do you happen to know|(can|could|may) i (know|have|get|hear|ask)"
    "|i have to know|would you mind (telling|giving) me|(just|say|specify)"
    "|(can|could|would) you (say|specify|confirm)|(find|check|tell|share|provide|state) [me])]"
)
WIDE_FRONT = (
    f"[(okay|well|so|now|and|hey|hi|hello|oh|sorry|yes|no|ai)] {FRONT} {_WISH} {_QUESTION} "
    "[(what about|how about|help me|let's|lets|let us)]"
)
"""What the brain forgives before a sentence; too short and too common to listen for."""
WIDE_BACK = f"[(for me|right now|then|thanks|sir|again|exactly|ai|by the way|by chance|if i may ask)] {BACK}"
"""What the brain forgives behind a sentence."""
STOP = ("stop [(it|that|talking)]", "be quiet", "[(okay|no)] cancel")
"""What stops TARS while it speaks."""
VAGUE_STOP = ("shut up", "that's enough", "[(okay|no)] enough")
"""The same, in words that two voices at once sound like."""
ANYTHING = "anything"
"""The open slot: any words, one or more."""


def spec_of(skills: Sequence[Skill]) -> GrammarSpec:
    """What there is to listen for, as data. Raises `ValueError` where two skills define the same list."""
    return GrammarSpec(
        sentences={skill.name: skill.sentences for skill in skills},
        lists={name: tuple(values) for name, values in lists_of(skills).items()},
        names={name: () for skill in skills for name in skill.names},
        open_slots=frozenset((ANYTHING,)),
        changing=frozenset(skill.name for skill in skills if skill.confirm is not None),
        ending=frozenset(skill.name for skill in skills if skill.ends),
        afterthoughts=frozenset(name for skill in skills for name in skill.afterthoughts),
        rare=frozenset(skill.name for skill in skills if skill.rare),
        front=FRONT,
        back=BACK,
        stop=STOP,
        vague_stop=VAGUE_STOP,
    )


def build_grammar(hotwords: Sequence[str] = (), skills: Sequence[Skill] = SKILLS) -> Grammar:
    """The grammar of all that TARS can do; `hotwords` as they are configured ("hey_jarvis") or spoken."""
    return Grammar(spec_of(skills), hotwords)


class Kind(enum.Enum):
    """Templates by how much they leave open, in the order in which a brain tries them."""

    CLOSED = "sentences without an open slot"
    OPEN = "sentences with one"
    LOOSE = "templates for the brain alone"


def intents_of(skills: Sequence[Skill], kind: Kind = Kind.CLOSED) -> Intents:
    """What there is to match, as hassil takes it: the templates of one kind.

    Numbers are tokens there (see `take_numbers`); lists of names come when something is matched.
    """
    tokens = {"values": [token(index) for index in range(MAX_NUMBERS)]}
    lists: dict[str, object] = dict.fromkeys(NUMBER_LISTS, tokens)
    lists[ANYTHING] = {"wildcard": True}
    for name, values in lists_of(skills).items():
        lists[name] = {"values": [{"in": said, "out": value} for said, value in values.items()]}
    intents = {}
    for skill in skills:
        sentences = templates_of(skill, kind)
        if sentences:
            intents[skill.name] = {"data": [{"sentences": sentences}]}
    return Intents.from_dict({"language": "en", "intents": intents, "lists": lists})


def templates_of(skill: Skill, kind: Kind) -> list[str]:
    """The templates of one kind of a skill."""
    if kind is Kind.LOOSE:
        return list(skill.loose)
    return [text for text in skill.sentences if (ANYTHING in rules_in(from_template(text))) is (kind is Kind.OPEN)]


@attrs.frozen
class NumberedName:
    """A name with numbers in it, as hassil finds it: with tokens for them."""

    name: str
    first_token: int
    numbers: tuple[Fraction, ...]


def names_list(values: Sequence[str]) -> TextSlotList:
    """The names that a list has just now, as hassil takes them."""
    found: list[tuple[str, object]] = []
    for name in values:
        words = words_of(name)
        plain, numbers = take_numbers(words)
        if not numbers:
            found.append((" ".join(words), name))
        for first in range(MAX_NUMBERS - len(numbers) + 1) if numbers else ():
            tokens = {token(index): token(index + first) for index in range(len(numbers))}
            said = " ".join(tokens.get(word, word) for word in plain)
            found.append((said, NumberedName(name, first, tuple(numbers))))
    return TextSlotList.from_tuples(found, allow_template=False)


def lists_of(skills: Sequence[Skill]) -> dict[str, Mapping[str, Value]]:
    """Every list of the skills. Raises `ValueError` where two skills define the same one."""
    lists: dict[str, Mapping[str, Value]] = {}
    for skill in skills:
        for name, values in skill.lists.items():
            if name in lists or name in NUMBER_LISTS or name == ANYTHING:
                raise ValueError(f"two skills have a list called {name!r}: define it once")
            lists[name] = values
    return lists
