"""Lines that cannot be written, or not at once."""

import contextlib
import json
import os
import pty
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
import structlog

from tars.logs import LogFormat, configure_logs
from tars.runtime import log_output
from tars.runtime.log_output import MOST_WAITING, LogOutput, output_for, when_reader_leaves
from tests.support.limits import HANG

FULL = "/dev/full"
log = structlog.get_logger()


@pytest.fixture
def full() -> Iterator[TextIO]:
    with open(FULL, "w", encoding="utf-8") as stream:
        yield stream


def make_room(stream: TextIO, path: Path) -> None:
    """The stream's descriptor is a file from now on, as if the disk had been cleared."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    os.dup2(file, stream.fileno())
    os.close(file)


def journal(stream: TextIO) -> dict[str, str]:
    status = os.fstat(stream.fileno())
    return {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}


@pytest.mark.parametrize("kind", ["pretty", "json", "journal"])
def test_lines_that_a_full_disk_loses_are_counted_and_told_once(kind: str, full: TextIO, tmp_path: Path) -> None:
    configure_logs(
        LogFormat.JSON if kind == "json" else LogFormat.PRETTY,
        stream=full,
        environment=journal(full) if kind == "journal" else {},
    )
    for number in range(3):
        log.info("lost", number=number)
    make_room(full, tmp_path / "log")
    log.info("first")
    log.info("second")
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 3
    match kind:
        case "json":
            told = [json.loads(line) for line in lines]
            assert [each["event"] for each in told] == ["log_lines_lost", "first", "second"]
            assert told[0]["count"] == 3
            assert told[0]["level"] == "warning"
        case "journal":
            assert lines == ["<4>log_lines_lost count=3", "<6>first", "<6>second"]
        case _:
            assert "[warning  ] log_lines_lost" in lines[0]
            assert lines[0].endswith("count=3")


def test_a_line_that_is_torn_by_the_end_of_the_disk_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with open(path, "w") as stream:
        output = LogOutput(stream.fileno())
        output.tell_loss = lambda count: f"{count} lost\n"
        resource = pytest.importorskip("resource")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as Python has it at its start
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
            output.write("123456\n")
            output.write("abcdef\n")
            output.write("no room at all\n")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
        output.write("again\n")
    assert path.read_text() == "123456\nabc\n2 lost\nagain\n"


def test_a_reader_that_does_not_read_holds_nobody_up_and_gets_everything_in_order_later() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        output = LogOutput(stream.fileno())
        wanted = [f"line {number} {'x' * 100}" for number in range(2000)]  # three times what the pipe holds
        for line in wanted:
            output.write(line + "\n")
        assert output.waiting > 0
        assert not output.drain(0)
        assert [reader.readline() for _ in wanted] == [line + "\n" for line in wanted]
        assert output.drain(HANG)
        assert (output.waiting, output.lost) == (0, 0)
        output.write("last\n")
        assert reader.readline() == "last\n"


def fill(pipe: int) -> int:
    """Leave no room in a pipe, not even what is left in its last page; the number of bytes."""
    os.set_blocking(pipe, False)
    filled = 0
    for size in (4096, 1):
        with contextlib.suppress(BlockingIOError):
            while True:
                filled += os.write(pipe, b"y" * size)
    os.set_blocking(pipe, True)
    return filled


def test_what_waits_has_a_limit_and_what_is_beyond_is_told() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        filled = fill(write_end)
        output = LogOutput(stream.fileno())
        output.tell_loss = lambda count: f"{count} lost\n"
        line = "x" * 1023 + "\n"
        lines = 2 * MOST_WAITING // len(line)
        for _ in range(lines):
            output.write(line)
        assert output.waiting <= MOST_WAITING
        assert output.lost > 0
        lost, written = output.lost, lines - output.lost
        assert reader.read(filled) == "y" * filled
        # whatever was taken comes out; the loss is told before the first line that is written after it
        got = [reader.readline() for _ in range(written + 1)]
        assert got.count(line) == written
        assert got.count(f"{lost} lost\n") == 1


def test_a_terminal_that_is_stopped_holds_nobody_up() -> None:
    master, slave = pty.openpty()
    try:
        output = LogOutput(slave)
        assert output.isatty()
        for _ in range(2000):
            output.write("x" * 99 + "\n")  # nobody reads: a terminal holds some kilobytes
        assert not output.drain(0)
        read = 0
        while read < 2000 * 101:  # each newline becomes two characters
            read += len(os.read(master, 65536))
        assert output.drain(HANG)
    finally:
        os.close(master)
        os.close(slave)


def test_a_terminal_that_is_gone_loses_lines_and_nothing_else() -> None:
    master, slave = pty.openpty()
    output = LogOutput(slave)
    os.close(master)
    output.write("a line\n")
    assert output.drain(HANG)
    assert output.lost == 1
    os.close(slave)


def test_a_closed_descriptor_loses_lines_and_nothing_else() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    os.close(write_end)
    output = LogOutput(write_end)
    output.write("a line\n")
    assert output.lost == 1


def test_a_descriptor_that_somebody_made_non_blocking_loses_nothing() -> None:
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        output = LogOutput(stream.fileno())
        large = "y" * 300_000 + "\n"
        output.write(large)
        assert reader.readline() == large
        assert output.drain(HANG)
        assert output.lost == 0


def test_a_line_that_cannot_even_be_tried_stops_no_line_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    put = LogOutput._put

    def put_if_short(output: LogOutput, data: bytes, lost: int) -> int:
        if len(data) > 200_000:
            raise MemoryError
        return put(output, data, lost)

    monkeypatch.setattr(LogOutput, "_put", put_if_short)
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        output = LogOutput(stream.fileno())
        output.tell_loss = lambda count: f"{count} lost\n"
        output.write("x" * 200_001 + "\n")
        output.write("y" * 200 + "\n")
        assert [reader.readline() for _ in range(2)] == ["1 lost\n", "y" * 200 + "\n"]
        assert output.drain(HANG)


def test_an_encoding_without_a_character_gets_its_escape(tmp_path: Path) -> None:
    with open(tmp_path / "log", "w", encoding="ascii") as stream:
        output_for(stream).write("Küche\n")
    assert (tmp_path / "log").read_text() == "K\\xfcche\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "UTF8"])
def test_a_line_of_json_is_json_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    with open(tmp_path / "log", "w", encoding=encoding) as stream:
        configure_logs(LogFormat.JSON, stream=stream)
        log.info("said", text="Küche \U0001f600 \x1b \udc80")
    written = (tmp_path / "log").read_text(encoding=encoding)
    assert json.loads(written)["text"] == "Küche \U0001f600 \x1b \udc80"
    assert ("Küche" in written) is encoding.lower().startswith("utf")


def test_threads_that_write_at_once_do_not_mix_their_lines() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        output = LogOutput(stream.fileno())

        def write(letter: str) -> None:
            for _ in range(300):
                output.write(letter * 200 + "\n")

        threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
        for thread in threads:
            thread.start()
        lines = [reader.readline() for _ in range(1200)]
        for thread in threads:
            thread.join()
        assert all(len(set(line)) == 2 and len(line) == 201 for line in lines)


def test_a_stream_has_one_output_however_often_the_log_is_configured(full: TextIO) -> None:
    configure_logs(LogFormat.PRETTY, stream=full)
    log.info("lost")
    configure_logs(LogFormat.JSON, stream=full)
    output = output_for(full)
    assert isinstance(output, LogOutput)
    assert output.lost == 1


def test_a_thread_that_cannot_be_started_loses_lines_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        output = LogOutput(stream.fileno())
        output.tell_loss = lambda count: f"{count} lost\n"
        large = "x" * 200_000 + "\n"  # more than the pipe holds: it has to wait
        with monkeypatch.context() as no_threads:
            no_threads.setattr(threading.Thread, "start", refuse)
            output.write(large)
            output.write(large)
        assert (output.lost, output.waiting) == (2, 0)
        output.write(large)
        assert [reader.readline() for _ in range(2)] == ["2 lost\n", large]
        assert output.drain(HANG)
        assert output.lost == 0


def fail(_: int) -> str:
    raise ZeroDivisionError


def test_a_loss_that_cannot_be_told_keeps_no_line_from_being_written(full: TextIO, tmp_path: Path) -> None:
    output = LogOutput(full.fileno())
    output.tell_loss = fail
    output.write("lost\n")
    make_room(full, tmp_path / "log")
    output.write("written\n")
    assert (tmp_path / "log").read_text() == "written\n"
    assert output.lost == 1
    output.tell_loss = lambda count: f"{count} lost\n"
    output.write("told\n")
    assert (tmp_path / "log").read_text() == "written\n1 lost\ntold\n"


def test_a_loss_that_cannot_be_told_stops_no_line_that_waits() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        output = LogOutput(stream.fileno())
        output.tell_loss, output.lost = fail, 1
        lines = ["x" * 200_000 + "\n", "the next\n"]
        for line in lines:
            output.write(line)
        assert [reader.readline() for _ in lines] == lines
        assert output.drain(HANG)


@pytest.mark.parametrize("size", [1, 200_000])
def test_a_reader_whose_leaving_cannot_be_told_loses_lines_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(log_output, "_reader", log_output._Reader())
    when_reader_leaves(lambda: fail(0))
    read_end, write_end = os.pipe()
    os.close(read_end)
    output = LogOutput(write_end)
    output.tell_loss = lambda count: f"{count} lost\n"
    for _ in range(2):
        output.write("x" * size + "\n")
    assert output.drain(HANG)
    assert output.lost == 2
    os.close(write_end)
