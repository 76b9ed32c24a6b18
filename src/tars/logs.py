"""One log for both programs: lines for people, or JSON objects for programs.

With JSON every line on standard output is an object with `event`, `time` (ISO 8601, UTC) and `monotonic`
(seconds); the event names are a contract (docs/guide.md, "Log events").
"""

import enum
import sys
import time
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog


class LogFormat(enum.StrEnum):
    """How log lines look."""

    PRETTY = "pretty"
    JSON = "json"


def configure_logs(log_format: LogFormat, *, level: str = "info", stream: TextIO | None = None) -> None:
    """Send every `structlog` logger's lines of `level` and above to `stream` (standard output)."""
    processors: list[structlog.typing.Processor]
    renderer: structlog.typing.Processor
    if log_format is LogFormat.JSON:
        processors = [_stamp, structlog.processors.format_exc_info]
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    else:
        processors = [structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)]
        renderer = structlog.dev.ConsoleRenderer(colors=(stream or sys.stdout).isatty(), pad_event_to=24)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *processors,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stdout),
        cache_logger_on_first_use=False,
    )


def _stamp(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    now = time.time()
    event["time"] = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"
    event["monotonic"] = round(time.monotonic(), 6)
    return event
