"""`tars-server` as a process: its first line, its signals, its mistakes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import psutil
import pytest
import trio

from tars.link import LinkLost, open_connection
from tests.support.limits import HANG
from tests.support.real import need

pytestmark = pytest.mark.real

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: tars\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
"""Of an older device."""
COMMAND = [sys.executable, "-c", "from tars.server.program import cli; cli()"]


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    need(hasattr(signal, "SIGTERM"), "POSIX signals")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TARS_")}
    environment |= {
        "XDG_STATE_HOME": str(folder),
        "TARS_TTS_USE": "espeak",
        "XDG_CONFIG_HOME": str(folder),
        "TARS_WEB_PORT": "0",
        **variables,
    }
    command = [*COMMAND, "--port", "0", "--log-format", "json", "--speech.processes", "1", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as run:
        try:
            yield run
        finally:
            run.kill()


def first(stream: IO[str] | None, event: str) -> dict[str, Any]:
    assert stream is not None
    for line in stream:
        entry: dict[str, Any] = json.loads(line)
        if entry["event"] == event:
            return entry
    raise AssertionError(f"no {event}")


@pytest.mark.alone
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_listens_answers_and_says_goodbye_within_2_s(tmp_path: Path, number: signal.Signals) -> None:
    async def talk(url: str, server: subprocess.Popen[str]) -> int | None:
        with trio.fail_after(HANG):
            async with open_connection(url) as connection:
                await connection.send('{"type":"hello","protocol":1,"device_id":"kitchen"}')
                assert '"welcome"' in str(await connection.receive())
                server.send_signal(number)
                try:
                    while True:
                        await connection.receive()
                except LinkLost as lost:
                    return lost.code

    with running(tmp_path) as server:
        url = first(server.stdout, "listening")["url"]
        assert trio.run(talk, url, server) == 1001
        began = time.monotonic()
        assert server.wait(HANG) == 0
        assert time.monotonic() - began < 2


@pytest.mark.alone
def test_a_restart_is_over_within_5_s_whatever_devices_and_workers_do(tmp_path: Path) -> None:
    async def part(url: str, server: subprocess.Popen[str]) -> tuple[str, int | None]:
        said = ""
        with trio.fail_after(HANG):
            async with open_connection(url) as connection:
                await connection.send('{"type":"hello","protocol":1,"device_id":"kitchen"}')
                assert '"welcome"' in str(await connection.receive())
                for child in psutil.Process(server.pid).children():
                    child.suspend()  # as if in native code for ever
                server.terminate()
                try:
                    while True:
                        said += str(await connection.receive())
                except LinkLost as lost:
                    with pytest.raises(LinkLost, match="refused"):
                        async with open_connection(url):
                            pass
                    return said, lost.code

    with running(tmp_path) as server:
        address = urlsplit(url := first(server.stdout, "listening")["url"])
        first(server.stdout, "ready")
        where = (address.hostname or "", address.port or 0)
        with socket.create_connection(where) as half, socket.create_connection(where) as deaf:
            half.sendall(b"GET / HTTP/1.1\r\nHost:")
            deaf.sendall(UPGRADE)
            first(server.stdout, "device_connected")
            began = time.monotonic()
            said, code = trio.run(part, url, server)
            assert ('"restarting"' in said, '"retry_after_s"' in said, code) == (True, True, 1001)
            assert server.wait(HANG) == 0
            assert time.monotonic() - began < 5


@pytest.mark.alone
def test_a_second_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        url = urlsplit(first(server.stdout, "listening")["url"])
        with socket.create_connection((url.hostname or "", url.port or 0)) as silent:
            silent.sendall(UPGRADE)
            first(server.stdout, "device_connected")
            server.send_signal(signal.SIGINT)
            first(server.stdout, "device_disconnected")  # its goodbye is never answered
            began = time.monotonic()
            server.send_signal(signal.SIGINT)
            assert server.wait(HANG) == 130
            assert time.monotonic() - began < 0.6


def test_a_mistake_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    with running(tmp_path, "--host", "0.0.0.0") as server:
        out, err = server.communicate(timeout=HANG)
        assert server.returncode == 2
        assert err.count("\n") == 1
        assert "make-token" in err
        assert "Traceback" not in out + err


def test_every_line_on_standard_output_is_an_object(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    state = tmp_path / "file" / "devices.json"  # which nobody can write: it is told at the start
    with running(tmp_path, "--server.state-file", str(state)) as server:
        assert server.stdout is not None
        told: list[dict[str, Any]] = []
        while not told or told[-1]["event"] != "ready":
            told.append(json.loads(server.stdout.readline()))
        assert told[-1]["seconds"] > 0
        assert [each["path"] for each in told if each["event"] == "state_not_writable"] == [str(state)]
        server.terminate()
        out, err = server.communicate(timeout=HANG)
        assert all({"event", "time", "monotonic"} <= json.loads(line).keys() for line in out.splitlines())
        assert not err
