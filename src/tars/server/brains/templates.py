"""The one source of sentences: the skills' templates, as hassil intents for brains and as a grammar for ears."""

from collections.abc import Mapping, Sequence

from hassil.intents import Intents

from tars.server.brains.grammar import Grammar, GrammarSpec
from tars.server.brains.numbers import MAX_NUMBERS, NUMBER_LISTS, token
from tars.server.brains.skills.skill import Skill, Value
from tars.server.brains.skills.table import SKILLS

FRONT = "[(please|(can|could|would|will) you [please])] [tell me]"
"""Courtesies that may stand before any sentence."""
BACK = "[(please|now|thank you)]"
"""Courtesies that may stand behind any sentence."""
WIDE_FRONT = f"[(okay|well|so|now|and|hey)] {FRONT} [(what about|how about)]"
"""What the brain forgives before a sentence; too short and too common to listen for."""
WIDE_BACK = f"[(for me|right now|then|thanks|sir)] {BACK}"
"""What the brain forgives behind a sentence."""
STOP = ("stop [(it|that|talking)]", "be quiet", "shut up", "that's enough", "[(okay|no)] (cancel|enough)")
"""What stops TARS while it speaks."""
ANYTHING = "anything"
"""The open slot: any words, one or more."""


def spec_of(skills: Sequence[Skill]) -> GrammarSpec:
    """What there is to listen for, as data. Raises `ValueError` where two skills define the same list."""
    return GrammarSpec(
        sentences={skill.name: skill.sentences for skill in skills},
        lists={name: tuple(values) for name, values in _lists_of(skills).items()},
        names={name: () for skill in skills for name in skill.names},
        open_slots=frozenset((ANYTHING,)),
        changing=frozenset(skill.name for skill in skills if skill.confirm is not None),
        front=FRONT,
        back=BACK,
        stop=STOP,
    )


def build_grammar(hotwords: Sequence[str] = (), skills: Sequence[Skill] = SKILLS) -> Grammar:
    """The grammar of all that TARS can do; `hotwords` as they are configured ("hey_jarvis") or spoken."""
    return Grammar(spec_of(skills), hotwords)


def intents_of(skills: Sequence[Skill], *, loose: bool = False) -> Intents:
    """What there is to match, as hassil takes it: the sentences, or only the loose ones.

    Numbers are tokens there (see `take_numbers`).
    """
    tokens = {"values": [token(index) for index in range(MAX_NUMBERS)]}
    lists: dict[str, object] = dict.fromkeys(NUMBER_LISTS, tokens)
    lists[ANYTHING] = {"wildcard": True}
    for name, values in _lists_of(skills).items():
        lists[name] = {"values": [{"in": said, "out": value} for said, value in values.items()]}
    intents = {}
    for skill in skills:
        sentences = list(skill.loose if loose else skill.sentences)
        if sentences:
            intents[skill.name] = {"data": [{"sentences": sentences}]}
    return Intents.from_dict({"language": "en", "intents": intents, "lists": lists})


def _lists_of(skills: Sequence[Skill]) -> dict[str, Mapping[str, Value]]:
    lists: dict[str, Mapping[str, Value]] = {}
    for skill in skills:
        for name, values in skill.lists.items():
            if name in lists or name in NUMBER_LISTS or name == ANYTHING:
                raise ValueError(f"two skills have a list called {name!r}: define it once")
            lists[name] = values
    return lists
