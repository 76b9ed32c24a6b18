"""One log for both programs: lines for people, or JSON objects for programs.

With JSON every line on standard output is an object with `event`, `time` (ISO 8601, UTC) and `monotonic`
(seconds); the event names are a contract (docs/guide.md, "Log events").

Lines for people that go to systemd's journal leave out what the journal adds (the time) and what it shows by
itself (colours), and begin with the priority by which `journalctl -p` finds them.

What comes from outside is made printable in each of these formats: see `tars.runtime.printable`.
"""

import codecs
import enum
import io
import os
import sys
import textwrap
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import partial
from typing import Any, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

from tars.runtime.local_time import local_time
from tars.runtime.log_output import LogOutput, output_for
from tars.runtime.printable import printable, printable_json

PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog's, as sd-daemon(3) has them at the beginning of a line."""


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
    """Send every `structlog` logger's lines of `level` and above to `stream` (standard output).

    Logging neither waits nor fails, whatever is wrong with the stream: see `tars.runtime.log_output`.
    """
    out = stream or sys.stdout
    processors: list[structlog.typing.Processor] = [structlog.processors.add_log_level]
    if log_format is LogFormat.JSON:
        render_json = partial(_render_json, ascii_only=not _is_utf_8(out))
        processors += [_stamp, structlog.processors.format_exc_info, render_json]
    elif is_journal(out, environment):
        processors += [_readable, _JournalRenderer()]
    else:
        processors += [
            _readable,
            _tell_time,
            structlog.dev.ConsoleRenderer(
                colors=out.isatty(), pad_event_to=24, exception_formatter=_write_traceback
            ),
        ]
    sink = output_for(out)
    if isinstance(sink, LogOutput):
        sink.tell_loss = lambda count: _written(partial(_tell_loss, count=count), processors)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *processors],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sink),
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


def _tell_loss(log: FilteringBoundLogger, count: int) -> None:
    log.warning("log_lines_lost", count=count)


def _written(
    write: Callable[[FilteringBoundLogger], None], processors: Sequence[structlog.typing.Processor]
) -> str:
    """Return the lines that `write` logs, made as all others are."""
    lines = io.StringIO()
    write(
        structlog.wrap_logger(
            structlog.WriteLogger(lines),
            processors=processors,
            wrapper_class=structlog.make_filtering_bound_logger("debug"),
        )
    )
    return lines.getvalue()


class _Verbatim:
    """A value as it is to stand in a line for people."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _readable(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Make a line's text printable. A string that is not is shown as Python writes it, in quotes."""
    return {printable(key): _shown(key, value) for key, value in event.items()}


def _shown(key: str, value: object) -> object:
    if key == "exc_info":  # for the renderer
        return value
    if key == "event":
        return printable(str(value))
    if isinstance(value, str):
        return value if value.isprintable() else _Verbatim(repr(value))
    return _Verbatim(printable(repr(value)))


def _write_traceback(out: TextIO, exc_info: Any) -> None:  # noqa: ANN401
    """Write a traceback below its line, without the values of variables: among them are tokens, and what was said.

    It is indented: an error's text may come from outside, and hold what looks like a line of the log.
    """
    text = printable("".join(traceback.format_exception(*exc_info)), keep="\n").rstrip("\n")
    out.write("\n" + textwrap.indent(text, "  ", lambda line: True))


class _JournalRenderer:
    """Every line with its priority: the journal takes each for an entry of its own."""

    def __init__(self) -> None:
        self._render = structlog.dev.ConsoleRenderer(
            colors=False, pad_event_to=0, exception_formatter=_write_traceback
        )

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:  # noqa: ANN401
        prefix = f"<{PRIORITIES.get(str(event.pop('level', name)), 6)}>"
        text = self._render(logger, name, event)
        return "\n".join(prefix + line for line in str(text).splitlines())


def _is_utf_8(stream: TextIO) -> bool:
    """Return whether `stream` takes every character; one without an encoding is a test's, and keeps them all."""
    encoding: str | None = getattr(stream, "encoding", None)
    return encoding is None or codecs.lookup(encoding).name == "utf-8"


_json = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
_ascii_json = structlog.processors.JSONRenderer(ensure_ascii=True, default=str)
"""For a stream that would write other characters as escapes that are Python's, and no JSON."""


def _render_json(logger: Any, name: str, event: MutableMapping[str, Any], *, ascii_only: bool) -> str:  # noqa: ANN401
    return printable_json(str((_ascii_json if ascii_only else _json)(logger, name, event)))


def _tell_time(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the time of day, in the zone that the machine has now."""
    event["timestamp"] = local_time().strftime("%H:%M:%S")
    return event


def _stamp(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    now = time.time()
    event["time"] = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z"
    event["monotonic"] = round(time.monotonic(), 6)
    return event
