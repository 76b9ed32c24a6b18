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
from tars.runtime.log_output import LogOutput, output_for
from tars.runtime.printable import printable

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
    """Keep the line up to date until the feed is closed; log lines of `level` and above scroll by above it.

    A terminal that has been stopped (Ctrl-S) gets no further pictures until it goes on.
    """
    status = Status(link_since=trio.current_time())
    terminal = output_for(sys.stdout)
    console = Console(file=terminal)
    with events, Live(console=console, auto_refresh=False, transient=True, redirect_stdout=True) as live:
        configure_logs(LogFormat.PRETTY, level=level, stream=sys.stdout)  # which is now the part above the line
        try:
            while True:
                if not (isinstance(terminal, LogOutput) and terminal.waiting):
                    live.update(render(status, trio.current_time(), round_trip()), refresh=True)
                with trio.move_on_after(REFRESH):
                    status = status.after(await events.receive(), trio.current_time())
        except trio.EndOfChannel:
            pass
    configure_logs(LogFormat.PRETTY, level=level)


def render(status: Status, now: float, round_trip: float | None) -> Text:
    """The line for `status` at `now`; `round_trip` in seconds."""
    line = Text(no_wrap=True, overflow="ellipsis")

    def add(words: str, style: str = "") -> None:
        line.append(printable(words), style=style)  # most words come from the other side of the link

    match status.link:
        case Up():
            measured = "" if round_trip is None else f" {round_trip * 1000:.0f} ms"
            add(f"● linked{measured}", "green")
        case Dialling(attempt):
            add("◌ dialling" + (f" ({attempt})" if attempt > 1 else ""), "yellow")
        case Down(reason):
            add(f"○ {reason}; next dial in {status.redial_in(now) or 0:.1f} s", "red")
    style, word = _LOOKS[status.session]
    add("  ")
    add(word, style)
    if status.muted:
        add("  muted", "bold yellow")
    if status.window and status.session is not SessionState.IDLE:
        add("  connection lost, going on when it is back", "bold yellow")
    for device, reason in status.lost_devices.items():
        add(f"  {device}: {reason}", "bold red")
    if status.notice:
        add(f"  {status.notice}", "bold red")
    if status.transcript:
        add(f"  “{status.transcript}”")
    if status.reply:
        add(f"  → {status.reply}", "italic")
    return line
