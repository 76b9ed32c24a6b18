"""The live line at the bottom of a terminal: what the link and the session are doing right now."""

import sys
from collections.abc import Callable

import trio
from rich.console import Console
from rich.live import Live
from rich.text import Text

from tars.link.states import Dialling, Down, Up
from tars.logs import LogFormat, configure_logs
from tars.pi.session_states import SessionState
from tars.pi.status import Status, StatusEvent

REFRESH = 0.25
"""Seconds between two pictures, for the countdown's sake."""

_LOOKS = {
    SessionState.IDLE: ("dim", "idle"),
    SessionState.LISTENING: ("bold green", "listening"),
    SessionState.WAITING: ("yellow", "thinking"),
    SessionState.NOTING: ("bold yellow", "recording"),
    SessionState.SPEAKING: ("bold cyan", "speaking"),
    SessionState.ANNOUNCING: ("bold cyan", "speaking"),
}


async def show_live(
    events: trio.MemoryReceiveChannel[StatusEvent], round_trip: Callable[[], float | None], level: str
) -> None:
    """Keep the line up to date until the feed is closed; log lines of `level` and above scroll by above it."""
    status = Status(link_since=trio.current_time())
    with events, Live(console=Console(), auto_refresh=False, transient=True, redirect_stdout=True) as live:
        configure_logs(LogFormat.PRETTY, level=level, stream=sys.stdout)  # which is now the part above the line
        try:
            while True:
                live.update(render(status, trio.current_time(), round_trip()), refresh=True)
                with trio.move_on_after(REFRESH):
                    status = status.after(await events.receive(), trio.current_time())
        except trio.EndOfChannel:
            pass
    configure_logs(LogFormat.PRETTY, level=level)


def render(status: Status, now: float, round_trip: float | None) -> Text:
    """The line for `status` at `now`; `round_trip` in seconds."""
    text = Text(no_wrap=True, overflow="ellipsis")
    match status.link:
        case Up():
            measured = "" if round_trip is None else f" {round_trip * 1000:.0f} ms"
            text.append(f"● linked{measured}", style="green")
        case Dialling(attempt):
            text.append("◌ dialling" + (f" ({attempt})" if attempt > 1 else ""), style="yellow")
        case Down(reason):
            text.append(f"○ {reason}; next dial in {status.redial_in(now) or 0:.1f} s", style="red")
    style, word = _LOOKS[status.session]
    text.append("  ").append(word, style=style)
    if status.window and status.session is not SessionState.IDLE:
        text.append("  connection lost, going on when it is back", style="bold yellow")
    for device, reason in status.lost_devices.items():
        text.append(f"  {device}: {reason}", style="bold red")
    if status.notice:
        text.append(f"  {status.notice}", style="bold red")
    if status.transcript:
        text.append(f"  “{status.transcript}”")
    if status.reply:
        text.append(f"  → {status.reply}", style="italic")
    return text
