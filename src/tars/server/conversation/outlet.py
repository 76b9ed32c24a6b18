"""Where a conversation sends what the device is to get."""

from typing import Protocol

from tars.messages import FromServer


class Outlet(Protocol):
    """The device's end of its link, as a conversation sees it."""

    @property
    def original(self) -> bool:
        """Whether the device speaks the original message set, whose audio is always 16 kHz mono."""

    @property
    def round_trip(self) -> float | None:
        """Seconds, as last measured."""

    def post(self, message: FromServer) -> None:
        """Send `message` after all that was sent before; never waits, and never fails when the link is gone."""

    async def send_audio(self, pcm: bytes) -> None:
        """Send a frame of the utterance under way; waits while the link is busy."""
