"""TARS's own last words, which a late loudspeaker plays when TARS listens again. Pure.

A loudspeaker may sound later than its driver says: 0.3 to 1 s over Bluetooth or HDMI. The microphone then hears
the end of the answer, and the end of an answer is no question.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import attrs

from tars.server.brains.number_templates import ONES, TEENS, TENS

TAIL = 60
"""Letters of the answer that are compared: more than anybody says in the 2 s in which an echo may come."""
SHORT = 5
"""Fewer letters than these may stand anywhere in an answer by chance, as "no" does in "now": they are an echo only
of its end."""
RUN = 3
"""Letters in a row that count as common to two texts; fewer are, by chance, in most of them."""
RESEMBLES = 0.6
"""Share of letters from which heard words count as the answer's. Misheard ones reach 0.62, other short questions
seldom 0.5."""
RESEMBLES_AT_ONCE = 0.4
"""The same for a command that is under way already when the answer is said to be over. People leave 0.2 s between
turns, and an echo none. What is no command need not even resemble: the end of an answer begins in the middle of a
word, and is often misheard beyond recognition ("five oh four PM" as "or if he am")."""
AT_ONCE = 0.15
"""Seconds."""
PAUSE = 0.5
"""Seconds from the reported end of the answer to the first word of an echo, at most: an echo goes on from where
the answer was, and an answer pauses no longer between two sentences. Only an answer that is shorter than the
loudspeaker is late begins later."""
SLACK = 0.3
"""Seconds that the reported end of the answer may come too late: it is told over a link."""

_TOKEN = re.compile(r"\d+|[a-z]+|[%°$.]")
_SIGNS = {"%": "percent", "°": "degrees", "$": "dollars"}
_BELOW_TWENTY = (*ONES, *TEENS)


@attrs.define
class OwnWords:
    """The end of the last answer, and until when it may be heard again.

    People repeat TARS's words as well. They begin later than an echo, or end later.
    """

    window: float
    """Seconds after the end of the answer in which its echo ends; 0 for never."""
    _tail: str = ""
    _over_at: float = float("-inf")
    _seconds: float = 0.0
    """How long the answer was."""
    _heard_until: float = float("-inf")
    """The end of the echo as far as it was heard; it goes on from there."""

    def spoken(self, text: str, over_at: float, seconds: float) -> None:
        """Keep what TARS has said to the end, which was at the moment `over_at`, and took `seconds`."""
        self._tail, self._over_at, self._seconds = spoken_letters(text)[-TAIL:], over_at, seconds
        self._heard_until = over_at

    def forget(self) -> None:
        """Take nothing for an echo: TARS has said nothing, or was cut short."""
        self._tail = ""

    def are(self, text: str, began: float, ended: float, *, sure: bool = False) -> bool:
        """Return whether `text`, said from one moment to another, is the end of the answer heard again.

        `sure`: the words are known well, as those of a command that was recognised.
        """
        pause = began - self._heard_until
        latest = max(self._heard_until + PAUSE, self._over_at + self.window - self._seconds)
        if not self._over_at - SLACK <= began <= latest or ended > self._over_at + self.window:
            return False
        at_once = pause <= AT_ONCE
        least = RESEMBLES if not at_once else RESEMBLES_AT_ONCE if sure else 0.0
        if not self._tail or resemblance(text, self._tail) < least:
            return False
        self._heard_until = max(self._heard_until, ended)
        return True


def resemblance(text: str, tail: str) -> float:
    """Return the share of letters, 0 to 1, that `text` has in common with the part of `tail` that is most like it.

    `tail` holds letters alone, as `spoken_letters` writes them.
    """
    heard = spoken_letters(text)
    if len(heard) < SHORT:
        return float(bool(heard) and tail.endswith(heard))
    length = min(len(heard), len(tail))
    parts = (tail[start : start + length] for start in range(len(tail) - length + 1))
    return max(_in_common(part, heard) for part in parts)


def spoken_letters(text: str) -> str:
    """Return the letters of `text` as it is spoken, numbers and signs in words: "10:18" is "teneighteen"."""
    return "".join(_spoken(text.lower().replace(",", "")))


def _in_common(one: str, other: str) -> float:
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return 2 * sum(block.size for block in blocks if block.size >= RUN) / (len(one) + len(other))


def _spoken(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.isdigit():
            yield from _number(token)
        elif token == ".":
            if text[match.end() : match.end() + 1].isdigit():
                yield "point"
        else:
            yield _SIGNS.get(token, token)


def _number(digits: str) -> Iterator[str]:
    """Yield the words of a number, in pairs of digits: 1018 is ten eighteen, as a clock says it."""
    if len(digits) > 4:  # nobody says such a number the same way twice
        yield from (ONES[int(digit)] for digit in digits)
        return
    for pair in (digits[:-2], digits[-2:]):
        if not pair:
            continue
        value = int(pair)
        if value < len(_BELOW_TWENTY):
            yield _BELOW_TWENTY[value]
        else:
            yield TENS[value // 10 - 2]
            if value % 10:
                yield ONES[value % 10]
