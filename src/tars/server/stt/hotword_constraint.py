"""The hotword, and anything behind it: what binds the search where no command was heard.

Free words alone often hide the hotword ("Hanger of this, set a pasta timer"): the search is told that it is there,
and its score says whether that was so.
"""

import attrs

from tars.server.stt.moonshine.constraint import GrammarConstraint, Spot
from tars.server.stt.moonshine.search import Allowed

_ANYTHING = Allowed.every()


@attrs.frozen
class HotwordConstraint:
    """A `Constraint`. Its states are those within the hotword, and None behind it."""

    hotword: GrammarConstraint
    alone: bool = True
    """Whether there may be nothing behind the hotword."""

    @property
    def start(self) -> Spot | None:
        """See `Constraint`."""
        return self.hotword.start

    def allowed(self, state: Spot | None) -> Allowed:
        """See `Constraint`."""
        return _ANYTHING if state is None or self.hotword.final(state) else self.hotword.allowed(state)

    def advance(self, state: Spot | None, token: int) -> Spot | None:
        """See `Constraint`."""
        return None if state is None or self.hotword.final(state) else self.hotword.advance(state, token)

    def final(self, state: Spot | None) -> bool:
        """See `Constraint`."""
        return state is None or (self.alone and self.hotword.final(state))
