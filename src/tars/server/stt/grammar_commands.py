"""The embedded command recogniser: a search bound by the grammar beside a free one, and the gate between them."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from tars.audio.formats import MICROPHONE
from tars.runtime.memory import give_back_memory
from tars.server.brains.grammar import Completeness, Grammar, spoken_hotword
from tars.server.brains.patterns import Then, Word
from tars.server.brains.sentence_graph import SentenceGraph
from tars.server.stt.commands import LONGEST_HOTWORD, Reading
from tars.server.stt.gate import Evidence, Verdict, is_probable, is_sure, judge, rival_margin
from tars.server.stt.hotword_constraint import HotwordConstraint
from tars.server.stt.likeness import unlikeness
from tars.server.stt.moonshine.constraint import GrammarConstraint
from tars.server.stt.moonshine.guards import rejection
from tars.server.stt.moonshine.model import Moonshine
from tars.server.stt.moonshine.search import Allowed, Constraint, Decoding, Hypothesis
from tars.server.stt.moonshine.vocabulary import Vocabulary
from tars.server.stt.settings import SpeechSettings

S = TypeVar("S", bound=Hashable)

_ENDS = (".", "?", "!")
_FAR_BEHIND = -8.0
"""Log probability of a sentence less that of free words, see `[speech] doubtful`."""
_BEST_CALLED = 3.0
"""The most by which "the hotword, then any words" is more probable than the free words: they are the same search
but for the hotword, and the free one follows only the best token."""
_SHORTEST_SENTENCE = 0.5
"""Seconds with the pause behind it: "stop" takes 0.4."""
_WARM = 4
"""Tokens of an example that are worked out at the start: most ways part there, which is what costs."""
_KEPT_HOTWORDS = 16
"""Devices name their hotwords; more than so many different ones are a mistake of theirs."""


@attrs.define(eq=False)
class GrammarCommands:
    """A `CommandRecogniser` on Moonshine. One thread at a time."""

    settings: SpeechSettings
    model: Moonshine
    grammar: Grammar
    _vocabulary: Vocabulary = attrs.field(init=False)
    _constraint: GrammarConstraint = attrs.field(init=False)
    _stop_words: GrammarConstraint = attrs.field(init=False)
    _hotwords: dict[str | None, GrammarConstraint] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._vocabulary = Vocabulary(self.model.tokenizer.pieces)
        self._constraint = GrammarConstraint(self.grammar.graph, self._vocabulary)
        self._stop_words = GrammarConstraint(self.grammar.stop_words, self._vocabulary)

    def warm_up(self) -> None:
        """Work out ahead of time where sentences lead, by an example of each template, in half a second of CPU.

        A sentence that is said for the first time then takes hardly longer than later.
        """
        for text in self.grammar.examples(0):
            tokens = self.model.tokenizer.tokens(f"{text[:1].upper()}{text[1:]}.")
            self._constraint.visit(tokens[:_WARM])

    def use_names(self, names: Mapping[str, Sequence[str]]) -> None:
        """See `CommandRecogniser`. Raises `ValueError` where the grammar has no such list."""
        for list_name, values in names.items():
            if self.grammar.spec.names.get(list_name) != tuple(values):
                self.grammar = self.grammar.with_names(list_name, values)
        self._constraint = GrammarConstraint(self.grammar.graph, self._vocabulary)

    def read(
        self, pcm: bytes, hotword: str | None, wanted: Callable[[], bool], behind: float | None = None
    ) -> Reading:
        """See `CommandRecogniser`."""
        try:
            return self._read(pcm, hotword, wanted, behind)
        except _Unwanted:
            return NOTHING
        finally:
            self.model.forget()

    def _read(self, pcm: bytes, hotword: str | None, wanted: Callable[[], bool], behind: float | None) -> Reading:
        """Read an utterance. Raises `_Unwanted`."""
        decoding = self.model.decode(pcm, _Interruptible(self._constraint, wanted), keep=True)
        sentence = self._sentence(decoding)
        if behind is not None and (sentence is None or sentence.doubtful):
            again = self._behind(pcm[MICROPHONE.bytes_in(behind) :], wanted)
            if again is not None and (sentence is None or not again.doubtful):
                sentence = again
        if sentence is not None and not sentence.doubtful:
            return sentence
        short = MICROPHONE.seconds(len(pcm)) < self.settings.lead_in + LONGEST_HOTWORD
        if short or (hotword is not None and _may_be_called(sentence)):
            called = self._called(pcm, hotword, wanted, alone=short)
            if called is not None and _is_better(called, sentence):
                return called
        if sentence is not None:
            return sentence
        score = None if decoding.bound is None else decoding.bound.score - decoding.free.score
        return attrs.evolve(self._free(decoding.free), score=score)

    def has_hotword(self, pcm: bytes, hotword: str, wanted: Callable[[], bool]) -> bool:
        """See `CommandRecogniser`."""
        constraint = HotwordConstraint(self._hotword(hotword), self._vocabulary)
        try:
            decoding = self.model.decode(pcm, _Interruptible(constraint, wanted))
        except _Unwanted:
            return True
        bound, free = decoding.bound, decoding.free
        if bound is not None and bound.score - free.score >= self.settings.false_hotword:
            return True
        return rejection(free) is not None or free.per_token < self.settings.clear_words

    def has_stop_word(self, pcm: bytes, wanted: Callable[[], bool]) -> bool:
        """See `CommandRecogniser`."""
        try:
            decoding = self.model.decode(pcm, _Interruptible(self._stop_words, wanted))
        except _Unwanted:
            return False
        if (bound := decoding.bound) is None:
            return False
        settings, score = self.settings, bound.score - decoding.free.score
        if self.grammar.is_vague_stop(bound.text):
            return score >= settings.vague_stop_score and bound.per_token >= settings.vague_stop_floor
        return score >= settings.stop_score and bound.per_token >= settings.stop_floor

    def likeliest(self, decoding: Decoding) -> tuple[str, Evidence] | None:
        """The sentence of the grammar that was said most probably, as it is written, and what speaks for it."""
        if decoding.bound is None:
            return None
        free = self.grammar.words(decoding.free.text)
        weighed = [self._weighed(each, free) for each in (decoding.bound, *decoding.rivals)]
        best = max(weighed, key=lambda each: each.score)
        words = self.grammar.words(best.text).split()
        rivals = [(self.grammar.words(each.text).split(), best.score - each.score) for each in weighed]
        plain = attrs.evolve(best, score=best.score - self._constraint.paid(best.tokens))
        called = self.grammar.without_hotword(best.text) != best.text
        return best.text, Evidence(
            plain.score - decoding.free.score,
            plain.per_token,
            margin=rival_margin(words, rivals),
            unlike=unlikeness(words, free.split(), anything_before=called),
            agreed=words == free.split(),
            begun=self._is_begun(decoding.free.text),
            farewell=self.grammar.ends(best.text),
        )

    def _weighed(self, found: Hypothesis, free: str) -> Hypothesis:
        """A sentence, less probable where people seldom say it and the free words are others."""
        seldom = self.grammar.is_rare(found.text) and self.grammar.words(found.text) != free
        return attrs.evolve(found, score=found.score - self.settings.rare_price) if seldom else found

    def _sentence(self, decoding: Decoding) -> Reading | None:
        """The sentence of the grammar that was said; None where it was something else."""
        if (likeliest := self.likeliest(decoding)) is None:
            return None
        written, evidence = likeliest
        verdict = judge(self.settings, evidence)
        if verdict is Verdict.REFUSED:
            return None
        text, words = self.grammar.without_hotword(written), self.grammar.words(written)
        doubtful, complete = verdict is Verdict.DOUBTFUL, self.grammar.completeness(text)
        return Reading(text, words, complete, "grammar", doubtful=doubtful, score=evidence.score)

    def _behind(self, pcm: bytes, wanted: Callable[[], bool]) -> Reading | None:
        """The sentence in the audio behind the hotword, which draws the search astray where a voice mangles it."""
        if MICROPHONE.seconds(len(pcm)) < _SHORTEST_SENTENCE:
            return None
        return self._sentence(self.model.decode(pcm, _Interruptible(self._constraint, wanted)))

    def _called(
        self, pcm: bytes, hotword: str | None, wanted: Callable[[], bool], *, alone: bool
    ) -> Reading | None:
        """The free words behind the hotword; None where there was no hotword."""
        constraint = HotwordConstraint(self._hotword(hotword), self._vocabulary, alone=alone)
        decoding = self.model.decode(pcm, _Interruptible(constraint, wanted))
        give_back_memory()  # the whole vocabulary in every row of the search takes 10 MB
        bound = decoding.bound
        if bound is None or bound.score - decoding.free.score < self.settings.hotword_score:
            return None
        score = bound.score - decoding.free.score
        free = attrs.evolve(self._free(bound), hotword=True, score=score)
        completeness = self.grammar.completeness(free.text)
        if completeness is Completeness.OPEN or not is_probable(self.settings, bound.per_token):
            return free
        return attrs.evolve(free, source="grammar", completeness=completeness)

    def _free(self, found: Hypothesis) -> Reading:
        if rejection(found) is not None:
            return NOTHING
        text = self.grammar.without_hotword(found.text)
        words = self.grammar.words(text)
        doubtful = not is_sure(self.settings, found.per_token, farewell=self.grammar.ends(text))
        return Reading(text, words, self._end_of(found, text), "free", doubtful, hotword=text != found.text)

    def _is_begun(self, text: str) -> bool:
        """Whether a text is the beginning of a sentence and no whole one."""
        return self.grammar.completeness(text) is Completeness.OPEN and self.grammar.may_continue(text)

    def _end_of(self, found: Hypothesis, text: str) -> Completeness:
        """What free words amount to. That they are a sentence of the grammar does not count: it was refused."""
        whole = found.ended and text.endswith(_ENDS)
        if self._is_begun(text) or not whole:
            return Completeness.OPEN
        return Completeness.FOREIGN

    def _hotword(self, name: str | None) -> GrammarConstraint:
        """The phrase of that hotword, or of any; the sessions' few are kept."""
        constraint = self._hotwords.get(name)
        if constraint is None:
            phrase = "" if name is None else spoken_hotword(name)
            graph = SentenceGraph(Then(tuple(map(Word, phrase.split()))), {}) if phrase else self.grammar.hotword
            if len(self._hotwords) >= _KEPT_HOTWORDS:
                self._hotwords.clear()
            constraint = self._hotwords[name] = GrammarConstraint(graph, self._vocabulary)
        return constraint


def _is_better(called: Reading, sentence: Reading | None) -> bool:
    """Whether the hotword, alone or with free words behind it, is rather what was said than a doubtful sentence.

    A sentence so far behind is right only of a voice that is hard to understand. Where the free words are clear,
    the voice is not.
    """
    if sentence is None or sentence.score is None or called.score is None:
        return True
    if not called.text:  # "hey Jarvis" alone sounds like "thank you" to the grammar
        return called.score > sentence.score
    return not called.doubtful and sentence.score - called.score < _FAR_BEHIND


def _may_be_called(sentence: Reading | None) -> bool:
    """Whether a doubtful sentence is so far behind the free words that a search for the hotword may decide more.

    The search takes a tenth of a second, for which the answer would wait.
    """
    return sentence is None or sentence.score is None or sentence.score < _BEST_CALLED + _FAR_BEHIND


NOTHING = Reading("", "", Completeness.OPEN, "free")


class _Unwanted(Exception):
    """Nobody wants the result any more."""


@attrs.frozen(eq=False)
class _Interruptible(Generic[S]):
    """A constraint that ends the search when nobody wants its result any more."""

    inner: Constraint[S]
    wanted: Callable[[], bool]

    @property
    def start(self) -> S:
        """See `Constraint`."""
        return self.inner.start

    def allowed(self, state: S) -> Allowed:
        """See `Constraint`. Raises `_Unwanted`."""
        if not self.wanted():
            raise _Unwanted
        return self.inner.allowed(state)

    def advance(self, state: S, token: int) -> S:
        """See `Constraint`."""
        return self.inner.advance(state, token)

    def final(self, state: S) -> bool:
        """See `Constraint`."""
        return self.inner.final(state)
