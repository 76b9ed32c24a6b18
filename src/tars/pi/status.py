"""What the device tells about itself: events, the picture they add up to, and the feed that carries them.

Log lines and the display are consumers of the feed; nothing else in the program writes either.
"""

import enum
from collections.abc import Mapping

import attrs
import trio

from tars.link.states import Dialling, Down, LinkState, Up
from tars.pi.session_states import SessionState

FEED_LENGTH = 1_000
"""Events that may wait for a consumer: minutes of a busy conversation. Who is further behind loses the newest."""


@attrs.frozen
class LinkChanged:
    """The link to the server changed."""

    state: LinkState


@attrs.frozen
class HotwordHeard:
    """A hotword, or the button, which is called `button`."""

    hotword: str
    score: float
    connected: bool
    """Whether there is a server to talk to; where not, no session follows."""


@attrs.frozen
class SessionStarted:
    """The device has opened a session."""

    session_id: str


@attrs.frozen
class SessionChanged:
    """What the device is doing now."""

    state: SessionState


@attrs.frozen
class TranscriptHeard:
    """What the server understood."""

    text: str
    final: bool


@attrs.frozen
class ReplySaid:
    """What TARS says, as text; the whole of it so far."""

    text: str
    final: bool


@attrs.frozen
class PlaybackStarted:
    """The first sample of an utterance leaves the loudspeaker."""

    utterance_id: str


@attrs.frozen
class PlaybackCompleted:
    """The last sample of an utterance has left the loudspeaker."""

    utterance_id: str


@attrs.frozen
class PlaybackInterrupted:
    """Someone spoke over TARS."""

    utterance_id: str
    played_bytes: int


@attrs.frozen
class SessionSuspended:
    """The link was lost in the session, which goes on when there is another within `window` seconds."""

    session_id: str
    window: float


@attrs.frozen
class SessionResumed:
    """The session goes on over a new link; `sent_bytes` of microphone audio had waited for it."""

    session_id: str
    sent_bytes: int


@attrs.frozen
class SessionEnded:
    """The session is over."""

    session_id: str
    reason: str


class OfflineStep(enum.StrEnum):
    """What becomes of a question that is asked without a link."""

    RECORDING = "recording"
    REPLACED = "replaced"
    """Another one takes its place."""
    EMPTY = "empty"
    """Nobody said anything."""
    KEPT = "kept"
    """It will be asked if the link is back in time."""
    ASKED = "asked"
    """There is a link; a session begins with it."""
    GIVEN_UP = "given_up"
    """It has grown too old."""


@attrs.frozen
class OfflineQuestion:
    """A question without a link has come so far."""

    step: OfflineStep
    seconds: float
    """How long it will be kept, or how old it was when it was asked or given up."""


@attrs.frozen
class MuteChanged:
    """What TARS says is shown and not heard, or heard again."""

    muted: bool


@attrs.frozen
class Notified:
    """The server has something to tell without being asked."""

    kind: str
    text: str


@attrs.frozen
class Trouble:
    """Something went wrong that the person in the room should know about."""

    code: str
    message: str


@attrs.frozen
class DeviceTrouble:
    """A sound device is deaf or stuck and is opened anew, or, without a reason, works again. Its part logs it."""

    device: str
    """`microphone` or `speaker`."""
    reason: str | None


@attrs.frozen
class ServerComplained:
    """The server could not use something that this device sent; nobody in the room need know."""

    code: str
    message: str


@attrs.frozen
class AudioDropped:
    """Microphone audio that the link could not carry in time."""

    dropped_bytes: int


StatusEvent = (
    LinkChanged
    | HotwordHeard
    | SessionStarted
    | SessionChanged
    | TranscriptHeard
    | ReplySaid
    | PlaybackStarted
    | PlaybackCompleted
    | PlaybackInterrupted
    | SessionSuspended
    | SessionResumed
    | SessionEnded
    | OfflineQuestion
    | MuteChanged
    | Notified
    | Trouble
    | DeviceTrouble
    | ServerComplained
    | AudioDropped
)


_NOTICES = {
    OfflineStep.RECORDING: "no connection: go ahead, it will be asked later",
    OfflineStep.REPLACED: "",
    OfflineStep.EMPTY: "",
    OfflineStep.KEPT: "no connection: will ask when it is back",
    OfflineStep.ASKED: "",
    OfflineStep.GIVEN_UP: "the connection did not come back: gave up on the question",
}


@attrs.frozen
class Status:
    """The device at one moment."""

    link: LinkState = attrs.field(factory=lambda: Dialling(1))
    link_since: float = 0.0
    """When `link` began, on trio's clock: a `Down` counts down from here."""
    session: SessionState = SessionState.IDLE
    transcript: str = ""
    """The last thing heard."""
    reply: str = ""
    """The last thing said."""
    notice: str = ""
    """What the person should know right now; empty when all is well."""
    window: float = 0.0
    """Seconds that the session, or a question, waits for a link; 0 unless it does."""
    muted: bool = False
    """What TARS says is shown and not heard."""
    lost_devices: Mapping[str, str] = attrs.field(factory=dict)
    """Sound devices that are deaf or stuck, and why."""

    def after(self, event: StatusEvent, now: float) -> "Status":
        """The status once `event` has happened."""
        match event:
            case LinkChanged(state):
                notice = "" if isinstance(state, Up) else self.notice
                return attrs.evolve(self, link=state, link_since=now, notice=notice)
            case SessionSuspended(window=window):
                return attrs.evolve(self, window=window)
            case SessionResumed() | SessionEnded():
                return attrs.evolve(self, window=0.0)
            case OfflineQuestion(step, seconds):
                window = seconds if step is OfflineStep.KEPT else 0.0
                return attrs.evolve(self, notice=_NOTICES[step], window=window)
            case HotwordHeard() if self.window:
                return self
            case HotwordHeard(connected=True):
                return attrs.evolve(self, transcript="", reply="", notice="")
            case HotwordHeard(hotword, connected=False):
                return attrs.evolve(self, notice=f"heard {hotword}: not connected")
            case SessionChanged(state):
                return attrs.evolve(self, session=state)
            case TranscriptHeard(text):
                return attrs.evolve(self, transcript=text, reply="")
            case ReplySaid(text):
                return attrs.evolve(self, reply=text)
            case MuteChanged(muted):
                return attrs.evolve(self, muted=muted)
            case Notified(_, text):
                return attrs.evolve(self, reply=text)
            case Trouble(_, message):
                return attrs.evolve(self, notice=message)
            case DeviceTrouble(device, reason):
                others = {name: why for name, why in self.lost_devices.items() if name != device}
                lost = others if reason is None else others | {device: reason}
                return attrs.evolve(self, lost_devices=lost)
        return self

    def redial_in(self, now: float) -> float | None:
        """Seconds until the next dial; None unless the link is down."""
        if isinstance(self.link, Down):
            return max(0.0, self.link_since + self.link.retry_in - now)
        return None


class StatusFeed:
    """Events from the device's parts to whoever shows them. Publishing never waits."""

    def __init__(self) -> None:
        self._consumers: list[trio.MemorySendChannel[StatusEvent]] = []
        self.lost = 0
        """Events that a consumer was too slow for."""

    def subscribe(self) -> trio.MemoryReceiveChannel[StatusEvent]:
        """Every event from now on, until the feed is closed. The caller closes it when it has had enough."""
        consumer, events = trio.open_memory_channel[StatusEvent](FEED_LENGTH)
        self._consumers.append(consumer)
        return events

    def publish(self, event: StatusEvent) -> None:
        """Tell every consumer."""
        for consumer in list(self._consumers):
            try:
                consumer.send_nowait(event)
            except trio.WouldBlock:
                self.lost += 1
            except trio.BrokenResourceError:
                self._consumers.remove(consumer)

    def close(self) -> None:
        """Let the consumers finish what they have and end."""
        for consumer in self._consumers:
            consumer.close()
        self._consumers.clear()
