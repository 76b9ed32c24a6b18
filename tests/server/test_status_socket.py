"""`tars-server devices` asks the running server, by a socket of its own."""

import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
import trio

from tars.errors import UserError
from tars.server import status_socket
from tars.server.devices import DeviceRegistry
from tars.server.roll import Entry
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


async def test_a_second_server_takes_nothing_from_the_first(tokens_file: Path) -> None:
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


async def test_fields_of_a_later_version_do_no_harm() -> None:
    entry = Entry("hall", True, datetime.now(UTC), "here:1", 0.01, "tars-pi/9.9")
    assert Entry.from_json({**entry.to_json(), "mood": "good"}) == entry
