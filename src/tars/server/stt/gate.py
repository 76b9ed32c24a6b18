"""Whether a sentence of the grammar is what was said: the gate between commands and free words. Pure.

The search binds the audio to some sentence whatever was said. Two figures tell a true sentence from a forced one:
its log probability less that of the words that the model writes by itself, and its own log probability per token.
"""

import enum
from collections.abc import Sequence

from tars.server.stt.settings import SpeechSettings


class Verdict(enum.Enum):
    """What a sentence of the grammar is worth."""

    SURE = enum.auto()
    DOUBTFUL = enum.auto()
    """Probably what was said: what it changes is asked back."""
    REFUSED = enum.auto()
    """Something else was said."""


_FAREWELL = frozenset(
    {
        *("a", "all", "bye", "cancel", "for", "good", "goodbye", "later", "lot", "mind", "much", "never", "night"),
        *("nothing", "now", "okay", "see", "so", "stop", "thank", "thanks", "that", "that's", "very", "you"),
    }
)
"""Words of which the sentences that end a session are made ("thank you so much", "stop", "never mind")."""


def is_farewell(words: Sequence[str]) -> bool:
    """Whether `words` are such as end a session: those that noise is most often taken for."""
    return bool(words) and all(word in _FAREWELL for word in words)


def is_probable(settings: SpeechSettings, words: Sequence[str], per_token: float) -> bool:
    """Whether a sentence of these `words` explains the sound at all, with that log probability for each token."""
    return per_token >= (settings.farewell_floor if is_farewell(words) else settings.floor)


def judge(
    settings: SpeechSettings, words: Sequence[str], score: float, per_token: float, *, agreed: bool = False
) -> Verdict:
    """Judge a sentence of the grammar by its `words` without the hotword.

    `score` is its log probability less that of the free words, `per_token` its own for each token. `agreed`: the
    free words are a sentence of the grammar that says the same.
    """
    if not is_probable(settings, words, per_token):
        return Verdict.REFUSED
    if agreed or score >= settings.sure:
        return Verdict.SURE
    return Verdict.DOUBTFUL if score >= settings.doubtful else Verdict.REFUSED
