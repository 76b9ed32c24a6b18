"""What could be seen and heard of a story from outside: the only thing that the oracle knows."""

import math
import sys
from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import attrs
import structlog
import trio

from tests.fuzz.marks import Heard, Spoken


@attrs.frozen
class Line:
    """One line of the server's log."""

    at: float
    event: str
    fields: dict[str, Any]


@attrs.frozen
class Unit:
    """A unit of audio that has arrived somewhere."""

    at: float
    session_id: str
    """For which session it was taken."""
    unit: Heard
    server: int
    """Which run of the server took it."""


@attrs.frozen
class Played:
    """A unit of a reply that left a loudspeaker."""

    at: float
    process: str
    unit: Spoken


@attrs.define
class NotedSeen:
    """A question that was asked without a link, as a device showed it."""

    process: str
    began: float
    first_unit: int
    """Of the pre-roll: nothing older belongs to it."""
    kept: float | None = None
    """When it was complete, and waited for a link."""
    end_unit: float = math.inf
    """Nothing from here on belongs to it, once it is complete."""
    outcomes: list[tuple[str, float]] = attrs.field(factory=list)
    """What became of it, and when."""
    cut_off: list[float] = attrs.field(factory=list)
    """When the session that began with it was lost before the server said that it has it."""


@attrs.define
class SessionSeen:
    """One session, as a device showed it."""

    session_id: str
    process: str
    room: int
    began: float
    first_unit: int
    """Of its pre-roll: nothing older belongs to it."""
    last_unit: float = math.inf
    """Nothing from here on belongs to it."""
    noted: NotedSeen | None = None
    """The question that it begins with, where that was asked without a link."""
    live_from: int = 0
    """Its first unit behind such a question."""
    ended: float | None = None
    reason: str = ""
    ends: int = 0
    confirmed: bool = False
    """The server has said something about it."""


@attrs.frozen
class LinkSeen:
    """A link that a device had."""

    begin: float
    end: float
    reason: str
    wanted: bool
    """It was told to end."""


@attrs.define
class ProcessSeen:
    """One run of a device's program."""

    name: str
    device_id: str
    dials: list[float] = attrs.field(factory=list)
    nudges: list[float] = attrs.field(factory=list)
    """Moments in which it was given a reason to dial at once."""
    restarts_told: list[tuple[float, float]] = attrs.field(factory=list)
    """When a server said that it restarts, and the first moment at which it wants to see the device again."""
    links: list[LinkSeen] = attrs.field(factory=list)
    linked_since: float | None = None
    gone: bool = False
    gone_at: float = math.inf


@attrs.define(eq=False)
class Evidence:
    """All of it, and a timeline for people."""

    log: list[Line] = attrs.field(factory=list)
    received: list[Unit] = attrs.field(factory=list)
    """Microphone audio at the server, in the order of its arrival."""
    recognised: list[Unit] = attrs.field(factory=list)
    """Microphone audio that went to the ears."""
    played: list[Played] = attrs.field(factory=list)
    sessions: dict[str, SessionSeen] = attrs.field(factory=dict)
    noted: list[NotedSeen] = attrs.field(factory=list)
    processes: list[ProcessSeen] = attrs.field(factory=list)
    ends_told: list[str] = attrs.field(factory=list)
    """Sessions that a server told a device are over, each time."""
    kills: list[float] = attrs.field(factory=list)
    """When a server was killed."""
    first_trouble: float = math.inf
    """When something was first done to the network or to a program."""
    resume: float = 0.0
    """Seconds for which sessions outlive their links."""
    servers: int = 0
    """How many runs of the server there were."""
    dropped: int = 0
    """How often a device said that a link could not carry all that it heard."""
    timeline: list[str] = attrs.field(factory=list)
    bugs_due: int = 0
    bugs_met: int = 0
    bugs_seen: int = 0
    """Bugs that a device's program is about to meet, that it has met, and that it ended by."""
    swaps_due: Counter[str] = attrs.field(factory=Counter)
    """How many messages to each side are about to be overtaken."""
    dying: bool = False
    """A server is being killed: what it does as it goes is nobody's business."""

    def trouble(self) -> None:
        """From now on a link may be lost."""
        self.first_trouble = min(self.first_trouble, trio.current_time())

    def forget(self) -> None:
        """Begin afresh, with the programs that run now: what was judged needs no memory."""
        for kept in (
            self.log,
            self.received,
            self.recognised,
            self.played,
            self.noted,
            self.ends_told,
            self.kills,
            self.timeline,
        ):
            kept.clear()
        self.sessions.clear()
        self.processes[:] = [process for process in self.processes if not process.gone]
        for process in self.processes:
            process.dials[:-1] = []
            for seen in (process.nudges, process.restarts_told, process.links):
                seen.clear()

    def note(self, who: str, what: object) -> None:
        """A line of the timeline."""
        self.timeline.append(f"{trio.current_time():8.3f} s  {who:<10} {what}")

    def story(self, last: int = 120) -> str:
        """The timeline's last lines."""
        return "\n".join(self.timeline[-last:])

    def events(self, name: str) -> list[Line]:
        """The server's log lines of that name."""
        return [line for line in self.log if line.event == name]

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Write down what the programs log, for the length of the block."""
        processors = structlog.get_config()["processors"]
        usual = list(processors)
        processors[:] = [self._take]
        structlog.configure(processors=processors)
        try:
            yield
        finally:
            processors[:] = usual
            structlog.configure(processors=processors)

    def _take(self, _: object, level: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if not self.dying:
            event = fields.pop("event")
            self.log.append(Line(trio.current_time(), event, dict(fields)))
            if fields.pop("exc_info", None):
                self.log[-1].fields["bug"] = _innermost(sys.exc_info()[1])
            if level != "debug" or event == "link_lost":
                told = [f"{name}={value}" for name, value in fields.items() if not name.endswith("_ms")]
                self.note("log", " ".join([event, *told]))
        raise structlog.DropEvent


def _innermost(exc: BaseException | None) -> str:
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    return type(exc).__name__
