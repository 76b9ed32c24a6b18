"""What the server counts for those who watch over it. Pure; how it is shown is the business of `tars.server.web`.

Labels are taken from the enumerations here and nowhere else, so that no device can make more of them.
"""

import enum
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

import attrs

from tars.link import LinkLost
from tars.messages import CloseCode, EndReason
from tars.server.conversation.trace import Moment, Speculation, TurnTrace
from tars.server.findings import Finding

HOPELESS = 3
"""Failures of one part in a row after which the next conversation is not believed to succeed."""
ROUND_TRIPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds: from a cable in the house to a link that is about to be given up."""
LATENCIES = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0)
"""Seconds: people leave 0.2 between turns, and give up long before 10."""


class Disconnect(enum.StrEnum):
    """Why a device's link ended."""

    LEFT = "left"
    """The device said goodbye."""
    LOST = "lost"
    """It broke without a goodbye: a reset, the end of the stream."""
    GIVEN_UP = "given_up"
    """The device was silent for too long, or took nothing any more."""
    TAKEN_OVER = "taken_over"
    """The same device connected again."""
    SENT_AWAY = "sent_away"
    """It sent what nobody may send, did not read what it was sent, or is not paired any more."""
    STOPPED = "stopped"
    """The server stops."""
    BUG = "bug"
    """Something broke in the server."""


EXPECTED = frozenset({Disconnect.LEFT, Disconnect.STOPPED})
"""The ends that one side wanted. Every other is a warning in the log."""


class Refusal(enum.StrEnum):
    """Why a client did not come in."""

    TOKEN = "token"
    """Missing or wrong."""
    FORBIDDEN = "forbidden"
    """It is not wanted here, whatever its token: a browser's page from elsewhere, or somebody beyond this machine
    while no device is paired."""
    FULL = "full"
    """A limit was reached."""
    NO_HELLO = "no_hello"
    """It never said who it is."""
    NO_UPGRADE = "no_upgrade"
    """It asked for something else than a WebSocket: a browser, a health check, a client without TLS."""
    SLOW = "slow"
    """Its request did not come in time."""


class Part(enum.StrEnum):
    """What can fail in a turn; the values are the `error` codes of the protocol."""

    EARS = "stt_failed"
    BRAIN = "brain_failed"
    VOICE = "tts_failed"
    ROOM = "busy"
    """Too many speak at once: a session was refused."""


class Stage(enum.StrEnum):
    """A piece of a turn's time."""

    ENDPOINT = "endpoint"
    """From the last word to the certainty that it was the last."""
    TRANSCRIPT = "transcript"
    """From there to the words as text."""
    BRAIN = "brain"
    """From there to the answer's first word; nothing where the answer was prepared in advance."""
    VOICE = "voice"
    """From there to its first sound, at the server."""
    PLAYBACK = "playback"
    """From there to its first sound, at the loudspeaker."""
    ANSWER = "answer"
    """All of it: from the last word to the first sound at the loudspeaker."""


SPANS = {
    Stage.ENDPOINT: (Moment.SPEECH_END, Moment.ENDPOINT),
    Stage.TRANSCRIPT: (Moment.ENDPOINT, Moment.TRANSCRIPT),
    Stage.BRAIN: (Moment.TRANSCRIPT, Moment.BRAIN_FIRST_WORD),
    Stage.VOICE: (Moment.BRAIN_FIRST_WORD, Moment.TTS_FIRST_BYTE),
    Stage.PLAYBACK: (Moment.TTS_FIRST_BYTE, Moment.PLAYBACK_START),
    Stage.ANSWER: (Moment.SPEECH_END, Moment.PLAYBACK_START),
}

_GOODBYES: dict[int, Disconnect] = {
    CloseCode.TAKEN_OVER: Disconnect.TAKEN_OVER,
    CloseCode.GOING_AWAY: Disconnect.STOPPED,
    CloseCode.INTERNAL_ERROR: Disconnect.BUG,
}
_REFUSALS: dict[int, Refusal] = {
    400: Refusal.NO_UPGRADE,
    401: Refusal.TOKEN,
    403: Refusal.FORBIDDEN,
    408: Refusal.SLOW,
    426: Refusal.NO_UPGRADE,
    503: Refusal.FULL,
    CloseCode.UNAUTHORISED: Refusal.TOKEN,
    CloseCode.TRY_LATER: Refusal.FULL,
    CloseCode.POLICY: Refusal.NO_HELLO,
}


def why_sent_away(code: int) -> Disconnect:
    """What the close code that this side chose means."""
    return _GOODBYES.get(code, Disconnect.SENT_AWAY)


def why_lost(lost: LinkLost, *, given_up: bool) -> Disconnect:
    """What the end of a link means that this side did not choose."""
    if given_up:
        return Disconnect.GIVEN_UP
    match lost.code:
        case None:
            return Disconnect.LOST
        case CloseCode.NORMAL | CloseCode.GOING_AWAY:
            return Disconnect.LEFT
    return Disconnect.SENT_AWAY


@attrs.define(eq=False)
class Histogram:
    """How often which values were seen: one count for each bound and everything below it, and one for the rest."""

    bounds: tuple[float, ...]
    counts: list[int] = attrs.field(init=False)
    total: float = 0.0

    def __attrs_post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def observe(self, value: float) -> None:
        """One more; what is less than nothing, by the inaccuracy of clocks, counts as nothing."""
        value = max(0.0, value)
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@attrs.define(eq=False)
class Tally:
    """What has happened since the server started, beyond what the devices and the pools count themselves."""

    disconnects: Counter[Disconnect] = attrs.field(factory=Counter)
    reconnects: Counter[Disconnect] = attrs.field(factory=Counter)
    """By why the device had been away."""
    refusals: Counter[Refusal] = attrs.field(factory=Counter)
    sessions_ended: Counter[EndReason] = attrs.field(factory=Counter)
    failures: Counter[Part] = attrs.field(factory=Counter)
    failed_in_a_row: Counter[Part] = attrs.field(factory=Counter)
    """How often each part has failed since it last worked."""
    turns: Counter[Speculation] = attrs.field(factory=Counter)
    round_trips: Histogram = attrs.field(factory=lambda: Histogram(ROUND_TRIPS))
    stages: dict[Stage, Histogram] = attrs.field(factory=lambda: {stage: Histogram(LATENCIES) for stage in Stage})

    def refused(self, code: int) -> None:
        """A client was refused with this HTTP status or close code."""
        self.refusals[_REFUSALS.get(code, Refusal.FORBIDDEN)] += 1

    def failed(self, part: Part) -> None:
        """A part failed in a conversation."""
        self.failures[part] += 1
        self.failed_in_a_row[part] += 1

    def worked(self, part: Part) -> None:
        """A part did in a conversation what it is there for."""
        self.failed_in_a_row.pop(part, None)

    def findings(self) -> Iterator[Finding]:
        """What fails in every conversation."""
        for part, times in self.failed_in_a_row.items():
            if times >= HOPELESS:
                yield Finding(f"{part} {times} times in a row: the log has the reasons")

    def turn(self, trace: TurnTrace) -> None:
        """A turn is over; stages that it did not reach count for nothing."""
        self.turns[trace.speculation] += 1
        for stage, (begin, end) in SPANS.items():
            if (seconds := trace.between(begin, end)) is not None:
                self.stages[stage].observe(seconds)
