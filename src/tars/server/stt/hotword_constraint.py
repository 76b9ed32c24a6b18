"""The hotword, and anything behind it: what binds the search where no command was heard.

Free words alone often hide the hotword ("Hanger of this, set a pasta timer"): the search is told that it is there,
and its score says whether that was so.
"""

import enum

import attrs

from tars.server.stt.moonshine.constraint import GrammarConstraint, Spot
from tars.server.stt.moonshine.search import Allowed
from tars.server.stt.moonshine.vocabulary import Vocabulary

_ANYTHING = Allowed.every()


class Behind(enum.Enum):
    """What stands behind the hotword so far."""

    SIGNS = enum.auto()
    """Punctuation alone: "Hey Jarvis!" is the hotword and nothing more."""
    WORDS = enum.auto()


@attrs.frozen
class HotwordConstraint:
    """A `Constraint`. Its states are those within the hotword, and `Behind` it."""

    hotword: GrammarConstraint
    vocabulary: Vocabulary
    alone: bool = True
    """Whether there may be no word behind the hotword."""

    @property
    def start(self) -> Spot | Behind:
        """See `Constraint`."""
        return self.hotword.start

    def allowed(self, state: Spot | Behind) -> Allowed:
        """See `Constraint`."""
        if isinstance(state, Behind) or self.hotword.final(state):
            return _ANYTHING
        return self.hotword.allowed(state)

    def advance(self, state: Spot | Behind, token: int) -> Spot | Behind:
        """See `Constraint`."""
        if not isinstance(state, Behind) and not self.hotword.final(state):
            return self.hotword.advance(state, token)
        wordy = state is Behind.WORDS or self.vocabulary.lettered[token]
        return Behind.WORDS if wordy else Behind.SIGNS

    def final(self, state: Spot | Behind) -> bool:
        """See `Constraint`."""
        if isinstance(state, Behind):
            return self.alone or state is Behind.WORDS
        return self.alone and self.hotword.final(state)
