"""What a device may have missed when its link was lost, to be said again. Pure: `now` is an argument."""

import attrs

from tars.messages import Error, FromServer, Reply, SessionStarted, StopPlayback, Transcript

_REPEATED = (SessionStarted, Transcript, Reply, Error, StopPlayback)
"""A device takes each of these a second time without harm. Speech is gone on with by its delivery; an `audio_ack`
is in the `welcome`; after a `session_end` there is nothing to go on with."""


@attrs.define
class Recap:
    """The newest message of each kind: each says all that those before it said."""

    _said: dict[type[FromServer], tuple[float, FromServer]] = attrs.field(factory=dict)

    def note(self, message: FromServer, now: float) -> None:
        """This is being said."""
        if isinstance(message, _REPEATED):
            self._said.pop(type(message), None)  # so that the order is that in which they were said last
            self._said[type(message)] = now, message

    def forget_turn(self) -> None:
        """Question and answer are over: nobody should take them for the present ones."""
        self._said.pop(Transcript, None)
        self._said.pop(Reply, None)

    def since(self, moment: float) -> list[FromServer]:
        """What was said since then, in order."""
        return [message for said_at, message in self._said.values() if said_at >= moment]
