"""Lines for the journal."""

import os
import tempfile
from collections.abc import Iterator
from typing import TextIO

import pytest
import structlog

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
    assert lines[-1] == "<3>ValueError: a bug"
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
