"""What the ears listen for: every sentence of the skills, as data and as a graph of words.

Pure: the speech workers' processes use it. `GrammarSpec` crosses to them as it is; a `Grammar` is made there.
"""

import enum
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import attrs

from tars.server.brains.digits import NUMBER_DIGITS, spoken
from tars.server.brains.normalise import NAME, without_name, words_of
from tars.server.brains.number_templates import NUMBER_LISTS, NUMBER_RULES
from tars.server.brains.patterns import Either, Maybe, Pattern, Rule, Then, Word, from_template
from tars.server.brains.sentence_graph import SentenceGraph

_VERSION = re.compile(r"[ _]v\d[\d.]*$")
_ANYTHING = "anything"
"""What an example has in an open slot."""
_NUMBER_RULES = {name: from_template(text) for name, text in (NUMBER_RULES | NUMBER_LISTS).items()}


@attrs.frozen
class GrammarSpec:
    """Sentences as plain data: what a speech worker needs to know of the skills."""

    sentences: Mapping[str, tuple[str, ...]]
    """hassil templates, by skill."""
    lists: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """What may be said where a template has {name}: templates."""
    names: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """Lists of names that are known at run time only, such as rooms: plain text, with its capitals."""
    open_slots: frozenset[str] = frozenset()
    """Where a template has one of these in braces, anything may be said, one word or more."""
    changing: frozenset[str] = frozenset()
    """The skills that change something, or end the session."""
    ending: frozenset[str] = frozenset()
    """The skills that end the session."""
    afterthoughts: frozenset[str] = frozenset()
    """Lists that no pause is waited for, see `Skill.afterthoughts`."""
    rare: frozenset[str] = frozenset()
    """The skills whose sentences people seldom say to a device."""
    front: str = ""
    """A template for what may be said before any sentence."""
    back: str = ""
    """A template for what may be said behind any sentence."""
    stop: tuple[str, ...] = ()
    """Templates for what stops TARS while it speaks."""
    vague_stop: tuple[str, ...] = ()
    """More of them, which a recogniser takes mixed voices for: it needs to be surer of these."""


class Completeness(enum.Enum):
    """What the words of an utterance amount to so far."""

    COMPLETE = "a whole sentence that no value may follow"
    CONTINUING = "a whole sentence that a value may follow"
    OPEN = "no whole sentence"
    FOREIGN = "no beginning of a sentence, but it ends like one"
    """Only a recogniser knows: punctuation tells nothing about what was typed."""


class Grammar:
    """The sentences of a spec, behind an optional hotword."""

    def __init__(self, spec: GrammarSpec, hotwords: Sequence[str] = ()) -> None:
        """`hotwords` as they are configured ("hey_jarvis") or spoken. Raises `ValueError` for a bad template."""
        self.spec = spec
        phrases = sorted(set(filter(None, map(spoken_hotword, hotwords))))
        self._called = [tuple(phrase.split()) for phrase in phrases]
        self.graph = self._graph(self._sentences(spec.sentences))
        """All the sentences, with the hotword: what a recogniser searches."""

    def with_names(self, list_name: str, values: Sequence[str]) -> "Grammar":
        """The same grammar with other names in the list called `list_name`; nothing else is compiled again.

        Raises `ValueError` where no such list of names was declared.
        """
        if list_name not in self.spec.names:
            raise ValueError(
                f"the grammar has no list of names called {list_name!r}; it has {sorted(self.spec.names)}"
            )
        other = Grammar.__new__(Grammar)
        other.spec = attrs.evolve(self.spec, names={**self.spec.names, list_name: tuple(values)})
        other._called = self._called
        other.graph = self.graph.with_list(list_name, names_pattern(values))
        return other

    @cached_property
    def hotword(self) -> SentenceGraph:
        """The hotword's phrases, whole, and nothing else: for a second look at whether one was said."""
        return SentenceGraph(Either(tuple(map(_words_pattern, self._called))), {})

    @cached_property
    def stop_words(self) -> SentenceGraph:
        """What stops TARS while it speaks, and nothing else; with the hotword or the name before it."""
        return self._stop_graph((*self.spec.stop, *self.spec.vague_stop))

    def is_vague_stop(self, text: str) -> bool:
        """Whether `text` stops TARS in words that mixed voices are taken for."""
        return self._is_of(self._vague_stop_words, text)

    def words(self, text: str) -> str:
        """Return a written text as commands have it: its words in lower case, without hotword and name."""
        return " ".join(self._plain(text))

    def without_hotword(self, text: str) -> str:
        """Return a written text without the hotword at its front, or the last words of one heard from its middle.

        What is left begins with a capital letter where the text did.
        """
        chunks = text.split()
        words = [words_of(chunk) for chunk in chunks]
        cut = self._hotword_length([word for chunk in words for word in chunk])
        used = 0
        while chunks and used < cut:
            used += len(words.pop(0))
            chunks.pop(0)
        left = " ".join(chunks)
        return left[:1].upper() + left[1:] if cut and text[:1].isupper() else left

    def is_complete(self, text: str) -> bool:
        """Whether `text` is a whole sentence; with or without the hotword."""
        state = self.graph.walk(self._plain(text))
        return state is not None and state.complete

    def may_continue(self, text: str) -> bool:
        """Whether more of a sentence is worth waiting for behind `text`.

        True for every true beginning of a sentence, and for a whole one that a value may follow. Mere words
        ("please", "today", "answer" behind "repeat that") come in one breath with the sentence, and do not count.
        """
        words = self._plain(text)
        state = self.graph.walk(words)
        return state is not None and (state.may_continue or self._number_may_continue(words))

    def completeness(self, text: str) -> Completeness:
        """What `text` amounts to: whether it is whole, and whether it is worth waiting for more."""
        if not self.is_complete(text):
            return Completeness.OPEN
        return Completeness.CONTINUING if self.may_continue(text) else Completeness.COMPLETE

    def examples(self, choice: int) -> Iterator[str]:
        """One sentence of every template, without what may be left out.

        Where a template has alternatives, the one with the number `choice` is taken, counted round and round.
        """
        lists = lists_of(self.spec)
        for texts in self.spec.sentences.values():
            for text in texts:
                if (words := _example(from_template(text), lists, choice)) is not None:
                    yield " ".join(words)

    def changes(self, text: str) -> bool:
        """Whether `text` is a sentence of a skill that changes something or ends the session."""
        return self._is_of(self._changing, text)

    def ends(self, text: str) -> bool:
        """Whether `text` is a sentence of a skill that ends the session."""
        return self._is_of(self._ending, text)

    def is_rare(self, text: str) -> bool:
        """Whether `text` is a sentence of a skill that people seldom use."""
        return self._is_of(self._rare, text)

    def _is_of(self, graph: SentenceGraph, text: str) -> bool:
        state = graph.walk(self._plain(text))
        return state is not None and state.complete

    @cached_property
    def _changing(self) -> SentenceGraph:
        return self._graph_of(self.spec.changing)

    @cached_property
    def _ending(self) -> SentenceGraph:
        return self._graph_of(self.spec.ending)

    @cached_property
    def _vague_stop_words(self) -> SentenceGraph:
        return self._stop_graph(self.spec.vague_stop)

    def _stop_graph(self, templates: Sequence[str]) -> SentenceGraph:
        sentences = Either(tuple(map(from_template, templates)))
        return SentenceGraph(Then((*self._address(), sentences, Maybe(Word(NAME)))), {})

    @cached_property
    def _rare(self) -> SentenceGraph:
        return self._graph_of(self.spec.rare)

    def _graph_of(self, skills: Collection[str]) -> SentenceGraph:
        sentences = {name: texts for name, texts in self.spec.sentences.items() if name in skills}
        return self._graph(self._sentences(sentences))

    def _sentences(self, by_skill: Mapping[str, tuple[str, ...]]) -> Pattern:
        sentences = Either(tuple(from_template(text) for texts in by_skill.values() for text in texts))
        front, back = from_template(self.spec.front), from_template(self.spec.back)
        return Then((*self._address(), front, sentences, back, Maybe(Word(NAME))))

    def _graph(self, pattern: Pattern) -> SentenceGraph:
        spec = self.spec
        return SentenceGraph(
            pattern,
            lists_of(spec),
            digits=NUMBER_DIGITS,
            opens=spec.open_slots,
            afterthoughts=spec.afterthoughts,
        )

    def _address(self) -> tuple[Pattern, ...]:
        """The hotword, or only the last words of it, as the audio may begin in its middle; and the name."""
        ways = {phrase[start:] for phrase in self._called for start in range(len(phrase))}
        hotword = (Maybe(Either(tuple(map(_words_pattern, sorted(ways))))),) if ways else ()
        return (*hotword, Maybe(Word(NAME)))

    def _number_may_continue(self, words: list[str]) -> bool:
        """Whether the number in digits at the end may go on in words: "70" was "seventy", and "five" may come."""
        if not words or not words[-1][0].isdigit():
            return False
        ends = [self.graph.walk((*words[:-1], *way)) for way in spoken(words[-1])]
        return any(end is not None and end.may_continue for end in ends)

    def _plain(self, text: str) -> list[str]:
        words = words_of(text)
        return without_name(words[self._hotword_length(words) :])

    def _hotword_length(self, words: list[str]) -> int:
        for phrase in self._called:
            for start in range(len(phrase)):
                tail = list(phrase[start:])
                if words[: len(tail)] == tail:
                    return len(tail)
        return 0


def lists_of(spec: GrammarSpec) -> dict[str, Pattern]:
    """What the sentences of a spec refer to: its lists, its names, and numbers in words."""
    lists = {name: Either(tuple(map(from_template, said))) for name, said in spec.lists.items()}
    names = {name: names_pattern(values) for name, values in spec.names.items()}
    return {**_NUMBER_RULES, **lists, **names}


def _example(pattern: Pattern, lists: Mapping[str, Pattern], choice: int) -> list[str] | None:
    """One way to say a pattern; None where a list in it has nothing yet."""
    match pattern:
        case Word(text):
            return [text]
        case Maybe():
            return []
        case Rule(name):
            return _example(lists[name], lists, choice) if name in lists else [_ANYTHING]
        case Either(items):
            return _example(items[choice % len(items)], lists, choice) if items else None
        case Then(items):
            said = [_example(item, lists, choice) for item in items]
            return None if None in said else [word for words in said for word in words or ()]


def spoken_hotword(name: str) -> str:
    """How a hotword is spoken: "models/hey_jarvis_v0.1.onnx" is "hey jarvis"."""
    stem = re.split(r"[/\\]", name.lower())[-1].removesuffix(".onnx").removesuffix(".tflite")
    return " ".join(re.findall(r"[a-z']+", _VERSION.sub("", stem)))


def names_pattern(values: Sequence[str]) -> Pattern:
    """The pattern of a list of names: plain text, whose numbers may be said in words."""
    return Either(tuple(Then(tuple(map(_word_or_number, words))) for words in map(words_of, values) if words))


def _word_or_number(word: str) -> Pattern:
    if not word[0].isdigit():
        return Word(word)
    return Either((Word(word), *map(_words_pattern, spoken(word))))


def _words_pattern(words: Sequence[str]) -> Pattern:
    return Then(tuple(map(Word, words)))
