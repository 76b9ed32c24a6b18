"""The live timeline: one line for each event of either program that a person would want to see."""

from collections.abc import Callable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from tars.demo.programs import Event
from tars.runtime.printable import printable

_STYLES = {"tars-pi": "cyan", "tars-server": "magenta", "tars-demo": "bold yellow"}

_SENTENCES = {
    "listening": "listens on {url}",
    "ready": "ready: its models are loaded",
    "link_up": "link up, dial {attempt}",
    "link_down": "link down: {reason}; next dial in {retry_in:.2f} s",
    "hotword": "heard “{hotword}” (score {score:.2f})",
    "transcript": "heard: {text}",
    "reply": "says: {text}",
    "playback_complete": "the loudspeaker has played it all",
    "session_end": "session over ({reason})",
    "device_connected": "{device_id} is connected",
    "step": "{text}",
}
_SAID_BY_BOTH = {"transcript", "reply", "session_end"}


def sentence(event: Event) -> str | None:
    """What the event says to a person; None for one that is not worth a line of its own."""
    if event.program == "tars-server" and event.name in _SAID_BY_BOTH:
        return None
    if event.name == "transcript" and not event.fields.get("final", True):
        return None
    if (template := _SENTENCES.get(event.name)) is None:
        return None
    try:
        return template.format_map(event.fields)
    except (KeyError, ValueError, TypeError):
        return f"{event.name} {event.fields}"


class Timeline:
    """Shows events with the seconds since `began`. A dial that fails as the one before did is no news."""

    def __init__(self, show: Callable[[RenderableType], None], began: float) -> None:
        self._show = show
        self._began = began
        self._down: str | None = None
        """Why there is no link, as far as it was shown."""

    def show(self, event: Event) -> None:
        """Show the event's line, where it has one."""
        if (text := sentence(event)) is None or not self._is_news(event):
            return
        style = _STYLES.get(event.program, "")
        line = Table.grid(padding=(0, 2, 0, 0))
        line.add_column(width=5, justify="right", style="dim", no_wrap=True)
        line.add_column(width=11, style=style, no_wrap=True)
        line.add_column(style="bold" if event.name == "step" else "", overflow="fold")
        line.add_row(f"{event.monotonic - self._began:.2f}", event.program, Text(printable(text)))
        self._show(line)

    def _is_news(self, event: Event) -> bool:
        if event.name == "link_up":
            self._down = None
        if event.name != "link_down":
            return True
        before, self._down = self._down, str(event.fields.get("reason"))
        return before != self._down
