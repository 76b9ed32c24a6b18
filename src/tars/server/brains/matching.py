"""Which sentence templates a text may be of: hassil is asked only where the words leave it open.

hassil tries template after template, and its time grows with all there are. The words of a text rule out nearly
every template at once: those with a word that the text lacks, and those without a word that it has.
"""

from collections.abc import Iterator, Mapping, Sequence

import attrs
from hassil.intents import Intents, SlotList
from hassil.recognize import RecognizeResult, recognize_all

from tars.server.brains.number_templates import NUMBER_LISTS
from tars.server.brains.numbers import MAX_NUMBERS, token
from tars.server.brains.patterns import Either, Maybe, Pattern, Rule, Then, Word, from_template
from tars.server.brains.skills.skill import Skill
from tars.server.brains.templates import Kind, intents_of, lists_of, templates_of

_TOKENS = frozenset(token(index) for index in range(MAX_NUMBERS))


@attrs.frozen
class _Template:
    skill: Skill
    intents: Intents
    """This one template."""
    needed: frozenset[str]
    """Words that every sentence of it has."""
    known: frozenset[str] | None
    """Words that a sentence of it may have; None where it may have any."""

    def may_mean(self, words: frozenset[str]) -> bool:
        """Whether a text of these words may be a sentence of it."""
        return self.needed <= words and (self.known is None or words <= self.known)


class Matcher:
    """The sentences of one kind of some skills."""

    def __init__(self, skills: Sequence[Skill], kind: Kind) -> None:
        self._rules = {
            name: Either(tuple(map(from_template, values))) for name, values in lists_of(skills).items()
        }
        self._lists: Mapping[str, SlotList] = intents_of(skills, kind).slot_lists
        self._templates = [self._template(skill, text) for skill in skills for text in templates_of(skill, kind)]

    def matches(
        self, words: Sequence[str], names: Mapping[str, SlotList]
    ) -> Iterator[tuple[Skill, RecognizeResult]]:
        """What the words may mean, in the order of the skills. Numbers are tokens; `names` are lists."""
        text, bag = " ".join(words), frozenset(words)
        for template in self._templates:
            if template.may_mean(bag):
                for result in recognize_all(text, template.intents, slot_lists={**self._lists, **names}):
                    yield template.skill, result

    def _template(self, skill: Skill, text: str) -> _Template:
        pattern = from_template(text)
        intents = Intents.from_dict({"language": "en", "intents": {skill.name: {"data": [{"sentences": [text]}]}}})
        for data in intents.intents[skill.name].data:
            _ = data.sentences  # parsed now: not while someone waits
        return _Template(skill, intents, self._needed(pattern), self._known_words(pattern))

    def _needed(self, pattern: Pattern) -> frozenset[str]:
        match pattern:
            case Word(text):
                return frozenset((text,))
            case Then(items):
                return frozenset().union(*map(self._needed, items))
            case Either(items):
                return frozenset.intersection(*map(self._needed, items))
            case Rule(name) if name in self._rules:
                return self._needed(self._rules[name])
            case Rule() | Maybe():
                return frozenset()

    def _known_words(self, pattern: Pattern) -> frozenset[str] | None:
        words: set[str] = set()
        for part in self._words_in(pattern):
            if part is None:
                return None
            words.add(part)
        return frozenset(words)

    def _words_in(self, pattern: Pattern) -> Iterator[str | None]:
        """Every word that a pattern may contain; None for any."""
        match pattern:
            case Word(text):
                yield text
            case Rule(name) if name in NUMBER_LISTS:
                yield from _TOKENS
            case Rule(name):  # anything, or names that are known at run time, are no list of ours
                yield from self._words_in(self._rules[name]) if name in self._rules else (None,)
            case Then(items) | Either(items):
                for item in items:
                    yield from self._words_in(item)
            case Maybe(item):
                yield from self._words_in(item)
