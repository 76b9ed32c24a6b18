"""What was heard beside what was said: the same intent, the same words, the same slots. Pure."""

import enum
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

Intent = tuple[str, tuple[tuple[str, str], ...]]
"""A skill and its slots."""


class Fate(enum.Enum):
    """What became of something that was said."""

    RIGHT = "right"
    OTHER = "another command"
    REFUSED = "not understood, and said so"
    SILENT = "no answer"


@attrs.frozen
class Result:
    """One thing that was said, and what was heard."""

    said: str
    heard: str | None
    """None where nothing was heard at all, so that no answer comes."""
    meant: Intent | None
    """What the text means as it was said; None for what is no command."""
    taken: Intent | None
    """What it was taken for."""
    voice: str = ""
    doubtful: bool = False
    """The command is asked back before it changes anything."""
    changes: bool = False
    """The command that it was taken for changes something, or ends the session."""

    @property
    def fate(self) -> Fate:
        """What became of it. A command that TARS does not know as text either is not understood."""
        if self.heard is None:
            return Fate.SILENT
        if self.taken is None:
            return Fate.REFUSED
        return Fate.RIGHT if self.taken == self.meant else Fate.OTHER

    @property
    def verbatim(self) -> bool:
        """Whether the words are those that were said."""
        return self.heard is not None and plain(self.heard) == plain(self.said)

    @property
    def harm(self) -> bool:
        """Whether it changes something that nobody asked for."""
        return self.fate is Fate.OTHER and self.changes and not self.doubtful


def share(results: Iterable[Result], fate: Fate) -> float:
    """The share of the results with that fate, in percent; 0 of nothing is 0."""
    counts = Counter(result.fate for result in results)
    return 100 * counts[fate] / counts.total() if counts else 0.0


def intent_of(skill: str, slots: Mapping[str, object]) -> Intent:
    """An intent that can be compared."""
    return skill, tuple(sorted((name, str(value)) for name, value in slots.items()))


_SMALL = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
_NUMBERS = {str(value): word for value, word in enumerate(_SMALL.split())}


def plain(text: str) -> list[str]:
    """The words without capitals, punctuation and hyphens; small numbers and titles spelled out."""
    text = re.sub(r"\bmr\b\.?", "mister", text.lower().replace("’", "'").replace("-", " "))
    words = re.findall(r"[a-z0-9']+|%", text)
    return [_NUMBERS.get(word, "percent" if word == "%" else word) for word in words]


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words to insert, delete or exchange so that one becomes the other (Levenshtein's distance)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, start=1):
        before, row[0] = row[0], number
        for place, other in enumerate(heard, start=1):
            change = before + (word != other)
            before = row[place]
            row[place] = min(change, row[place] + 1, row[place - 1] + 1)
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Errors in percent of the words that were said, over all pairs of said and heard."""
    errors = words = 0
    for said, heard in pairs:
        errors += word_errors(plain(said), plain(heard))
        words += len(plain(said))
    return 100 * errors / words if words else 0.0
