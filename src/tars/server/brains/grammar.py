"""What the ears listen for: every sentence of the skills, as a recogniser's grammar and as an automaton.

Pure: the speech workers' processes use it.
"""

import re
from collections.abc import Sequence
from functools import cached_property

from tars.server.brains.automaton import Automaton
from tars.server.brains.jsgf import to_jsgf
from tars.server.brains.normalise import without_name
from tars.server.brains.patterns import Either, Maybe, Pattern, Rule, Then, Word, words_in
from tars.server.brains.skills.skill import Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import book_of

_VERSION = re.compile(r"[ _]v\d[\d.]*$")


class Grammar:
    """The sentences, behind an optional hotword."""

    def __init__(self, skills: Sequence[Skill], hotwords: Sequence[str]) -> None:
        book = book_of(skills)
        phrases = sorted(set(filter(None, map(spoken_hotword, hotwords))))
        self._called = [tuple(phrase.split()) for phrase in phrases]
        sentences = Either(tuple(Rule(name) for name in book.sentences))
        utterance = Then((book.front, sentences, book.back))
        self._rules = {**book.rules, **book.sentences}
        called = _hotword_pattern(self._called)
        self._whole: Pattern = Then((called, utterance)) if called else utterance
        self.automaton = Automaton(self._whole, self._rules)
        """All the sentences, with the hotword: the form for a recogniser to search.

        (pocketsphinx copies every rule of a JSGF grammar into every place that refers to it: eight times the
        processor time.)"""
        self.words = frozenset(words_in(self._whole, self._rules))
        """Every word of the grammar: a recogniser's dictionary must have them all."""

    @cached_property
    def jsgf(self) -> str:
        """The same in JSGF, for recognisers that read it; its public rule is <tars.utterance>."""
        return to_jsgf(self._whole, self._rules)

    def without_hotword(self, text: str) -> str:
        """The text without the hotword at its front, or the last words of one that was heard from the middle."""
        return " ".join(self._cut(text.split()))

    def is_hotword(self, text: str) -> bool:
        """Whether `text` is a hotword and nothing more, from its first word on."""
        return tuple(text.split()) in self._called

    def is_complete(self, text: str) -> bool:
        """Whether `text`, in lower case, is a whole sentence; with or without the hotword."""
        state = self.automaton.walk(self._plain(text))
        return state is not None and state.complete

    def may_continue(self, text: str) -> bool:
        """Whether a longer sentence that means something else begins with `text`.

        True for every true beginning of a sentence. A whole sentence that could only be followed by a courtesy
        ("please") or by an option without a value ("today") does not count as one that goes on.
        """
        state = self.automaton.walk(self._plain(text))
        return state is not None and state.may_continue

    def _plain(self, text: str) -> list[str]:
        return without_name(self._cut(text.split()))

    def _cut(self, words: list[str]) -> list[str]:
        for phrase in self._called:
            for start in range(len(phrase)):
                tail = list(phrase[start:])
                if words[: len(tail)] == tail:
                    return words[len(tail) :]
        return words


def build_grammar(hotwords: Sequence[str] = ()) -> Grammar:
    """The grammar of all that TARS can do; `hotwords` as they are configured ("hey_jarvis") or spoken."""
    return Grammar(SKILLS, hotwords)


def spoken_hotword(name: str) -> str:
    """How a hotword is spoken: "models/hey_jarvis_v0.1.onnx" is "hey jarvis"."""
    stem = re.split(r"[/\\]", name.lower())[-1].removesuffix(".onnx").removesuffix(".tflite")
    return " ".join(re.findall(r"[a-z']+", _VERSION.sub("", stem)))


def _hotword_pattern(phrases: list[tuple[str, ...]]) -> Pattern | None:
    """Each phrase, or only the last words of it: the audio may begin in its middle."""
    ways = {phrase[start:] for phrase in phrases for start in range(len(phrase))}
    if not ways:
        return None
    return Maybe(Either(tuple(Then(tuple(map(Word, way))) for way in sorted(ways))))
