"""The live timeline: one line for each event of either program that a person would want to see."""

from rich.console import Console
from rich.text import Text

from tars.demo.programs import Event

_COLOURS = {"tars-pi": "cyan", "tars-server": "magenta", "tars-demo": "yellow"}

_SENTENCES = {
    "listening": "listens on {url}",
    "link_up": "link up, dial {attempt}",
    "link_down": "link down: {reason}; next dial in {retry_in:.2f} s",
    "hotword": "heard “{hotword}” (score {score:.2f})",
    "session_started": "session started",
    "transcript": "heard: {text}",
    "reply": "says: {text}",
    "playback_started": "the loudspeaker starts",
    "playback_complete": "the loudspeaker has played it all",
    "session_end": "session over ({reason})",
    "device_connected": "{device_id} is connected",
    "device_disconnected": "{device_id} is gone",
    "step": "{text}",
}
_SAID_BY_BOTH = {"session_started", "transcript", "reply", "session_end"}


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
    """Prints events with the seconds since it was made."""

    def __init__(self, console: Console, began: float) -> None:
        self._console = console
        self._began = began

    def show(self, event: Event) -> None:
        """Print the event's line, where it has one."""
        if (text := sentence(event)) is None:
            return
        line = Text(f"{event.monotonic - self._began:7.2f} s  ")
        line.append(f"{event.program:<12}", style=_COLOURS.get(event.program, ""))
        line.append(text)
        self._console.print(line, soft_wrap=True)
