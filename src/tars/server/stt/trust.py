"""Whether a sentence of the grammar really explains what was heard. Pure.

A grammar decoder puts some sentence onto every sound. Two things tell a true one from a forced one: how likely
the worst of its words makes its sound, and how much of the speech the words cover, since a forced sentence leaves
parts of it to "silence".

The weights were fitted (logistic regression) to what the decoder made of 114 sentences of the grammar and 84
others, said by six synthetic voices, with and without the hotword. At -0.9 all but one of the sentences that were
heard rightly are kept, and 9 % of the others pass; without them half of those pass.
"""

from collections.abc import Sequence

import attrs

_WORST, _COVERED, _LEVEL = 1.3, 10.9, -0.8
_STEADYING = 20
"""Frames at the average score that every word is given: short words score high and low by chance."""
_CLOSURE = 12
"""Frames of silence inside a word or between two that belong to speech: a consonant is about to burst."""


@attrs.frozen
class Segment:
    """A word on the sound it was put onto."""

    word: str
    start: int
    """Its first frame of 10 ms, counted from the beginning of the audio."""
    frames: int
    score: float
    """Sum over the frames of the decoder's score, in thousandths; 0 is perfect."""
    silent: bool = False
    """Silence or a noise, not a word."""
    hotword: bool = False

    def voiced(self, activity: Sequence[bool]) -> int:
        """In how many of its frames somebody spoke, by the detector's frames of 32 ms."""
        here = (int(frame / _DETECTOR_FRAME) for frame in range(self.start, self.start + self.frames))
        return sum(index < len(activity) and activity[index] for index in here)


_DETECTOR_FRAME = 3.2
"""The voice activity detector's frame, in frames of the decoder."""


def trust(segments: Sequence[Segment], activity: Sequence[bool]) -> float:
    """How far the words explain the speech: log odds that they are what was said.

    `activity` says for every frame of 32 ms whether somebody spoke.
    """
    spoken = [segment for segment in segments if not segment.silent]
    judged = [segment for segment in spoken if not segment.hotword] or spoken
    voiced = sum(activity) * _DETECTOR_FRAME
    if not judged or not voiced:
        return -1000.0
    average = sum(segment.score for segment in judged) / sum(segment.frames for segment in judged)
    worst = min((segment.score + average * _STEADYING) / (segment.frames + _STEADYING) for segment in judged)
    inner = [segment for segment in segments[1:-1] if segment.silent and segment.frames <= _CLOSURE]
    covered = sum(segment.voiced(activity) for segment in [*spoken, *inner]) / voiced
    return _WORST * worst + _COVERED * covered + _LEVEL


def share(words: Sequence[Segment], activity: Sequence[bool]) -> float:
    """Return which part of the speech these words cover, from 0 to 1; 0 where nobody spoke."""
    voiced = sum(activity) * _DETECTOR_FRAME
    return sum(word.voiced(activity) for word in words) / voiced if voiced else 0.0


_HOTWORD_SCORE = -9.0
"""Over 14 synthetic voices a hotword that was said scores -4 to -8 per frame, one that was not -10 to -16."""
_LONGEST_WORD = 60
"""Frames. A word that is put onto a whole sentence scores well now and then."""


def hears_hotword(segments: Sequence[Segment]) -> bool:
    """Whether the first word is a hotword, and sounds like it."""
    first = next((segment for segment in segments if not segment.silent), None)
    if first is None or not first.hotword:
        return False
    longest = _LONGEST_WORD * len(first.word.split("_"))
    return first.frames <= longest and first.score / first.frames >= _HOTWORD_SCORE
