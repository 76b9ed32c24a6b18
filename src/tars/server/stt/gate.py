"""Whether a sentence of the grammar is what was said: the gate between commands and free words. Pure.

The search binds the audio to some sentence whatever was said. Four figures tell a true sentence from a forced
one, the first most of all: its own log probability per token, how unlike it sounds to the words that the model
writes by itself, how near the best sentence with other numbers comes ("thirteen" for "thirty"), and its log
probability less that of those words. They were fitted by `python -m benchmarks.hearing --fit` to the voices,
sentences, noises and orders of its set "fit".
"""

import enum
from collections.abc import Iterable, Sequence

import attrs

from tars.server.brains.numbers import take_numbers
from tars.server.stt.settings import SpeechSettings


class Verdict(enum.Enum):
    """What a sentence of the grammar is worth."""

    SURE = enum.auto()
    DOUBTFUL = enum.auto()
    """Probably what was said: what it changes is asked back."""
    REFUSED = enum.auto()
    """Something else was said."""


def is_probable(settings: SpeechSettings, per_token: float) -> bool:
    """Whether a sentence explains the sound at all, with that log probability for each token."""
    return per_token >= settings.floor


def is_sure(settings: SpeechSettings, per_token: float, *, farewell: bool) -> bool:
    """Whether what a sentence changes may be changed at once, with that log probability for each token.

    `farewell`: it ends the session. For free words too: what the gate refuses as a sentence comes back as free
    words, and the brain knows it again.
    """
    return per_token >= (settings.farewell_floor if farewell else settings.sure_floor)


FAR = 3.0
"""How far a rival may be and count; the search looks no farther."""


def rival_margin(words: Sequence[str], rivals: Iterable[tuple[Sequence[str], float]]) -> float:
    """Return how near the best rival with other numbers comes to a sentence of these `words`; `FAR` at most.

    `rivals` are the words of each, and how far its log probability stays behind. Those that say the same in other
    words are none: "the die" is no doubt about "a die".
    """
    numbers = take_numbers(words)[1]
    others = (behind for rival, behind in rivals if take_numbers(rival)[1] != numbers)
    return min((FAR, *others))


@attrs.frozen
class Evidence:
    """What speaks for a sentence of the grammar."""

    score: float
    """Its log probability less that of the free words."""
    per_token: float
    """Its log probability for each token."""
    margin: float = FAR
    """How near a sentence with other numbers comes, see `rival_margin`."""
    unlike: float = 0.0
    """How unlike it sounds to the free words, see `likeness`."""
    agreed: bool = False
    """Whether the free words are a sentence of the grammar that says the same."""
    begun: bool = False
    """Whether the free words are the beginning of a sentence: "turn the volume", and "down" may come."""
    farewell: bool = False
    """Whether it ends the session."""

    def certainty(self, settings: SpeechSettings) -> float:
        """Return the log probability for each token, less what a rival takes from it."""
        return self.per_token - settings.rival_price * (FAR - self.margin)

    def is_probable(self, settings: SpeechSettings) -> bool:
        """Whether all of it together explains the sound."""
        return is_probable(settings, self.certainty(settings) - settings.unlike_price * self.unlike)


def judge(settings: SpeechSettings, evidence: Evidence) -> Verdict:
    """Judge a sentence of the grammar."""
    score, agreed, farewell = evidence.score, evidence.agreed, evidence.farewell
    certainty = evidence.certainty(settings)
    if farewell:  # the probability of "hey Jarvis, thank you" is the hotword's for the most part
        certainty -= settings.unlike_price * evidence.unlike
    if not is_probable(settings, evidence.per_token):
        return Verdict.REFUSED
    least = settings.sure if evidence.begun else settings.doubtful
    if not agreed and (score < least or not evidence.is_probable(settings)):
        return Verdict.REFUSED  # where the free words agree they would say the same, and without a doubt
    if is_sure(settings, certainty, farewell=farewell) and (agreed or score >= settings.sure):
        return Verdict.SURE
    # nothing is forced into a farewell as often as what nobody said: "hey Jarvis" alone is a poor "thank you"
    return Verdict.REFUSED if farewell and not agreed else Verdict.DOUBTFUL
