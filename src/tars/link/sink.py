"""Who hears what arrives over a transport."""

from typing import Protocol

from tars.link.errors import LinkLost


class Sink(Protocol):
    """Who hears what arrives. None of these may wait."""

    def on_life(self) -> None:
        """Something arrived, whatever it is."""

    def on_message(self, message: str | bytes) -> bool:
        """A whole message; False when there is no room for it, or too many come, and the link has to end."""

    def on_frame(self) -> bool:
        """A ping, a pong or a piece of a message, which is told besides; False when too many come."""

    def on_ping(self, payload: bytes) -> None:
        """The peer asks; a pong with this payload is owed."""

    def on_pong(self, payload: bytes) -> None:
        """The peer answered a ping."""

    def on_lost(self, lost: LinkLost) -> None:
        """Nothing will arrive any more, though the goodbye may not be over yet."""
