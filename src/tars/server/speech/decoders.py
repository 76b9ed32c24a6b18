"""pocketsphinx, wrapped: one decoder that knows the grammar, one that knows general English.

Only worker processes import this module: a decoder holds the interpreter's lock while it works.
"""

import attrs
import pocketsphinx

from tars.server.brains.grammar import Grammar

_QUIET = {"loglevel": "FATAL"}
_NAME = "tars"


@attrs.frozen
class Heard:
    """A transcript, as sure as its decoder is of it."""

    text: str
    """In lower case, with the hotword."""
    score: float = 0.0
    """The decoder's own best score: it says how well the words explain the sound."""


class GrammarDecoder:
    """Hears sentences of the grammar, and nothing else: everything sounds like one of them to it."""

    def __init__(self, grammar: Grammar) -> None:
        self._decoder = pocketsphinx.Decoder(lm=None, **_QUIET)
        self._decoder.add_fsg(_NAME, self._network(grammar))
        self._decoder.activate_search(_NAME)
        self._hearing = False

    def measure(self, pcm: bytes) -> str:
        """The mean cepstrum of some speech, for `start`."""
        self.stop()
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, True, True)
        self._decoder.end_utt()
        return str(self._decoder.get_cmn())

    def start(self, mean: str) -> None:
        """A new utterance begins, of a voice and a microphone whose mean cepstrum is `mean`.

        Left to itself the decoder begins with the mean of some microphone of the nineties, learns the right one
        over several seconds, and takes "hey jarvis" for "do you know" until then.
        """
        self.stop()
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

    def heard(self) -> Heard:
        """The words so far. Ask after a moment of silence: the last word needs some 50 ms to come out."""
        return _heard(self._decoder)

    def _network(self, grammar: Grammar) -> "pocketsphinx.FsgModel":
        states = grammar.automaton.states
        final = len(states)
        edges: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
        for number, state in enumerate(states):
            edges += [(number, target, 1.0, word) for word, target in sorted(state.steps.items())]
            if state.complete:
                edges.append((number, final, 1.0))
        return self._decoder.create_fsg(_NAME, grammar.automaton.start, final, edges)


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

    def heard(self) -> Heard:
        """The words so far."""
        return _heard(self._decoder)


def _heard(decoder: "pocketsphinx.Decoder") -> Heard:
    hypothesis = decoder.hyp()
    if hypothesis is None:
        return Heard("")
    return Heard(hypothesis.hypstr.lower(), hypothesis.best_score)
