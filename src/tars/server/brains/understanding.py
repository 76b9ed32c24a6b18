"""From words to a skill and what was said in its open places, by hassil."""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import attrs
from hassil.intents import SlotList
from hassil.models import MatchEntity
from hassil.recognize import RecognizeResult, recognize_ranked

from tars.server.brains.as_written import WrittenText
from tars.server.brains.matching import Matcher
from tars.server.brains.normalise import without_name
from tars.server.brains.numbers import read_number, take_numbers, token
from tars.server.brains.patterns import from_template
from tars.server.brains.sentence_graph import SentenceGraph
from tars.server.brains.skills.skill import Skill, Value
from tars.server.brains.templates import WIDE_BACK, WIDE_FRONT, Kind, NumberedName, intents_of, names_list

_HESITATIONS = frozenset(("uh", "um", "uhm", "er", "erm", "hmm", "mm", "ah"))
LONGEST = 48
"""Words: the longest sentence of the grammar has fewer, and hassil's time grows with every one."""


@attrs.frozen
class Understood:
    """A skill, and what was said in the places that its sentence leaves open."""

    skill: Skill
    slots: Mapping[str, Value]


@attrs.frozen
class _Core:
    """Words that may be a sentence, and where each stands among the words of the whole text."""

    words: list[str]
    places: list[int]

    def cut(self, start: int, end: int) -> "_Core":
        return _Core(self.words[start:end], self.places[start:end])

    def without_courtesy(self) -> "_Core":
        """The words without a "please" at their end: "thank you" and "now" may belong to an open slot."""
        return self.cut(0, -1) if self.words[-1] == "please" else self

    def without_name(self) -> "_Core":
        left = without_name(self.words)
        starts = range(len(self.words) + 1)
        start = next(start for start in starts if self.words[start : start + len(left)] == left)
        return self.cut(start, start + len(left))


class Understanding:
    """Finds the skill that a text asks for."""

    def __init__(self, skills: Sequence[Skill]) -> None:
        self._skills = {skill.name: skill for skill in skills}
        self._parsed = [skill for skill in skills if skill.parse is not None]
        matched = [skill for skill in skills if skill.parse is None]
        self._matchers = {kind: Matcher(matched, kind) for kind in Kind if kind is not Kind.OPEN}
        self._open = intents_of(matched, Kind.OPEN)
        self._names: dict[str, SlotList] = {name: names_list(()) for skill in skills for name in skill.names}
        self._front = SentenceGraph(from_template(WIDE_FRONT), {})
        self._back = SentenceGraph(from_template(WIDE_BACK), {})
        list(self._matches(["bogus"], Kind.OPEN))  # hassil parses its templates when they are first tried

    def with_names(self, list_name: str, values: Sequence[str]) -> "Understanding":
        """The same with other names in the list called `list_name`, as `Grammar.with_names` has it.

        Raises `ValueError` where no skill declares such a list of names.
        """
        if list_name not in self._names:
            raise ValueError(f"no skill has a list of names called {list_name!r}; there are {sorted(self._names)}")
        other = copy.copy(self)
        other._names = {**self._names, list_name: names_list(values)}
        return other

    def understand(self, text: str) -> Understood | None:
        """The skill that `text` asks for, however politely; None where no sentence explains it.

        What is said in an open slot is given as it is written, with its capitals.
        """
        written = WrittenText(text)
        heard = [(place, word) for place, word in enumerate(written.words) if word not in _HESITATIONS]
        whole = _Core([word for _, word in heard], [place for place, _ in heard]).without_name()
        if not 0 < len(whole.words) <= LONGEST:
            return None
        cores = list(self._cores(whole))
        # what is said strictly goes before what has open slots, and that before what merely looks like it
        plain = [core.without_courtesy() for core in cores]
        found = (self._match(plain if kind is Kind.OPEN else cores, kind, written) for kind in Kind)
        return self._read(cores) or next(filter(None, found), None)

    def _cores(self, whole: _Core) -> Iterator[_Core]:
        """The words as they are, then without the courtesies around them."""
        words = whole.words
        fronts = [cut for cut in range(len(words)) if _all_of(self._front, words[:cut])]
        backs = [cut for cut in range(len(words), 0, -1) if _all_of(self._back, words[cut:])]
        for front in fronts:
            for back in backs:
                if front < back:
                    yield whole.cut(front, back).without_name()

    def _read(self, cores: Iterable[_Core]) -> Understood | None:
        """What the skills that read sentences by themselves make of the words."""
        for core in cores:
            for skill in self._parsed:
                slots = skill.parse(core.words) if skill.parse else None
                if slots is not None:
                    return Understood(skill, slots)
        return None

    def _match(self, cores: Iterable[_Core], kind: Kind, written: WrittenText) -> Understood | None:
        for core in cores:
            plain, numbers = take_numbers(core.words)
            for skill, result in self._matches(plain, kind):
                slots = _Slots(core, plain, numbers, written).read(result)
                if slots is not None:
                    return Understood(skill, slots)
        return None

    def _matches(self, plain: Sequence[str], kind: Kind) -> Iterator[tuple[Skill, RecognizeResult]]:
        """The matches in order. Of open slots the one that leaves least to them: "at six" is no part of a name."""
        if kind is not Kind.OPEN:
            yield from self._matchers[kind].matches(plain, self._names)
            return
        for result in recognize_ranked(" ".join(plain), self._open, slot_lists=self._names):
            yield self._skills[result.intent.name], result


@attrs.frozen
class _Slots:
    """Reads what was said in the places that a sentence leaves open."""

    core: _Core
    plain: list[str]
    """Its words with tokens for numbers."""
    numbers: Sequence[Fraction]
    written: WrittenText

    def read(self, result: RecognizeResult) -> dict[str, Value] | None:
        """The slots of a match; None where a name has another number than was said."""
        slots: dict[str, Value] = {}
        for name, entity in result.entities.items():
            value = self._value(entity)
            if value is None:
                return None
            slots[name] = value
        return slots

    def _value(self, entity: MatchEntity) -> Value | None:
        if entity.is_wildcard and entity.text_span is not None:
            return self._as_written(*entity.text_span)
        if isinstance(entity.value, NumberedName):
            said = self.numbers[entity.value.first_token :][: len(entity.value.numbers)]
            return entity.value.name if tuple(said) == entity.value.numbers else None
        values: dict[str, Value] = {token(index): value for index, value in enumerate(self.numbers)}
        value: Value = entity.value
        return values.get(str(value), value)

    def _as_written(self, start: int, end: int) -> str:
        """What is written for a span of the plain text, in characters."""
        text = " ".join(self.plain)
        spans = self._spans()
        first, _ = spans[text[:start].count(" ")]
        _, end_of_last = spans[text[:end].count(" ")]
        return self.written.passage(self.core.places[first], self.core.places[end_of_last - 1] + 1)

    def _spans(self) -> list[tuple[int, int]]:
        """For each plain word: from which to before which word of the core it goes."""
        spans: list[tuple[int, int]] = []
        start = numbers = 0
        for word in self.plain:
            read = read_number(self.core.words, start) if word == token(numbers) else None
            numbers += read is not None
            end = start + 1 if read is None else read.end
            spans.append((start, end))
            start = end
        return spans


def _all_of(graph: SentenceGraph, words: list[str]) -> bool:
    state = graph.walk(words)
    return state is not None and state.complete
