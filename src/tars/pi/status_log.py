"""Status as log lines, under the names that docs/guide.md promises.

A server that is away for a night must not leave a log that nobody can read: in a log for people, a dial that fails
as the one before did is a line only every `REMINDER` seconds, and a link that comes and goes all the time has a
budget. A log for programs has every `link_up` and `link_down`: who reads it must be able to rely on them.
"""

import attrs
import trio
from structlog import get_logger
from structlog.typing import FilteringBoundLogger

from tars.link.states import Down, Up
from tars.pi.line_budget import LineBudget
from tars.pi.status import (
    AudioDropped,
    HotwordHeard,
    LinkChanged,
    MuteChanged,
    Notified,
    OfflineQuestion,
    PlaybackCompleted,
    PlaybackInterrupted,
    PlaybackStarted,
    ReplySaid,
    ServerComplained,
    SessionChanged,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SessionSuspended,
    StatusEvent,
    TranscriptHeard,
    Trouble,
)

REMINDER = 600.0
"""Seconds between two lines about one and the same outage."""


@attrs.define
class LinkLines:
    """Decides which changes of the link are worth a line. Pure: `now` is an argument."""

    _told: str | None = None
    _told_at: float = 0.0
    _budget: LineBudget = attrs.field(factory=LineBudget)

    def worth(self, state: Up | Down, now: float) -> bool:
        """Whether a person who reads the log wants this line."""
        reason = state.reason if isinstance(state, Down) else None
        if reason is not None and reason == self._told and now - self._told_at < REMINDER:
            return False
        if not self._budget.spend(now):
            return False
        self._told, self._told_at = reason, now
        return True


async def write_log(
    events: trio.MemoryReceiveChannel[StatusEvent], server: str, *, every_change: bool = True
) -> None:
    """Write a line for each event, until the feed is closed; `server` is the address that is dialled.

    Without `every_change`, only those changes of the link that a person wants to read of.
    """
    log: FilteringBoundLogger = get_logger()
    lines = LinkLines()
    with events:
        async for event in events:
            match event:
                case LinkChanged(Up() | Down() as state):
                    worth_it = lines.worth(state, trio.current_time()) or every_change
                    _write_link(log, state, server, worth_it=worth_it)
                case LinkChanged():
                    pass
                case _:
                    _write_event(log, event)


def _write_link(log: FilteringBoundLogger, state: Up | Down, server: str, *, worth_it: bool) -> None:
    """Write the line; a link that is down is a warning, unless its end was announced."""
    if isinstance(state, Up):
        tell = log.info if worth_it else log.debug
        tell("link_up", server=server, attempt=state.attempt)
        return
    visible = log.info if state.planned else log.warning
    write = visible if worth_it else log.debug
    write("link_down", reason=state.reason, retry_in=round(state.retry_in, 3), attempt=state.attempt)


def _write_event(log: FilteringBoundLogger, event: StatusEvent) -> None:
    match event:
        case HotwordHeard(hotword, score, connected):
            log.info("hotword", hotword=hotword, score=round(score, 3), connected=connected)
        case SessionStarted(session_id):
            log.info("session_started", session_id=session_id)
        case SessionChanged(state):
            log.debug("session_state", state=state.value)
        case TranscriptHeard(text, final):
            log.info("transcript", text=text, final=final)
        case ReplySaid(text, True):
            log.info("reply", text=text)
        case ReplySaid(text):
            log.debug("reply_grows", text=text)
        case PlaybackStarted(utterance_id):
            log.info("playback_started", utterance_id=utterance_id)
        case PlaybackCompleted(utterance_id):
            log.info("playback_complete", utterance_id=utterance_id)
        case PlaybackInterrupted(utterance_id, played_bytes):
            log.info("playback_interrupted", utterance_id=utterance_id, played_bytes=played_bytes)
        case OfflineQuestion(step, seconds):
            log.info(f"offline_question_{step}", seconds=round(seconds, 3))
        case SessionSuspended(session_id, window):
            log.warning("session_suspended", session_id=session_id, window=window)
        case SessionResumed(session_id, sent_bytes):
            log.info("session_resumed", session_id=session_id, sent_bytes=sent_bytes)
        case SessionEnded(session_id, reason):
            log.info("session_end", session_id=session_id, reason=reason)
        case MuteChanged(True):
            log.info("muted")
        case MuteChanged():
            log.info("unmuted")
        case Notified(kind, text):
            log.info("notification", kind=kind, text=text)
        case Trouble(code, message):
            log.warning("trouble", code=code, message=message)
        case ServerComplained(code, message):
            log.warning("server_error", code=code, message=message)
        case AudioDropped(dropped_bytes):
            log.warning("audio_dropped", dropped_bytes=dropped_bytes)
