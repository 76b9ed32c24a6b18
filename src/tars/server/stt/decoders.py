"""pocketsphinx, wrapped: one decoder that knows the grammar, one that knows general English.

Only worker processes import this module: a decoder holds the interpreter's lock while it works.
"""

import functools
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pocketsphinx

from tars.server.brains.grammar import Grammar, spoken_hotword
from tars.server.stt.dictionary import GLUE, Dictionary, dictionary_of
from tars.server.stt.trust import Segment

_QUIET = {"loglevel": "FATAL"}
_GRAMMAR_CONFIG = {
    **_QUIET,
    "lm": None,
    # scores against all sounds of the language, not only those that the grammar expects just now: then they say
    # how well the words explain the sound (a third more work)
    "compallsen": True,
}
_PLAIN, _CALLED = "plain", "called"
"""Two networks of the same sentences: in the second none goes without a hotword at the front.

A hotword sounds like many beginnings of sentences ("do you know"): where it is known to be there, the others only
mislead."""
_FILLERS = "<[("
"""What the names of silence and noises begin with."""


class _Decoder:
    """One utterance after another in a decoder of pocketsphinx."""

    def __init__(self, decoder: pocketsphinx.Decoder) -> None:
        self._decoder = decoder
        self._hearing = False

    def _begin(self, mean: str) -> None:
        self._decoder.set_cmn(mean)
        self._decoder.start_utt()
        self._hearing = True

    def hear(self, pcm: bytes) -> None:
        """Hear more of the utterance."""
        self._decoder.process_raw(pcm, False, False)

    def stop(self) -> None:
        """The utterance is over."""
        if self._hearing:
            self._decoder.end_utt()
            self._hearing = False

    def heard(self) -> str:
        """The words so far, in lower case. Ask after a moment of silence: the last one takes 50 ms to come out."""
        hypothesis = self._decoder.hyp()
        return "" if hypothesis is None else str(hypothesis.hypstr).lower().replace(GLUE, " ")


class GrammarDecoder(_Decoder):
    """Hears sentences of the grammar, and nothing else: everything sounds like one of them to it."""

    def __init__(self, grammar: Grammar, hotwords: Sequence[str] = ()) -> None:
        self._phrases = tuple(tuple(phrase.split()) for phrase in map(spoken_hotword, hotwords) if phrase)
        self._dictionary = _dictionary(grammar.vocabulary, self._phrases)
        calls = {phrase[-1] for phrase in self._phrases} | {GLUE.join(phrase) for phrase in self._phrases}
        self._calls = calls & self._dictionary.ways.keys()
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".dict") as file:
            file.writelines(self._dictionary.lines())
            file.flush()
            super().__init__(pocketsphinx.Decoder(**_GRAMMAR_CONFIG, dict=file.name))
        self._decoder.add_fsg(_PLAIN, self._network(_PLAIN, grammar, called=False))
        if self._calls:
            self._decoder.add_fsg(_CALLED, self._network(_CALLED, grammar, called=True))

    @property
    def knows_hotword(self) -> bool:
        """Whether there is a hotword that it can expect."""
        return bool(self._calls)

    def measure(self, pcm: bytes) -> str:
        """The mean cepstrum of some speech, for `start`."""
        self.stop()
        self._decoder.activate_search(_PLAIN)
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, True, True)
        self._decoder.end_utt()
        return str(self._decoder.get_cmn())

    def start(self, mean: str, *, called: bool = False) -> None:
        """A new utterance begins, of a voice and a microphone whose mean cepstrum is `mean`.

        Left to itself the decoder begins with the mean of some microphone of the nineties, learns the right one
        over several seconds, and takes "hey jarvis" for "do you know" until then. `called`: the hotword stands at
        the front, for sure.
        """
        self.stop()
        self._decoder.activate_search(_CALLED if called else _PLAIN)
        self._begin(mean)

    def segments(self) -> list[Segment]:
        """The words so far, each on its sound."""
        return [self._segment(segment) for segment in self._decoder.seg() or ()]

    def _segment(self, segment: "pocketsphinx.Segment") -> Segment:
        score = 1000 * math.log(segment.ascore) if segment.ascore > 0 else -math.inf
        frames = segment.end_frame - segment.start_frame + 1
        silent = segment.word[0] in _FILLERS
        hotword = segment.word.partition("(")[0] in self._calls
        return Segment(segment.word, segment.start_frame, frames, score, silent, hotword)

    def _network(self, name: str, grammar: Grammar, *, called: bool) -> "pocketsphinx.FsgModel":
        """The grammar's automaton, in which the hotword alone is a sentence as well; `called`: none without it."""
        automaton = grammar.automaton
        final = len(automaton.states)
        known = self._dictionary.ways
        edges: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
        for number, state in enumerate(automaton.states):
            for word, target in sorted(state.steps.items()):
                if word in known and (word in self._calls or not called or number != automaton.start):
                    edges.append((number, target, 1.0, word))
            if state.complete:
                edges.append((number, final, 1.0))
        for phrase in self._phrases:
            if (after := automaton.walk(phrase)) is not None:
                there = automaton.states.index(after)
                edges.append((there, final, 1.0))
                if len(phrase) > 1 and (glued := GLUE.join(phrase)) in known:
                    edges.append((automaton.start, there, 1.0, glued))
        return self._decoder.create_fsg(name, automaton.start, final, edges)


class GeneralDecoder(_Decoder):
    """Hears English of any kind, badly; a sixth of the audio's time goes into hearing it.

    `stop` takes up to 130 ms, for a second and better look at all of the utterance.
    """

    def __init__(self) -> None:
        super().__init__(pocketsphinx.Decoder(**_QUIET))

    def start(self, mean: str) -> None:
        """A new utterance begins."""
        self.stop()
        self._begin(mean)


@functools.cache
def _dictionary(words: frozenset[str], phrases: tuple[tuple[str, ...], ...]) -> Dictionary:
    with Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).open(encoding="utf-8") as large:
        return dictionary_of(words, phrases, large)
