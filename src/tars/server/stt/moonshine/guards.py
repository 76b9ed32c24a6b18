"""What Moonshine writes where nobody speaks: silence, noise and music become texts all the same.

It was trained on subtitles, and knows what stands under a scene without words. Nothing here needs a measurement of
the sound. Voice activity comes before these guards, and a floor on the text's probability behind them: people do
say "Thank you" to an assistant, and the model sometimes writes it under music, with much less certainty.
"""

import enum
import re
from collections.abc import Sequence

from tars.server.stt.moonshine.search import Hypothesis

_PHRASE = 4
"""Tokens; what comes three times is a loop if it is this long."""
_REPEATS = 3
_SUBTITLES = frozenset({"you", "thank you for watching", "thanks for watching"})
"""What it writes under silence, noise and music. Nobody says these to an assistant, and nothing else."""


class Rejection(enum.Enum):
    """Why a text is not what somebody said."""

    EMPTY = "empty"
    ENDLESS = "endless"
    """More tokens than anybody speaks in that time, and no end."""
    LOOP = "loop"
    """The same phrase again and again."""
    NO_WORDS = "no_words"
    """Notes or dots, and not one letter or digit."""
    SUBTITLE = "subtitle"
    """What the model writes where it hears no words."""


def rejection(hypothesis: Hypothesis) -> Rejection | None:
    """Return why the text is no speech; None where it may be. The search has cut off what does not end."""
    words = re.findall(r"\w+", hypothesis.text.lower())
    if not hypothesis.text:
        return Rejection.EMPTY
    if not words:
        return Rejection.NO_WORDS
    if loops(hypothesis.tokens):
        return Rejection.LOOP
    if not hypothesis.ended:
        return Rejection.ENDLESS
    if " ".join(words) in _SUBTITLES:
        return Rejection.SUBTITLE
    return None


def loops(tokens: Sequence[int]) -> bool:
    """Whether a phrase stands in `tokens` three times, one beside or behind the other."""
    ends: dict[tuple[int, ...], list[int]] = {}
    for end in range(_PHRASE, len(tokens) + 1):
        seen = ends.setdefault(tuple(tokens[end - _PHRASE : end]), [])
        if not seen or seen[-1] <= end - _PHRASE:
            seen.append(end)
        if len(seen) == _REPEATS:
            return True
    return False
