"""pocketsphinx, wrapped: one decoder that knows the grammar, one that knows general English.

Only worker processes import this module: a decoder holds the interpreter's lock while it works.
"""

import math
from collections.abc import Sequence

import pocketsphinx

from tars.server.brains.grammar import Grammar, spoken_hotword

_QUIET = {"loglevel": "FATAL"}
_GRAMMAR_CONFIG = {
    **_QUIET,
    "lm": None,
    # scores against all sounds of the language, not only those that the grammar expects just now: then they say
    # how well the words explain the sound (a third more work)
    "compallsen": True,
}
_PRONUNCIATIONS = {
    # hotwords, as the dictionary lacks them or as other accents say them
    "jarvis": ("JH AA R V IH S", "JH AA V IH S", "JH AA V AH S"),
    "mycroft": ("M AY K R AO F T", "M AY K R AA F T"),
    "rhasspy": ("R AE S P IY",),
    "tars": ("T AA R Z", "T AA Z"),
}
_PLAIN, _CALLED = "plain", "called"
"""Two networks of the same sentences: the second expects the hotword at the front."""
UNCALLED = 1e-4
"""How unlikely a sentence without the hotword is where one is expected."""
_FILLERS = "<[("
"""What the names of silence and noises begin with."""


class GrammarDecoder:
    """Hears sentences of the grammar, and nothing else: everything sounds like one of them to it."""

    def __init__(self, grammar: Grammar, hotwords: Sequence[str] = (), unlikely: float = UNCALLED) -> None:
        self._decoder = pocketsphinx.Decoder(**_GRAMMAR_CONFIG)
        self._phrases = [phrase.split() for phrase in map(spoken_hotword, hotwords)]
        _add_pronunciations(self._decoder, grammar)
        for name, uncalled in ((_PLAIN, 1.0), (_CALLED, unlikely)):
            self._decoder.add_fsg(name, self._network(name, grammar, uncalled))
        self._hearing = False

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
        over several seconds, and takes "hey jarvis" for "do you know" until then. `called`: the hotword is
        expected at the front.
        """
        self.stop()
        self._decoder.activate_search(_CALLED if called else _PLAIN)
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
        return _text(self._decoder)

    def worst_word(self) -> float:
        """How badly the least likely of the words explains its sound: natural logarithm per frame, 0 is perfect.

        The best path through the grammar must put some word onto every sound, so one wrong word tells more than
        the average of all.
        """
        worst = 0.0
        for segment in self._decoder.seg() or ():
            if segment.word[0] not in _FILLERS:
                frames = segment.end_frame - segment.start_frame + 1
                likelihood = math.log(segment.ascore) if segment.ascore > 0 else -math.inf
                worst = min(worst, likelihood / frames)
        return worst

    def _network(self, name: str, grammar: Grammar, uncalled: float) -> "pocketsphinx.FsgModel":
        """The grammar's automaton, in which the hotword alone is a sentence as well.

        `uncalled` is the weight of every sentence without a hotword.
        """
        automaton = grammar.automaton
        final = len(automaton.states)
        known = {word for word in grammar.words if self._decoder.lookup_word(word) is not None}
        calls = {word for phrase in self._phrases for word in phrase}
        edges: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
        for number, state in enumerate(automaton.states):
            for word, target in sorted(state.steps.items()):
                if word in known:
                    starts_uncalled = number == automaton.start and word not in calls
                    edges.append((number, target, uncalled if starts_uncalled else 1.0, word))
            if state.complete:
                edges.append((number, final, 1.0))
        called = filter(None, map(automaton.walk, self._phrases))
        edges += [(automaton.states.index(state), final, 1.0) for state in called]
        return self._decoder.create_fsg(name, automaton.start, final, edges)


class GeneralDecoder:
    """Hears English of any kind, badly."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(**_QUIET)
        self._hearing = False

    def start(self, mean: str) -> None:
        """A new utterance begins."""
        self.stop()
        self._decoder.set_cmn(mean)
        self._decoder.start_utt()
        self._hearing = True

    def hear(self, pcm: bytes) -> None:
        """Hear more of the utterance: takes about a sixth of the time the audio lasts."""
        self._decoder.process_raw(pcm, False, False)

    def stop(self) -> None:
        """The utterance is over: takes up to 130 ms, for a second and better look at all of it."""
        if self._hearing:
            self._decoder.end_utt()
            self._hearing = False

    def heard(self) -> str:
        """The words so far, in lower case."""
        return _text(self._decoder)


def _add_pronunciations(decoder: "pocketsphinx.Decoder", grammar: Grammar) -> None:
    for word in sorted(grammar.words & _PRONUNCIATIONS.keys()):
        for phones in _PRONUNCIATIONS[word]:
            known = decoder.lookup_word(word) is not None
            decoder.add_word(_next_name(decoder, word) if known else word, phones, False)


def _next_name(decoder: "pocketsphinx.Decoder", word: str) -> str:
    """The name of a further pronunciation: "jarvis(2)"."""
    number = 2
    while decoder.lookup_word(f"{word}({number})") is not None:
        number += 1
    return f"{word}({number})"


def _text(decoder: "pocketsphinx.Decoder") -> str:
    hypothesis = decoder.hyp()
    return "" if hypothesis is None else str(hypothesis.hypstr).lower()
