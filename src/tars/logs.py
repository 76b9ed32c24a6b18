"""One log for both programs: lines for people, or JSON objects for programs.

With JSON every line on standard output is an object with `event`, `time` (ISO 8601, UTC) and `monotonic`
(seconds); the event names are a contract (docs/guide.md, "Log events").

Lines for people that go to systemd's journal leave out what the journal adds (the time) and what it shows by
itself (colours), and begin with the priority by which `journalctl -p` finds them.
"""

import enum
import os
import sys
import time
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog's, as sd-daemon(3) has them at the beginning of a line."""

_TRACEBACK = structlog.dev.RichTracebackFormatter(color_system=None, show_locals=False)
"""Values of variables stay out of the log: among them are tokens, and what was said."""


class LogFormat(enum.StrEnum):
    """How log lines look."""

    PRETTY = "pretty"
    JSON = "json"


def configure_logs(
    log_format: LogFormat,
    *,
    level: str = "info",
    stream: TextIO | None = None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Send every `structlog` logger's lines of `level` and above to `stream` (standard output)."""
    out = stream or sys.stdout
    processors: list[structlog.typing.Processor]
    renderer: structlog.typing.Processor
    if log_format is LogFormat.JSON:
        processors = [_stamp, structlog.processors.format_exc_info]
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    elif is_journal(out, environment):
        processors = []
        renderer = _JournalRenderer()
    else:
        processors = [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)]
        renderer = structlog.dev.ConsoleRenderer(
            colors=out.isatty(), pad_event_to=24, exception_formatter=_TRACEBACK
        )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *processors,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )


def is_journal(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether `stream` is the very one that systemd has connected to its journal, and not a file in its place."""
    device, _, inode = environment.get("JOURNAL_STREAM", "").partition(":")
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):  # a stream without a descriptor, such as a test's
        return False
    return (device, inode) == (str(status.st_dev), str(status.st_ino))


class _JournalRenderer:
    """Every line with its priority: the journal takes each for an entry of its own."""

    def __init__(self) -> None:
        self._render = structlog.dev.ConsoleRenderer(
            colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401
        prefix = f"<{PRIORITIES.get(event.pop('level', name), 6)}>"
        text = self._render(logger, name, event)
        return "\n".join(prefix + line for line in str(text).splitlines())


def _stamp(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    now = time.time()
    event["time"] = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"
    event["monotonic"] = round(time.monotonic(), 6)
    return event
