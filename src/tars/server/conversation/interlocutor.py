"""Whom a conversation is with."""

from collections.abc import Mapping
from typing import Protocol

import attrs

from tars.server.brains.brain import Brain, Outcome, Request
from tars.server.conversation.outlet import Outlet
from tars.server.conversation.question import Question
from tars.server.metrics import Tally
from tars.server.stt.recogniser import Recogniser
from tars.server.tts.voice import Voice
from tars.server.workers.pool import WorkerPool


@attrs.frozen
class Providers:
    """What hears, thinks and speaks."""

    recogniser: Recogniser
    brain: Brain
    voice: Voice
    workers: tuple[WorkerPool, ...] = ()
    """The processes that they run on, for whoever wants to know whether these are well."""


class Interlocutor(Outlet, Protocol):
    """The device, as a conversation sees it: what it is sent, and what is known and remembered of it."""

    @property
    def tally(self) -> Tally:
        """Where is counted how it goes."""

    @property
    def log_fields(self) -> Mapping[str, object]:
        """What names it in the log."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do besides speaking and listening, as its `hello` says."""

    def request(self, question: Question) -> Request:
        """The question, with all that a brain may want to know."""

    def remember(self, reply: str, outcome: Outcome) -> None:
        """TARS said `reply`, and this follows from it."""
