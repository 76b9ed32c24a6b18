"""A device that is away for long is told once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trio

from tars.server import absences
from tars.server.absences import Absences
from tars.server.authorisation import Admission, Gatekeeper
from tars.server.pairing import PairedDevices, pair_device, unpair_device
from tars.server.visitors import VisitorsBook, book_beside
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def away(house: House) -> list[str]:
    return [entry["device_id"] for entry in house.events("device_away")]


def test_a_device_that_is_away_for_an_hour_is_told_once_and_again_only_after_it_has_been_back() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.connection.close()
            await trio.sleep(3500)
            assert away(house) == []
            await trio.sleep(200)
            assert away(house) == ["kitchen"]
            (line,) = house.events("device_away")
            assert line["log_level"] == "warning"
            assert datetime.now(UTC) - datetime.fromisoformat(line["since"]) < timedelta(minutes=10)
            await trio.sleep(20_000)
            assert away(house) == ["kitchen"]
            for absence in (3000, 3000, 3700):
                device = await house.dial()
                await device.hello("kitchen")
                house.network.wires[-1].cut()
                await trio.sleep(absence)
            assert away(house) == ["kitchen", "kitchen"]
            returns = await house.dial()
            await returns.hello("kitchen")
            await trio.sleep(10)
            await returns.connection.close()
            await trio.sleep(3000)
            await (await house.dial()).hello("kitchen")
            await trio.sleep(1000)
            assert away(house) == ["kitchen", "kitchen"]

    run_virtual(story)


def test_a_device_that_is_not_expected_any_more_is_not_missed(tmp_path: Path) -> None:
    path = tmp_path / "paired.json"
    tokens = {name: pair_device(path, name)[0] for name in ("kitchen", "bedroom", "hall")}

    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(None, PairedDevices(path))) as house:
            for name, token in tokens.items():
                device = await house.dial(token=token)
                await device.hello(name)
                await device.connection.close()
            unpair_device(path, "kitchen")
            pair_device(path, "hall")  # with a new token, and expected all the more
            await trio.sleep(4000)
            assert away(house) == ["bedroom", "hall"]

    run_virtual(story)


def write_book(tokens_file: Path, seen: dict[str, datetime]) -> None:
    lines = {name: when.isoformat() for name, when in seen.items()}
    book_beside(tokens_file).write_text(json.dumps(lines))


def test_a_paired_device_that_does_not_come_back_after_a_restart_is_missed_too(tmp_path: Path) -> None:
    path = tmp_path / "paired.json"
    token = pair_device(path, "kitchen")[0]
    pair_device(path, "never-here")

    async def story(comes: bool) -> list[str]:
        book = VisitorsBook(book_beside(path), lambda: NOON)
        async with open_house(gatekeeper=Gatekeeper(None, PairedDevices(path), book=book)) as house:
            if comes:
                device = await house.dial(token=token)
                await device.hello("kitchen")
            await trio.sleep(3700)
            assert [entry["since"] for entry in house.events("device_away")] == (
                [] if comes else [NOON.isoformat()]
            )
            return away(house)

    write_book(path, {"kitchen": NOON})
    assert run_virtual(story, False) == ["kitchen"]
    assert run_virtual(story, True) == []


def test_no_number_of_names_fills_the_memory() -> None:
    watch = Absences()
    for number in range(3 * absences.MOST):
        watch.leave(f"stranger-{number}", Admission(), NOON, float(number))
    told = list(watch.take_long(1e9))
    assert len(told) == absences.MOST
    assert told[-1].device_id == f"stranger-{3 * absences.MOST - 1}"
    assert not list(watch.take_long(1e9))
