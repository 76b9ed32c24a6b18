"""`tars-server devices` asks the running server, by a socket of its own."""

import contextlib
import io
import socket
import stat
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
import structlog
import trio
import trio.testing

from tars.errors import UserError
from tars.server import status_socket
from tars.server.device_link import DeviceLink
from tars.server.devices import DeviceRegistry
from tars.server.roll import Entry, entries
from tars.server.status_socket import ask_devices, serve_status, socket_beside
from tests.server.house import open_house
from tests.support.limits import HANG

pytestmark = pytest.mark.trio


@pytest.fixture
def tokens_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paired.json"


@asynccontextmanager
async def serving(path: Path, devices: DeviceRegistry) -> AsyncIterator[None]:
    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve_status, path, devices)
            yield
            nursery.cancel_scope.cancel()


async def ask(tokens_file: Path) -> dict[str, Entry] | None:
    known = await trio.to_thread.run_sync(ask_devices, tokens_file)
    return None if known is None else {entry.device_id: entry for entry in known}


async def test_it_tells_who_is_here_and_who_was_whatever_let_them_in(tokens_file: Path) -> None:
    async with open_house(token="shared") as house, serving(socket_beside(tokens_file, 7456), house.devices):
        here, gone = await house.dial(token="shared"), await house.dial(token="shared")
        await here.hello("hall", client="tars-pi/9.9")
        await gone.hello("kitchen")
        older = await house.dial(original=True, token="shared")
        await gone.connection.close()
        while house.devices["kitchen"].link is not None or len(list(house.devices)) < 3:  # noqa: ASYNC110 - what the server has seen is no event
            await trio.sleep(0.01)
        known = await ask(tokens_file)
        assert known is not None
        assert {name: entry.online for name, entry in known.items()} == {
            "hall": True, "kitchen": False, "memory": True,
        }  # fmt: skip
        hall = known["hall"]
        assert (hall.client, hall.address, hall.legacy) == ("tars-pi/9.9", here_as_seen(house.devices), False)
        assert known["memory"].legacy
        for entry in known.values():
            assert entry.since is not None
            assert timedelta(0) <= datetime.now(UTC) - entry.since < timedelta(minutes=1)
        assert not older.lost.is_set()


def here_as_seen(devices: DeviceRegistry) -> str:
    link = devices["hall"].link
    assert link is not None
    return link.connection.peer


async def test_only_its_owner_reaches_it_and_it_goes_with_the_server(tokens_file: Path) -> None:
    path = socket_beside(tokens_file, 7456)
    assert await ask(tokens_file) is None
    async with serving(path, DeviceRegistry()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert await ask(tokens_file) == {}
    assert not path.exists()
    assert await ask(tokens_file) is None


async def test_two_servers_with_one_file_are_both_asked(tokens_file: Path) -> None:
    one, two = DeviceRegistry(), DeviceRegistry()
    one["hall"], two["kitchen"]
    async with serving(socket_beside(tokens_file, 1), one), serving(socket_beside(tokens_file, 2), two):
        known = await ask(tokens_file)
        assert known is not None
        assert set(known) == {"hall", "kitchen"}


async def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    tokens_file = tmp_path / ("deep" * 30) / "paired.json"
    async with serving(socket_beside(tokens_file, 7456), DeviceRegistry()):
        assert await ask(tokens_file) == {}


def leave_over(path: Path) -> None:
    """As a server does that is killed."""
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


async def test_what_a_killed_server_left_is_no_server_and_is_replaced(tokens_file: Path) -> None:
    path = socket_beside(tokens_file, 7456)
    leave_over(path)
    assert await ask(tokens_file) is None
    async with serving(path, DeviceRegistry()):
        assert await ask(tokens_file) == {}


async def test_a_file_of_that_name_is_somebody_elses(tokens_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_socket, "PATIENCE", 0.0)
    path = socket_beside(tokens_file, 7456)
    path.parent.mkdir()
    path.write_text("dear diary")
    with structlog.testing.capture_logs() as logs:
        await serve_status(path, DeviceRegistry())
    assert [line["event"] for line in logs] == ["status_socket_failed"]
    assert path.read_text() == "dear diary"
    assert await ask(tokens_file) is None


@pytest.mark.parametrize("name", ["pair[ed].json", "pa*.json", "paired.json"])
async def test_exactly_the_servers_with_that_file_are_asked(tmp_path: Path, name: str) -> None:
    one, other = DeviceRegistry(), DeviceRegistry()
    one["hall"], other["kitchen"]
    paths = socket_beside(tmp_path / name, 7456), socket_beside(tmp_path / "paired-2.json", 7456)
    async with serving(paths[0], one), serving(paths[1], other):
        known = await ask(tmp_path / name)
        assert known is not None
        assert set(known) == {"hall"}


async def test_a_server_that_leaves_makes_room_for_the_next(
    tokens_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_socket, "RETRY", 0.01)
    path = socket_beside(tokens_file, 7456)
    old, new = DeviceRegistry(), DeviceRegistry()
    old["hall"], new["kitchen"]
    with structlog.testing.capture_logs() as logs, trio.fail_after(HANG):
        async with trio.open_nursery() as nursery:
            async with serving(path, old):
                nursery.start_soon(serve_status, path, new)
                assert set(await ask(tokens_file) or {}) == {"hall"}
            while (known := await ask(tokens_file)) is None:  # noqa: ASYNC110 - another process would see no event
                await trio.sleep(0.01)
            assert set(known) == {"kitchen"}
            nursery.cancel_scope.cancel()
    assert not logs
    assert not path.exists()


async def test_a_server_that_stands_still_is_not_waited_for(
    tokens_file: Path, autojump_clock: trio.testing.MockClock
) -> None:
    path = socket_beside(tokens_file, 7456)
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as clients:
        listener.bind(str(path))
        listener.listen(0)
        clients.enter_context(socket.socket(socket.AF_UNIX)).connect(str(path))  # now it has no more room
        began = time.monotonic()
        with structlog.testing.capture_logs() as logs:
            await serve_status(path, DeviceRegistry())
        assert time.monotonic() - began < status_socket.ANSWER_LIMIT
        assert status_socket.PATIENCE <= trio.current_time() <= 2 * status_socket.PATIENCE
    assert [line["event"] for line in logs] == ["status_socket_failed"]


async def test_a_server_leaves_the_socket_of_its_successor_alone(tokens_file: Path) -> None:
    path = socket_beside(tokens_file, 7456)
    async with serving(path, DeviceRegistry()):
        path.unlink()
        with socket.socket(socket.AF_UNIX) as successor:
            successor.bind(str(path))
    assert path.exists()


async def test_a_second_server_takes_nothing_from_the_first(
    tokens_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_socket, "PATIENCE", 0.0)
    path = socket_beside(tokens_file, 7456)
    async with serving(path, DeviceRegistry()):
        with structlog.testing.capture_logs() as logs:
            await serve_status(path, DeviceRegistry())
        assert [line["event"] for line in logs] == ["status_socket_failed"]
        assert await ask(tokens_file) == {}


async def test_where_no_socket_can_be_the_server_goes_on_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with structlog.testing.capture_logs() as logs:
        await serve_status(socket_beside(tmp_path / "file" / "paired.json", 7456), DeviceRegistry())
    assert [line["event"] for line in logs] == ["status_socket_failed"]


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", b"", b"nonsense\r\n"])
async def test_a_server_that_stands_still_or_talks_nonsense_is_one_sentence(
    tokens_file: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes | None
) -> None:
    monkeypatch.setattr(status_socket, "ANSWER_LIMIT", 0.2)
    path = socket_beside(tokens_file, 7456)
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        async def reply() -> None:
            stream, _ = await trio.to_thread.run_sync(listener.accept)
            with stream:
                if answer is not None:
                    await trio.to_thread.run_sync(stream.recv, 1000)
                    stream.sendall(answer)

        async with trio.open_nursery() as nursery:
            if answer is not None:
                nursery.start_soon(reply)
            with pytest.raises(UserError, match="does not answer"):
                await ask(tokens_file)


async def test_a_link_is_as_old_as_it_is_whatever_the_clocks_did_meanwhile() -> None:
    header = b"TZif2" + bytes(39)
    tzif = header + b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"CET\0"
    zone = ZoneInfo.from_file(io.BytesIO(tzif + b"\nCET-1CEST,M3.5.0,M10.5.0/3\n"))
    before = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    now = before + timedelta(hours=1)  # in this hour the clocks were put forward
    assert now.astimezone(zone).hour - before.astimezone(zone).hour == 2
    devices = DeviceRegistry(now=lambda: now.astimezone(zone))
    connection = SimpleNamespace(peer="here:1", round_trip=None)
    link = SimpleNamespace(up_since=trio.current_time() - 3600.0, connection=connection, original=False)
    devices["hall"].link = cast("DeviceLink", link)
    (entry,) = entries(devices)
    assert entry.since is not None
    assert abs(entry.since.astimezone(UTC) - before) < timedelta(minutes=5)


async def test_fields_of_a_later_version_do_no_harm() -> None:
    entry = Entry("hall", True, datetime.now(UTC), "here:1", 0.01, "tars-pi/9.9")
    assert Entry.from_json({**entry.to_json(), "mood": "good"}) == entry
