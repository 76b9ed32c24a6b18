"""From words to a skill and what was said in its open places, by hassil."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

import attrs
from hassil.intents import Intents
from hassil.recognize import RecognizeResult, recognize

from tars.server.brains.normalise import without_name, words_of
from tars.server.brains.numbers import take_numbers, token
from tars.server.brains.patterns import from_template
from tars.server.brains.sentence_graph import SentenceGraph
from tars.server.brains.skills.skill import Skill, Value
from tars.server.brains.templates import WIDE_BACK, WIDE_FRONT, intents_of

_HESITATIONS = frozenset(("uh", "um", "uhm", "er", "erm", "hmm", "mm", "ah"))
LONGEST = 48
"""Words: the longest sentence of the grammar has fewer, and hassil's time grows with every one."""


@attrs.frozen
class Understood:
    """A skill, and what was said in the places that its sentence leaves open."""

    skill: Skill
    slots: Mapping[str, Value]


class Understanding:
    """Finds the skill that a text asks for."""

    def __init__(self, skills: Sequence[Skill]) -> None:
        self._skills = {skill.name: skill for skill in skills}
        self._parsed = [skill for skill in skills if skill.parse is not None]
        matched = [skill for skill in skills if skill.parse is None]
        # what is said strictly goes before what merely looks like it
        self._strict = intents_of(matched)
        self._loose = intents_of(matched, loose=True)
        self._front = SentenceGraph(from_template(WIDE_FRONT), {})
        self._back = SentenceGraph(from_template(WIDE_BACK), {})
        self.understand("hello")  # hassil parses its templates when they are first tried: not while someone waits
        self.understand("bogus")

    def understand(self, text: str) -> Understood | None:
        """The skill that `text` asks for, however politely; None where no sentence explains it."""
        words = without_name([word for word in words_of(text) if word not in _HESITATIONS])
        if not 0 < len(words) <= LONGEST:
            return None
        cores = list(self._cores(words))
        return self._read(cores) or self._first(cores, self._strict) or self._first(cores, self._loose)

    def _cores(self, words: list[str]) -> Iterator[list[str]]:
        """The words as they are, then without the courtesies around them."""
        fronts = [cut for cut in range(len(words)) if _all_of(self._front, words[:cut])]
        backs = [cut for cut in range(len(words), 0, -1) if _all_of(self._back, words[cut:])]
        for front in fronts:
            for back in backs:
                if front < back:
                    yield without_name(words[front:back])

    def _read(self, cores: Iterable[list[str]]) -> Understood | None:
        """What the skills that read sentences by themselves make of the words."""
        for core in cores:
            for skill in self._parsed:
                slots = skill.parse(core) if skill.parse else None
                if slots is not None:
                    return Understood(skill, slots)
        return None

    def _first(self, cores: Iterable[list[str]], intents: Intents) -> Understood | None:
        for core in cores:
            plain, numbers = take_numbers(core)
            result = recognize(" ".join(plain), intents)
            if result is not None:
                return Understood(self._skills[result.intent.name], _slots(result, numbers))
        return None


def _all_of(graph: SentenceGraph, words: list[str]) -> bool:
    state = graph.walk(words)
    return state is not None and state.complete


def _slots(result: RecognizeResult, numbers: Sequence[Fraction]) -> dict[str, Value]:
    values: dict[str, Value] = {token(index): value for index, value in enumerate(numbers)}
    return {name: values.get(entity.value, entity.value) for name, entity in result.entities.items()}
