"""The beam search: the best texts of a constraint, and beside them the one that the model writes by itself.

All of them are rows of one batch, so a step of the decoder is paid once. Rows come and go: a row of the beam has
successors, the free text's row ends with it, and the decoder is asked about those that are left.
"""

import math
import re
from typing import Any, Generic

import attrs
import numpy as np
from numpy.typing import NDArray

from tars.runtime.onnx import Floats
from tars.server.stt.moonshine.guards import loops
from tars.server.stt.moonshine.network import Heard, Network, log_sum_exp
from tars.server.stt.moonshine.search import Allowed, Constraint, S, SearchPolicy
from tars.server.stt.moonshine.tokenizer import END, Tokenizer

_SILENT = rb"(?:\xe2\x96\x81|[ ,.!?;])+"
_MUTE = re.compile(rb"(?<!\d)%b|%b(?!\d)|(?<=[a-z])-(?=[a-z])" % (_SILENT, _SILENT))
"""What nobody hears: word boundaries, spaces, hyphens and punctuation, but between two digits ("1.5", "20 5")."""


def sound_of(text: bytes) -> bytes:
    """Return what all spellings of the same words have in common: "Hey, Jarvis" and "hey jarvis"."""
    return _MUTE.sub(b"", text.lower())


def _distinct(before: bytes, text: bytes) -> bytes:
    """What tells a row from others: its sound, as other spellings, a token earlier or later, would fill the beam.

    The text itself where its last token is silent: it is no other spelling of what it goes on from.
    """
    sound = sound_of(text)
    return text if sound == sound_of(before) else sound


@attrs.frozen
class Found:
    """A text in tokens, as far as the search has it."""

    tokens: tuple[int, ...]
    score: float
    ended: bool


@attrs.frozen
class _Row(Generic[S]):
    """The beginning of a text that the constraint allows."""

    state: S
    tokens: tuple[int, ...]
    text: bytes
    score: float


class Beam(Generic[S]):
    """The most probable beginnings of the constraint's texts, and the best whole ones so far."""

    def __init__(
        self,
        constraint: Constraint[S],
        vocabulary: Tokenizer,
        width: int,
        rivalry: float = 0.0,
        faintest: float = -math.inf,
    ) -> None:
        """`rivalry` and `faintest`: see `SearchPolicy`."""
        self.best: Found | None = None
        self._whole: list[Found] = []
        self._known: dict[tuple[bytes, S], float] = {}
        """The best score of each beginning so far, however it is spelled and cut into tokens."""
        self._rivalry = rivalry
        self._faintest = faintest
        self.rows: list[_Row[S]] = [_Row(constraint.start, (), b"", 0.0)]
        self._constraint = constraint
        self._pieces = vocabulary.pieces
        self._width = width

    def extend(self, logits: Floats, norms: Floats, at_least: float) -> list[int]:
        """Make every row longer by a token; where in `logits` each row of the new beam comes from.

        Scores only fall. So a row too far below the best whole text, or below `at_least`, is given up.
        """
        self._end(logits, norms)
        origins: list[int] = []
        rows: list[_Row[S]] = []
        for score, origin, token in self._candidates(logits, norms):
            if len(rows) == self._width or score <= self._bar(at_least):
                break
            before = self.rows[origin]
            text = before.text + self._pieces[token]
            state = self._constraint.advance(before.state, token)
            key = (_distinct(before.text, text), state)
            if score > self._known.get(key, -math.inf):
                self._known[key] = score
                rows.append(_Row(state, (*before.tokens, token), text, score))
                origins.append(origin)
        self.rows = rows
        return origins

    def _end(self, logits: Floats, norms: Floats) -> None:
        for place, row in enumerate(self.rows):
            if self._constraint.final(row.state):
                score = row.score + float(logits[place, END] - norms[place])
                found = Found(row.tokens, score, ended=True)
                self._whole.append(found)
                if self.best is None or self._rank(found) > self._rank(self.best):
                    self.best = found

    def _rank(self, found: Found) -> tuple[bool, float]:
        """The larger the better: a faint text is worse than any other, however short and so probable it is."""
        return found.score >= self._faintest * (len(found.tokens) + 1), found.score

    @property
    def rivals(self) -> list[Found]:
        """The whole texts that stay behind the best one by no more than the rivalry, the best first."""
        if self.best is None:
            return []
        clear, score = self._rank(self.best)
        least = (clear, score - self._rivalry)
        rivals = (found for found in self._whole if found is not self.best and self._rank(found) >= least)
        return sorted(rivals, key=lambda found: -found.score)

    def _bar(self, at_least: float) -> float:
        if self.best is None or not self._rank(self.best)[0]:
            return at_least
        return max(at_least, self.best.score - self._rivalry)

    def _candidates(self, logits: Floats, norms: Floats) -> list[tuple[float, int, int]]:
        """Score, row and token of all that may become a row of the next beam, the best first."""
        found = []
        for place, row in enumerate(self.rows):
            allowed = self._constraint.allowed(row.state)
            ids, scores = _scores(allowed, logits[place])
            if len(scores) > 2 * self._width:  # twice, as texts that are there already leave room
                chosen = np.argpartition(scores, -2 * self._width)[-2 * self._width :]
                scores = scores[chosen]
                ids = chosen if ids is None else ids[chosen]
            elif ids is None:
                ids = np.arange(len(scores))
            offset = row.score - float(norms[place])
            found += [
                (offset + score, place, token) for score, token in zip(scores.tolist(), ids.tolist(), strict=True)
            ]
        return sorted(found, key=lambda each: (-each[0], each[1], each[2]))


class FreeText:
    """The text whose every token is the most probable one."""

    def __init__(self) -> None:
        self.found = Found((), 0.0, ended=False)
        self.over = False
        """It has come to its end, or goes round in a loop that has none."""

    def extend(self, logits: Floats, norm: np.float32) -> None:
        """Make it longer by a token, or end it."""
        token = int(logits.argmax())
        score = self.found.score + float(logits[token] - norm)
        tokens = self.found.tokens if token == END else (*self.found.tokens, token)
        self.found = Found(tokens, score, ended=token == END)
        self.over = self.found.ended or loops(tokens)


def search(
    network: Network, heard: Heard, constraint: Constraint[S] | None, vocabulary: Tokenizer, policy: SearchPolicy
) -> tuple[list[Found], Found]:
    """Find the best text of the constraint with its rivals behind it, if there is any, and the free one."""
    limit = policy.limit(heard.seconds)
    free = FreeText()
    beam = (
        None if constraint is None else Beam(constraint, vocabulary, policy.width, policy.rivalry, policy.faintest)
    )
    rows = 1 if beam is None else 2
    logits, past = np.repeat(heard.logits[None], rows, axis=0), heard.past.rows([0] * rows)
    for length in range(limit + 1):
        norms = log_sum_exp(logits)
        origins, tokens = [], []
        if not free.over:  # its row is the last
            free.extend(logits[-1], norms[-1])
        if beam is not None:
            at_least = free.found.score - policy.hopeless if free.found.ended else -math.inf
            origins = beam.extend(logits, norms, at_least)
            tokens = [row.tokens[-1] for row in beam.rows]
        if not free.over:
            origins.append(len(logits) - 1)
            tokens.append(free.found.tokens[-1])
        if not origins or length == limit:
            break
        logits, past = network.step(heard, past.rows(origins), tokens)
    if beam is None or beam.best is None:
        return [], free.found
    hopeless = free.found.ended and beam.best.score < free.found.score - policy.hopeless
    return [] if hopeless else [beam.best, *beam.rivals], free.found


def _scores(allowed: Allowed, logits: Floats) -> tuple[NDArray[Any] | None, Floats]:
    """The tokens allowed, and their logits with the prices; None for the whole vocabulary, by number."""
    if allowed.ids is not None:
        return allowed.ids, logits[allowed.ids] + allowed.prices
    scores = logits + allowed.prices
    scores[: END + 1] = -np.inf
    return None, scores
