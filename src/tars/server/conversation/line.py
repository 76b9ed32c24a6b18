"""A conversation's line to its device, which may be away for a while."""

from collections.abc import Mapping

import trio

from tars.messages import FromServer
from tars.server.brains.brain import Outcome, Request
from tars.server.conversation.interlocutor import Interlocutor
from tars.server.conversation.policy import LINK_DEATH
from tars.server.conversation.question import Question
from tars.server.conversation.recap import Recap


class Line:
    """The device as its conversation sees it, an `Interlocutor` itself.

    What is said while the device is away, and what was said while nobody knew yet that it was, is said when it
    `come_back`s, as far as it still matters. Audio waits: see `present`.
    """

    def __init__(self, device: Interlocutor) -> None:
        self.original = device.original
        """Whether the device speaks the original message set; it does so for as long as the conversation lasts."""
        self.tally = device.tally
        """What is counted."""
        self._device = device
        self._recap = Recap()
        self.away_since: float | None = None
        self._present = trio.Event()
        self._present.set()

    @property
    def log_fields(self) -> Mapping[str, object]:
        """What names the device in the log."""
        return self._device.log_fields

    @property
    def round_trip(self) -> float | None:
        """Seconds, as last measured; None while it is away."""
        return self._device.round_trip

    @property
    def capabilities(self) -> frozenset[str]:
        """What the device can do besides speaking and listening."""
        return self._device.capabilities

    def request(self, question: Question) -> Request:
        """The question, with all that a brain may want to know."""
        return self._device.request(question)

    def remember(self, reply: str, outcome: Outcome) -> None:
        """TARS said `reply`, and this follows from it."""
        self._device.remember(reply, outcome)

    def post(self, message: FromServer) -> None:
        """Send `message`; never waits."""
        self._recap.note(message, trio.current_time())
        self._device.post(message)

    async def send_audio(self, pcm: bytes) -> None:
        """Send a frame of the utterance under way; waits while the link is busy."""
        await self._device.send_audio(pcm)

    @property
    def is_up(self) -> bool:
        """Whether the device is there."""
        return self._present.is_set()

    async def present(self) -> None:
        """Return when the device is there: at once, unless it is away."""
        while not self.is_up:
            await self._present.wait()

    def forget_turn(self) -> None:
        """Question and answer are over: they are not said again."""
        self._recap.forget_turn()

    def leave(self) -> None:
        """The device is away."""
        self._present = trio.Event()
        self.away_since = trio.current_time()

    def come_back(self) -> None:
        """The device is there again: tell it what it may have missed."""
        assert self.away_since is not None
        for message in self._recap.since(self.away_since - LINK_DEATH):
            self._device.post(message)
        self.away_since = None
        self._present.set()
