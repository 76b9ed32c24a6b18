"""Whose clause is spoken next, in the worker process of a voice: one line, one clause."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import attrs

from tars.server.workers.child import ChildLine, LineHandler

Take = Callable[[bytes], bool]
"""Takes a piece of audio; true: stop. An empty piece only asks whether to stop."""


class Engine(Protocol):
    """What makes speech out of text."""

    def synthesise(self, text: str, sink: Take, /) -> None:
        """Say `text` into `sink`, piece by piece; return when all is said or the sink stopped it."""


@attrs.define(eq=False)
class Clause:
    """A clause that waits for its turn. Its line carries the audio back, and ends when it is all there."""

    line: ChildLine
    text: str
    wanted: bool = True

    def receive(self, body: bytes) -> None:
        """There is nothing more to say."""
        raise ValueError("a line takes one clause: the one that opens it")

    def close(self) -> None:
        """Nobody listens any more."""
        self.wanted = False

    def take(self, pcm: bytes) -> bool:
        """Send a piece on; true when it is not wanted any more."""
        if self.line.unwanted():
            return True
        if pcm:
            self.line.send(pcm)
        return False


@attrs.define(eq=False)
class SynthesisQueue:
    """Says one clause after the other, for any device: nobody waits for another's whole reply."""

    engine: Engine
    queue: deque[Clause] = attrs.field(factory=deque)

    def open(self, line: ChildLine, opening: bytes) -> LineHandler:
        """Queue a clause."""
        clause = Clause(line, opening.decode())
        self.queue.append(clause)
        return clause

    def idle(self) -> bool:
        """Say the next clause."""
        if not self.queue:
            return False
        clause = self.queue.popleft()
        if clause.wanted:
            self.engine.synthesise(clause.text, clause.take)
            clause.line.finish()
        return True
