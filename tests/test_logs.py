"""Lines for people, for programs and for the journal."""

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from typing import TextIO, cast

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tars.logs import LogFormat, configure_logs, is_journal

log = structlog.get_logger()


@pytest.fixture
def stream() -> Iterator[TextIO]:
    with tempfile.TemporaryFile("w+") as file:
        yield file


def journal(stream: TextIO) -> dict[str, str]:
    status = os.fstat(stream.fileno())
    return {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}


def written(stream: TextIO) -> list[str]:
    stream.seek(0)
    return stream.read().splitlines()


def test_a_line_in_the_journal_has_its_priority_and_neither_time_nor_colour(stream: TextIO) -> None:
    configure_logs(LogFormat.PRETTY, level="debug", stream=stream, environment=journal(stream))
    log.debug("one", device_id="kitchen")
    log.info("two")
    log.warning("three", reason="a b")
    log.error("four")
    assert written(stream) == ["<7>one device_id=kitchen", "<6>two", "<4>three reason='a b'", "<3>four"]


def test_every_line_of_a_traceback_has_the_priority(stream: TextIO) -> None:
    configure_logs(LogFormat.PRETTY, stream=stream, environment=journal(stream))
    try:
        raise ValueError("a bug")
    except ValueError:
        log.exception("broken")
    lines = written(stream)
    assert lines[0].startswith("<3>broken")
    assert lines[-1] == "<3>  ValueError: a bug"
    assert all(line.startswith("<3>") for line in lines)


@pytest.mark.parametrize("value", [None, "", "1:2", "nonsense"])
def test_another_stream_than_the_journals_is_for_people(value: str | None, stream: TextIO) -> None:
    environment = {} if value is None else {"JOURNAL_STREAM": value}
    assert not is_journal(stream, environment)
    configure_logs(LogFormat.PRETTY, stream=stream, environment=environment)
    log.warning("three")
    assert "[warning" in written(stream)[0]


def test_json_stays_json(stream: TextIO) -> None:
    configure_logs(LogFormat.JSON, stream=stream, environment=journal(stream))
    log.warning("three")
    assert written(stream)[0].startswith("{")


@pytest.mark.parametrize("form", LogFormat)
def test_a_traceback_shows_no_values(form: LogFormat, stream: TextIO) -> None:
    """Among a program's variables are tokens."""

    def fail(token: str) -> None:
        raise ValueError(len(token))

    configure_logs(form, stream=stream, environment={})
    try:
        fail("a-secret-" * 3)
    except ValueError:
        log.exception("failed")
    text = "\n".join(written(stream))
    assert "ValueError: 27" in text
    assert "a-secret-a-secret" not in text


@pytest.mark.parametrize("environment", [journal, lambda stream: {}])
def test_an_errors_text_cannot_pass_for_a_line_of_the_log(
    environment: Callable[[TextIO], dict[str, str]], stream: TextIO
) -> None:
    configure_logs(LogFormat.PRETTY, stream=stream, environment=environment(stream))
    forgery = "x\n12:00:00 [info     ] forged"
    try:
        raise ValueError(forgery)
    except ValueError:
        log.exception("failed")
    forged = [line for line in written(stream) if "] forged" in line]
    assert forged
    assert all(re.match("(<3>)?  12:00:00", line) for line in forged)


nasty = st.text(st.characters(codec=None)) | st.sampled_from(
    ["\x1b]0;title\x07", "\x9b2J", "\u202egnp.exe", "two\nlines", "\r<3>forged", "\u2028", "\ud800", "[red]"]
)
values = nasty | st.lists(nasty) | st.dictionaries(nasty, nasty) | nasty.map(ValueError) | st.integers()


class Lines:
    """A stream of people's lines, on a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        self.text = ""
        self._terminal = terminal

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def fileno(self) -> int:
        raise OSError

    def isatty(self) -> bool:
        return self._terminal


@pytest.mark.parametrize("kind", ["pretty", "terminal", "json", "journal"])
@given(fields=st.dictionaries(st.sampled_from(["text", "reason", "hotword", "code", "device_id"]), values))
def test_whatever_comes_from_outside_is_one_printable_line(kind: str, fields: dict[str, object]) -> None:
    with tempfile.TemporaryFile("w+") as file:
        stream = cast("TextIO", file if kind == "journal" else Lines(terminal=kind == "terminal"))
        environment = journal(stream) if kind == "journal" else {}
        log_format = LogFormat.JSON if kind == "json" else LogFormat.PRETTY
        configure_logs(log_format, stream=stream, environment=environment)
        log.warning("an_event", **fields)
        text = "\n".join(written(stream)) + "\n" if kind == "journal" else cast("Lines", stream).text
    ours = re.sub(r"\x1b\[\d*m", "", text) if kind == "terminal" else text  # colours of our own
    assert ours.count("\n") == 1
    assert ours.removesuffix("\n").isprintable()
    if kind == "json":
        strings = {key: value for key, value in fields.items() if isinstance(value, str)}
        assert strings.items() <= json.loads(text).items()


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_traceback_is_printable_and_shows_no_variables(log_format: LogFormat) -> None:
    stream = Lines(terminal=False)
    configure_logs(log_format, stream=cast("TextIO", stream))
    try:
        token = "sec" + "ret"
        raise ValueError(f"\x1b[2J\u202e {len(token)}")
    except ValueError:
        log.exception("broken", name="\x1b")
    assert "ValueError" in stream.text
    assert all(line.isprintable() for line in stream.text.split("\n"))
    assert "secret" not in stream.text
