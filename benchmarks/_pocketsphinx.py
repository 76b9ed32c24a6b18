"""The baseline of the hearing benchmark: pocketsphinx, as TARS used it before Moonshine.

One decoder is bound by the grammar, another hears general English. The grammar's sentence counts where it is whole
and its words explain the sound (`_trust`, fitted then to what six synthetic voices said); the general words count
otherwise. The baseline gets each utterance at once and whole, which can only help it.
"""

import functools
import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import attrs
import pocketsphinx

from benchmarks._automaton import Automaton

_QUIET = {"loglevel": "FATAL"}
_FILLERS = "<[("
"""What the names of silence and noises begin with."""
_FURTHER: Mapping[str, tuple[str, ...]] = {
    "jarvis": ("JH AA R V IH S", "JH AA V IH S", "JH AA V AH S"),
    "tars": ("T AA R Z", "T AA Z"),
}
"""Words that the large dictionary lacks."""
_WORST, _COVERED, _LEVEL, _ENOUGH = 1.3, 10.9, -0.8, -0.9
"""Weights of the worst word and of the covered speech, and the log odds from which a sentence was believed."""
_STEADYING, _CLOSURE = 20, 12
_DETECTOR_FRAME = 3.2
"""The voice activity detector's frame of 32 ms, in frames of the decoder."""


@attrs.frozen
class _Segment:
    """A word on the sound it was put onto, in frames of 10 ms."""

    word: str
    start: int
    frames: int
    score: float
    silent: bool

    def voiced(self, activity: Sequence[bool]) -> int:
        """In how many of its frames somebody spoke."""
        here = (int(frame / _DETECTOR_FRAME) for frame in range(self.start, self.start + self.frames))
        return sum(index < len(activity) and activity[index] for index in here)


@attrs.frozen
class Heard:
    """What the baseline makes of an utterance."""

    text: str
    bound: bool
    """Whether it is a sentence of the grammar."""


class Baseline:
    """pocketsphinx with one grammar."""

    def __init__(self, automaton: Automaton) -> None:
        words = frozenset(word for state in automaton.states for word in state.steps)
        ways = _dictionary(words)
        self._automaton = automaton
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".dict") as file:
            for word, said in ways.items():
                file.writelines(
                    f"{word if number == 1 else f'{word}({number})'} {phones}\n"
                    for number, phones in enumerate(said, start=1)
                )
            file.flush()
            self._bound = pocketsphinx.Decoder(**_QUIET, lm=None, compallsen=True, dict=file.name)
        self._bound.add_fsg("sentences", self._network(ways))
        self._bound.activate_search("sentences")
        self._free = pocketsphinx.Decoder(**_QUIET)

    def hear(self, pcm: bytes, activity: Sequence[bool]) -> Heard:
        """Hear one utterance; `activity` says for every frame of 32 ms whether somebody spoke."""
        mean = _measure(self._bound, pcm)
        _decode(self._bound, pcm, mean)
        text = _words(self._bound)
        state = self._automaton.walk(text.split())
        if text and state is not None and state.complete and _trust(_segments(self._bound), activity) >= _ENOUGH:
            return Heard(text, bound=True)
        return Heard(self.write(pcm, mean), bound=False)

    def write(self, pcm: bytes, mean: str | None = None) -> str:
        """Hear free words."""
        _decode(self._free, pcm, mean or _measure(self._bound, pcm))
        return _words(self._free)

    def _network(self, known: Mapping[str, Sequence[str]]) -> pocketsphinx.FsgModel:
        final = len(self._automaton.states)
        edges: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
        for number, state in enumerate(self._automaton.states):
            edges += [(number, target, 1.0, word) for word, target in sorted(state.steps.items()) if word in known]
            if state.complete:
                edges.append((number, final, 1.0))
        return self._bound.create_fsg("sentences", self._automaton.start, final, edges)


def _measure(decoder: pocketsphinx.Decoder, pcm: bytes) -> str:
    """The mean cepstrum of some speech, without which the decoder assumes some microphone of the nineties."""
    decoder.start_utt()
    decoder.process_raw(pcm, True, True)
    decoder.end_utt()
    return str(decoder.get_cmn())


def _decode(decoder: pocketsphinx.Decoder, pcm: bytes, mean: str) -> None:
    decoder.set_cmn(mean)
    decoder.start_utt()
    decoder.process_raw(pcm, False, False)
    decoder.end_utt()


def _words(decoder: pocketsphinx.Decoder) -> str:
    hypothesis = decoder.hyp()
    return "" if hypothesis is None else str(hypothesis.hypstr).lower()


def _segments(decoder: pocketsphinx.Decoder) -> list[_Segment]:
    return [
        _Segment(
            segment.word,
            segment.start_frame,
            segment.end_frame - segment.start_frame + 1,
            1000 * math.log(segment.ascore) if segment.ascore > 0 else -math.inf,
            silent=segment.word[0] in _FILLERS,
        )
        for segment in decoder.seg() or ()
    ]


def _trust(segments: Sequence[_Segment], activity: Sequence[bool]) -> float:
    """How far the words explain the speech: log odds that they are what was said."""
    spoken = [segment for segment in segments if not segment.silent]
    voiced = sum(activity) * _DETECTOR_FRAME
    if not spoken or not voiced:
        return -math.inf
    average = sum(segment.score for segment in spoken) / sum(segment.frames for segment in spoken)
    worst = min((segment.score + average * _STEADYING) / (segment.frames + _STEADYING) for segment in spoken)
    inner = [segment for segment in segments[1:-1] if segment.silent and segment.frames <= _CLOSURE]
    covered = sum(segment.voiced(activity) for segment in [*spoken, *inner]) / voiced
    return _WORST * worst + _COVERED * covered + _LEVEL


def _dictionary(words: frozenset[str]) -> dict[str, list[str]]:
    """The ways to say those of the `words` that are known."""
    ways = {word: list(_FURTHER[word]) for word in sorted(words & _FURTHER.keys())}
    for line in _large_dictionary():
        name, _, phones = line.partition(" ")
        if (word := name.partition("(")[0]) in words:
            ways.setdefault(word, []).append(phones.strip())
    return ways


@functools.cache
def _large_dictionary() -> Iterable[str]:
    path = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
    return tuple(path.read_text(encoding="utf-8").splitlines())
