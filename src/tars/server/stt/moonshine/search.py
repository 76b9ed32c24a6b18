"""The search for a text: what binds it, how far it looks, and what it finds.

Scores are natural logarithms of probabilities, summed over the tokens of a text and the end behind them.
"""

import math
from collections.abc import Hashable
from typing import Protocol, Self, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

S = TypeVar("S", bound=Hashable)
"""A place in a grammar, as its constraint knows it; the search only hands it back."""
Ids = NDArray[np.int32]
Scores = NDArray[np.float32]


@attrs.frozen(eq=False)
class Allowed:
    """The tokens that may come next in one state.

    Make one for each state and keep it: the search reads it at every step.
    """

    ids: Ids | None
    """The tokens, ascending; None where every token of the vocabulary may follow, as in an open slot."""
    prices: Scores | float = 0.0
    """Added to their log probabilities, so 0 or less: one number for all, or one for each, in order."""

    @classmethod
    def every(cls, prices: Scores | float = 0.0) -> Self:
        """Allow the whole vocabulary, at the price given or at a price for each token by its id."""
        return cls(None, prices)


class Constraint(Protocol[S]):
    """A grammar as the search reads it: an automaton over tokens. It is pure: same state, same answers."""

    @property
    def start(self) -> S:
        """The state before the first token."""
        ...

    def allowed(self, state: S) -> Allowed:
        """Return the tokens that may follow in `state`. The end is no token: `final` speaks of it."""
        ...

    def advance(self, state: S, token: int) -> S:
        """Return the state behind `token`, one of those allowed in `state`."""
        ...

    def final(self, state: S) -> bool:
        """Whether the text may end in `state`."""
        ...


@attrs.frozen
class Hypothesis:
    """One text that the audio may hold."""

    text: str
    """As Moonshine writes it: capitals, digits, punctuation; no space around it."""
    tokens: tuple[int, ...]
    """Without the marks of its beginning and its end."""
    score: float
    """Log probability of the tokens and the end, with the constraint's prices."""
    ended: bool
    """Whether the model said that the text is over; False where it would have gone on, as it does on noise."""

    @property
    def per_token(self) -> float:
        """The score divided by the number of tokens, the end counted as one."""
        return self.score / (len(self.tokens) + 1)


@attrs.frozen
class Decoding:
    """What was found in one piece of audio."""

    bound: Hypothesis | None
    """The most probable text of the constraint; None without a constraint, or where no text of it was found."""
    free: Hypothesis
    """What Moonshine writes by itself."""
    seconds: float
    """Length of the audio that was searched."""
    rivals: tuple[Hypothesis, ...] = ()
    """Other texts of the constraint that are hardly less probable than the bound one, the best first."""


@attrs.frozen
class SearchPolicy:
    """How far the search looks."""

    width: int = 8
    """Texts of the constraint that are followed at once."""
    margin: float = 0.3
    """Seconds of silence put on both sides of the audio: a short word right at its edge is not recognised."""
    longest: float = 30.0
    """Seconds of audio; what comes behind them is not heard. The work grows with the square of the length, and the
    model was trained on no longer pieces."""
    tokens_per_second: float = 6.5
    """A text that is longer does not come from speech: it is cut off there, without its end."""
    fewest_tokens: int = 12
    """However short the audio is."""
    hopeless: float = 20.0
    """Texts of the constraint this far below the whole free text are given up: no gate takes them."""
    rivalry: float = 3.0
    """Texts of the constraint so far below the best one are still told: how near they come says how sure it is.
    They cost a tenth of the time."""

    faintest: float = -2.5
    """Log probability for each token below which a whole text of the constraint is a last resort: it does not end
    the search for longer texts, which are less probable as a whole. No gate takes it, not even that for stop
    words."""

    def limit(self, seconds: float) -> int:
        """Return the most tokens that a text of audio this long may have."""
        return max(self.fewest_tokens, math.ceil(seconds * self.tokens_per_second))
