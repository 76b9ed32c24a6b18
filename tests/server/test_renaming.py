"""A device gets another name: it keeps its token and its settings, and is not touched."""

import errno
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trio

from tars.errors import UserError
from tars.server import pairing, visitors
from tars.server.authorisation import Gatekeeper
from tars.server.device_settings import SettingsFile
from tars.server.pairing import PairedDevices, pair_device, read_pairings, rename_device, unpair_device
from tars.server.renaming import rename
from tars.server.settings import ServerSettings
from tars.server.visitors import VisitorsBook, book_beside, read_book, write_book
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def server(tmp_path: Path) -> ServerSettings:
    return ServerSettings(tokens_file=tmp_path / "paired.json", state_file=tmp_path / "devices.json")


@pytest.fixture
def token(server: ServerSettings) -> str:
    return pair_device(server.tokens_file, "kitchen")[0]


def keeper(server: ServerSettings, token: str | None = None) -> Gatekeeper:
    book = VisitorsBook(book_beside(server.tokens_file), lambda: NOON)
    return Gatekeeper(token, PairedDevices(server.tokens_file), book=book)


def settings_of(server: ServerSettings) -> dict[str, dict[str, int]]:
    return SettingsFile(server.state_file).load()


def test_without_a_server_every_file_knows_the_new_name_and_no_other(server: ServerSettings, token: str) -> None:
    before = read_pairings(server.tokens_file)["kitchen"]
    SettingsFile(server.state_file).save(
        {"kitchen": {"humor": 5}, "hall": {"volume": 20}, "parlour": {"humor": 1}}
    )
    write_book(book_beside(server.tokens_file), {"kitchen": NOON})
    rename(server, "kitchen", "parlour")
    (name, after), *others = read_pairings(server.tokens_file).items()
    assert not others
    assert name == "parlour"
    assert (after.digest, after.since, after.former) == (before.digest, before.since, ("kitchen",))
    assert settings_of(server) == {"parlour": {"humor": 5}, "hall": {"volume": 20}}
    assert read_book(book_beside(server.tokens_file)) == {"parlour": NOON}


def test_settings_that_a_former_device_of_that_name_had_are_not_the_renamed_ones(
    server: ServerSettings, token: str
) -> None:
    SettingsFile(server.state_file).save({"parlour": {"humor": 1}})
    rename(server, "kitchen", "parlour")
    assert settings_of(server) == {}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("kitchen", "hall", "'hall' is paired already"),
        ("kitchen", "kitchen", "'kitchen' is paired already"),
        ("kitchen", "the hall", "device id 'the hall' will not do"),
        ("nobody", "parlour", "no device 'nobody' is paired"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(
    server: ServerSettings, token: str, old: str, new: str, words: str
) -> None:
    pair_device(server.tokens_file, "hall")
    SettingsFile(server.state_file).save({"kitchen": {"humor": 5}, "hall": {"humor": 6}})
    files = [server.tokens_file, server.state_file]
    before = [file.read_bytes() for file in files]
    with pytest.raises(UserError, match=words):
        rename(server, old, new)
    assert [file.read_bytes() for file in files] == before


def test_settings_that_cannot_be_read_stop_it_before_anything_has_changed(
    server: ServerSettings, token: str
) -> None:
    server.state_file.write_text("{")
    with pytest.raises(UserError, match=r"devices\.json"):
        rename(server, "kitchen", "parlour")
    assert list(read_pairings(server.tokens_file)) == ["kitchen"]
    assert server.state_file.read_text() == "{"


def test_a_power_cut_on_the_way_parts_no_device_from_its_settings(
    server: ServerSettings, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    SettingsFile(server.state_file).save({"kitchen": {"humor": 5}})

    def cut(path: Path, content: str) -> None:
        raise OSError(errno.EIO, "the power is cut")

    monkeypatch.setattr(pairing, "replace_file", cut)
    with pytest.raises(UserError, match="the power is cut"):
        rename(server, "kitchen", "parlour")
    assert list(read_pairings(server.tokens_file)) == ["kitchen"]
    assert settings_of(server) == {"kitchen": {"humor": 5}, "parlour": {"humor": 5}}


def test_a_book_that_cannot_be_written_is_not_worth_an_error(
    server: ServerSettings, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, content: str, *, durable: bool) -> None:
        raise OSError(errno.ENOSPC, "the disk is full")

    write_book(book_beside(server.tokens_file), {"kitchen": NOON})
    monkeypatch.setattr(visitors, "replace_file", fail)
    rename(server, "kitchen", "parlour")
    assert list(read_pairings(server.tokens_file)) == ["parlour"]


def test_back_and_forth_leaves_no_former_name_that_is_the_present_one(server: ServerSettings, token: str) -> None:
    for old, new in (("kitchen", "parlour"), ("parlour", "hall"), ("hall", "kitchen"), ("kitchen", "hall")):
        rename_device(server.tokens_file, old, new)
    assert read_pairings(server.tokens_file)["hall"].former == ("parlour", "kitchen")


async def comes_in(house: House, name: str, token: str) -> str | None:
    """Under which name the server knows it; None where it is refused."""
    device = await house.dial(token=token)
    await device.send(type="hello", protocol=1, device_id=name)
    with trio.move_on_after(1):
        await device.lost.wait()
    welcomes = device.all("welcome")
    return welcomes[0]["device_id"] if welcomes else None


def test_a_renamed_device_comes_in_by_the_names_it_had_and_a_new_one_may_have_them(
    server: ServerSettings, token: str
) -> None:
    rename(server, "kitchen", "parlour")
    rename(server, "parlour", "hall")
    another = pair_device(server.tokens_file, "kitchen")[0]

    async def story() -> None:
        async with open_house(gatekeeper=keeper(server)) as house:
            for name in ("kitchen", "parlour", "hall"):
                assert await comes_in(house, name, token) == "hall"
            assert await comes_in(house, "cellar", token) is None
            assert await comes_in(house, "kitchen", another) == "kitchen"
            assert await comes_in(house, "hall", another) is None
            assert await comes_in(house, "parlour", another) is None
            older = await house.dial(original=True, token=token)
            await trio.sleep(1)
            assert not older.lost.is_set()
            assert {device.device_id for device in house.devices} == {"hall", "kitchen"}
            unpair_device(server.tokens_file, "hall")
            await older.lost.wait()

    run_virtual(story)


def test_a_running_server_goes_on_under_the_new_name_in_the_middle_of_a_conversation(
    server: ServerSettings, token: str
) -> None:
    async def story() -> None:
        file = SettingsFile(server.state_file)
        async with open_house(gatekeeper=keeper(server), file=file) as house:
            device = await house.dial(token=token)
            await device.hello("kitchen")
            house.devices["kitchen"].own_settings["humor"] = 5
            await device.hotword()
            rename(server, "kitchen", "parlour")
            await trio.sleep(3)
            assert not device.lost.is_set()
            house.providers.recogniser.ears.hear("hello")
            await device.played()
            await trio.sleep(200)
            (known,) = house.devices
            assert known.device_id == "parlour"
            assert [line["former"] for line in house.events("device_renamed")] == ["kitchen"]
            assert set(read_book(book_beside(server.tokens_file))) == {"parlour"}
            await device.connection.close()
            await trio.sleep(3700)
            assert [line["device_id"] for line in house.events("device_away")] == ["parlour"]
            assert await comes_in(house, "kitchen", token) == "parlour"
            assert known.counters.connections == 2
        assert settings_of(server) == {"parlour": {"humor": 5}}

    run_virtual(story)
    assert json.loads(server.state_file.read_text())["devices"] == {"parlour": {"humor": 5}}


def test_a_device_that_is_away_is_renamed_with_its_absence_and_its_settings(
    server: ServerSettings, token: str
) -> None:
    SettingsFile(server.state_file).save({"kitchen": {"humor": 5}})
    hall = pair_device(server.tokens_file, "hall")[0]

    async def story() -> None:
        file = SettingsFile(server.state_file)
        async with open_house(gatekeeper=keeper(server), file=file) as house:
            device = await house.dial(token=token)
            await device.hello("kitchen")
            await device.connection.close()
            await trio.sleep(1000)
            rename(server, "kitchen", "parlour")
            await trio.sleep(3000)
            assert [line["device_id"] for line in house.events("device_away")] == ["parlour"]
            await (await house.dial(token=hall)).hello("hall")
            await trio.sleep(3)
            assert set(read_book(book_beside(server.tokens_file))) == {"parlour", "hall"}
            assert await comes_in(house, "kitchen", token) == "parlour"
            assert house.devices["parlour"].settings["humor"] == 5

    run_virtual(story)
    assert settings_of(server) == {"parlour": {"humor": 5}}


def test_two_devices_can_swap_their_names(server: ServerSettings, token: str) -> None:
    hall = pair_device(server.tokens_file, "hall")[0]

    async def story() -> None:
        async with open_house(gatekeeper=keeper(server)) as house:
            devices = [await house.dial(token=each) for each in (token, hall)]
            for device, name in zip(devices, ("kitchen", "hall"), strict=True):
                await device.hello(name)
            kitchen = house.devices["kitchen"]
            for old, new in (("kitchen", "x"), ("hall", "kitchen"), ("x", "hall")):
                rename_device(server.tokens_file, old, new)
            await trio.sleep(3)
            assert not any(device.lost.is_set() for device in devices)
            assert house.devices["hall"] is kitchen
            assert {device.device_id for device in house.devices} == {"hall", "kitchen"}

    run_virtual(story)


def test_who_has_that_name_by_the_token_of_all_devices_gives_way(server: ServerSettings, token: str) -> None:
    async def story() -> None:
        async with open_house(gatekeeper=keeper(server, "shared")) as house:
            device, other = await house.dial(token=token), await house.dial(token="shared")
            await device.hello("kitchen")
            await other.hello("parlour")
            rename(server, "kitchen", "parlour")
            await other.lost.wait()
            assert other.code == 4409
            assert not device.lost.is_set()
            (known,) = house.devices
            assert (known.device_id, known.link is not None) == ("parlour", True)
            await trio.sleep(4000)
            assert not house.events("device_away")

    run_virtual(story)
