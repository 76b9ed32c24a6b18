"""What thinks: the interface that every brain of the server offers."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

import attrs


@attrs.frozen
class LinkFacts:
    """What the server knows of the link that the question came over."""

    round_trip: float | None
    """Seconds, as last measured; None before the first measurement."""
    connected_for: float | None
    """Seconds since the link came up; None where the question came over none."""
    reconnects: int


@attrs.frozen
class Request:
    """One thing somebody said, with what a brain needs to answer it."""

    text: str
    """As it is written, with capitals, punctuation and digits where the recogniser gives them."""
    now: datetime
    """Local time, with its zone."""
    link: LinkFacts
    settings: Mapping[str, int]
    """The device's own settings in percent: `humor`, `honesty`, `volume`."""
    last_reply: str | None = None
    """What TARS said last on this device."""
    words: str = ""
    """The text normalised for commands; empty where nobody did that."""
    follow_up: bool = False
    """Said without a hotword, after an answer: a brain that does not understand it stays silent."""
    doubtful: bool = False
    """Probably what was said, but not surely: what changes something is asked back first. A follow-up that would
    end the session was not meant: a brain stays silent."""
    asked: str | None = None
    """The command that TARS's last words asked to confirm; "yes" means it."""
    capabilities: frozenset[str] = frozenset()
    """What the device can do besides speaking and listening, as its `hello` says: `volume`, `timers`."""
    device_id: str = ""
    """The device that the question came from; empty where there is none."""


@attrs.frozen
class Outcome:
    """What follows from an answer, besides its words. Applied only once the question is known to be whole."""

    end_session: bool = False
    settings: Mapping[str, int] = attrs.field(factory=dict)
    """Settings of the device to change, in percent."""
    understood: bool = True
    """Whether the brain knew what was meant."""
    asked: str | None = None
    """The command that the answer asks to confirm: `Request.asked` of the next turn."""


class BrainFailed(Exception):
    """The brain could not answer; the session gets `brain_failed`."""


Say = Callable[[str], Awaitable[None]]


class Brain(Protocol):
    """Answers questions."""

    async def think(self, request: Request, say: Say) -> Outcome:
        """Answer by awaiting `say` with pieces of text as they are formed (any size), then return what follows.

        It must change nothing itself: the answer may be speculative, and is cancelled when the speaker goes on.
        Raises `BrainFailed`.
        """
