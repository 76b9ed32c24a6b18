"""Both programs where nothing can be written, and where the terminal goes away."""

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.end_to_end.programs import environment
from tests.support.limits import HANG
from tests.support.service_manager import service_manager

pytestmark = pytest.mark.real

CLOSED = 'exec "$@" <&- >&-'
PROGRAMS = {
    "tars-server": ["--port", "0", "--speech.processes", "1"],
    "tars-pi": ["--speaker", "null", "--microphone", "wav:silence.wav"],
}


@contextmanager
def running(
    name: str, folder: Path, shell: str, address: str, *arguments: str, **streams: int | IO[bytes]
) -> Iterator["subprocess.Popen[bytes]"]:
    """The program, started by a `shell` line in which "$@" is its command line."""
    module = "server" if name == "tars-server" else "pi"
    command = [sys.executable, "-c", f"from tars.{module}.start import cli; cli()", *PROGRAMS[name], *arguments]
    env = environment(folder) | {"TARS_SERVER": "ws://127.0.0.1:9/"}
    env |= {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "400000"}
    with subprocess.Popen(["sh", "-c", shell, "sh", *command], cwd=folder, env=env, **streams) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def silence(folder: Path) -> None:
    from tars.audio.formats import MICROPHONE
    from tars.audio.wav import WavWriter

    wav = WavWriter(str(folder / "silence.wav"), MICROPHONE)
    wav.write(bytes(MICROPHONE.bytes_per_second))
    wav.close()


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("shell", "log_format"), [('exec "$@" >/dev/full 2>&-', "json"), (f"{CLOSED} 2>/dev/full", "pretty")]
)
def test_a_program_that_can_write_nothing_runs_works_and_stops_as_ever(
    name: str, shell: str, log_format: str, tmp_path: Path
) -> None:
    silence(tmp_path)
    with (
        service_manager(tmp_path) as manager,
        running(name, tmp_path, shell, manager.address, "--log-format", log_format, "--log-level", "debug") as run,
    ):
        manager.until("READY=1")
        if shell.startswith(CLOSED) and name == "tars-server":
            manager.until("STATUS=ok")  # both kinds of worker are ready
        run.send_signal(signal.SIGUSR2)  # means nothing, and does nothing but a line
        run.send_signal(signal.SIGHUP)
        manager.until("STOPPING=1")
        assert run.wait(HANG) == 0


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_under_nohup_outlives_its_terminal(name: str, tmp_path: Path) -> None:
    silence(tmp_path)
    master, slave = pty.openpty()
    with service_manager(tmp_path) as manager:
        shell = "trap '' HUP; exec \"$@\""
        with running(name, tmp_path, shell, manager.address, stdin=slave, stdout=slave, stderr=slave) as run:
            os.close(slave)
            manager.until("READY=1")
            os.close(master)  # the terminal is gone: nothing can be read or written any more
            run.send_signal(signal.SIGHUP)
            manager.drain()
            for _ in range(3):  # it lives, and has had the time to read its signals
                manager.until("WATCHDOG=1")
            assert "STOPPING=1" not in [line for _, line in manager.said]
            run.send_signal(signal.SIGTERM)
            manager.until("STOPPING=1")
            assert run.wait(HANG) == 0


def test_a_terminal_that_is_stopped_stops_neither_the_link_nor_the_end(tmp_path: Path) -> None:
    silence(tmp_path)
    master, slave = pty.openpty()
    os.write(master, b"\x13")  # Ctrl-S
    with socket.create_server(("127.0.0.1", 0)) as server, service_manager(tmp_path) as manager:
        dialled = ["--server", f"ws://127.0.0.1:{server.getsockname()[1]}/", "--log-level", "debug"]
        streams = {"stdin": subprocess.DEVNULL, "stdout": slave, "stderr": slave}
        with running("tars-pi", tmp_path, 'exec "$@"', manager.address, *dialled, **streams) as run:
            os.close(slave)
            manager.until("READY=1")
            server.settimeout(HANG)
            for _ in range(2):
                server.accept()[0].close()
            run.send_signal(signal.SIGTERM)
            began = time.monotonic()
            manager.until("STOPPING=1")
            assert run.wait(HANG) == 0
            assert time.monotonic() - began < HANG / 2
        os.close(master)


SPEAKS = """
import signal, sys
from pathlib import Path
import trio
from structlog import get_logger
from tars.cli import make_app, run_app
from tars.logs import LogFormat, configure_logs
from tars.signals import watch_signals

app = make_app("speaks", "Logs until it is told to stop.")

@app.default
async def speak() -> None:
    configure_logs(LogFormat.JSON)
    log, stop = get_logger(), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(watch_signals, lambda number: (log.info("told", number=int(number)), stop.set()))
        log.info("ready")
        while not stop.is_set():
            if "--chatter" in sys.argv:
                log.info("word")
            with trio.move_on_after(0.01):
                await stop.wait()
        sys.stderr.write("goodbye")
        nursery.cancel_scope.cancel()

run_app(app, arguments=[])
"""


def speaking(*arguments: str, ignoring: Sequence[signal.Signals] = ()) -> "subprocess.Popen[str]":
    trap = "".join(f"trap '' {number.name.removeprefix('SIG')};" for number in ignoring)
    return subprocess.Popen(
        ["sh", "-c", f'{trap} exec "$@"', "sh", sys.executable, "-c", SPEAKS, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_hangup_is_a_request_to_stop() -> None:
    with speaking() as run:
        assert run.stdout is not None
        assert "ready" in run.stdout.readline()
        run.send_signal(signal.SIGUSR1)
        run.send_signal(signal.SIGUSR2)
        assert {"SIGUSR1" in run.stdout.readline(), "SIGUSR2" in run.stdout.readline()} == {True}
        run.send_signal(signal.SIGHUP)
        assert '"number": 1' in run.stdout.readline()
        assert run.wait(HANG) == 0


def test_a_hangup_that_is_to_be_ignored_is() -> None:
    with speaking(ignoring=[signal.SIGHUP]) as run:
        assert run.stdout is not None
        assert "ready" in run.stdout.readline()
        run.send_signal(signal.SIGHUP)
        run.send_signal(signal.SIGTERM)
        assert '"number": 15' in run.stdout.readline()
        assert run.wait(HANG) == 0


def test_a_program_whose_logs_reader_leaves_says_goodbye_and_ends_with_the_status_of_a_broken_pipe() -> None:
    with speaking("--chatter") as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert "ready" in run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == "goodbye"
        assert run.wait(HANG) == 141
