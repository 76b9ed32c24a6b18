"""Devices: what they keep, and what is kept of them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import structlog
import trio
import trio.testing

from tars.server.bad_messages import BadMessageBudget
from tars.server.brains.brain import Outcome
from tars.server.clock import DeviceClock
from tars.server.device_settings import SettingsFile
from tars.server.devices import DeviceRegistry
from tests.server.fakes import FakeProviders
from tests.server.house import open_house
from tests.support.virtual import run_virtual


def test_settings_are_remembered_per_device_across_restarts_of_the_server(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "state" / "devices.json")
    providers = FakeProviders()
    providers.voice.seconds_per_letter = 0.01
    providers.brain.outcomes["more humor"] = Outcome(settings={"humor": 100})

    async def teach() -> None:
        async with open_house(providers=providers, file=file) as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.hotword()
            await device.speak(0.4)
            house.providers.recogniser.ears.hear("more humor")
            await device.played()

    async def recall() -> None:
        async with open_house(file=file) as house:
            kitchen, study = await house.dial(), await house.dial()
            assert (await kitchen.hello("kitchen"))["settings"] == {"humor": 100, "honesty": 90, "volume": 100}
            assert (await study.hello("study"))["settings"]["humor"] == 75

    trio.run(teach)  # a thread writes the file: no virtual time here
    trio.run(recall)
    assert list(file.path.parent.iterdir()) == [file.path]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"devices": 5}', '{"devices": {"kitchen": {"humor": "very"}}}']
)
def test_a_damaged_file_is_put_aside_and_reported(tmp_path: Path, content: str) -> None:
    file = SettingsFile(tmp_path / "devices.json")
    file.path.write_text(content)
    with structlog.testing.capture_logs() as log:
        assert file.load() == {}
    assert [entry["event"] for entry in log] == ["device_settings_damaged"]
    assert (tmp_path / "devices.damaged").read_text() == content


def test_a_file_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = SettingsFile(tmp_path / "file" / "devices.json")
    with structlog.testing.capture_logs() as log:
        file.save({"kitchen": {"humor": 5}})
    assert [entry["event"] for entry in log] == ["device_settings_not_saved"]


def test_settings_of_devices_that_did_not_connect_are_kept(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "devices.json")
    file.path.write_text(json.dumps({"devices": {"attic": {"humor": 1}}}))

    async def story() -> None:
        async with open_house(file=file) as house:
            house.devices["kitchen"].remember("", Outcome(settings={"volume": 5}))

    trio.run(story)
    assert file.load() == {"attic": {"humor": 1}, "kitchen": {"volume": 5}}


def test_what_is_set_in_the_last_moment_is_saved(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "devices.json")
    file.path.write_text(json.dumps({"devices": {"attic": {"humor": 1}}}))

    async def story() -> None:
        devices = DeviceRegistry(file)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(devices.keep)
            await trio.testing.wait_all_tasks_blocked()
            devices["attic"].remember("", Outcome(settings={"humor": 2}))
            nursery.cancel_scope.cancel()

    trio.run(story)
    assert file.load() == {"attic": {"humor": 2}}


class BusyFile(SettingsFile):
    """While it is saved for the first time, something happens."""

    def save(self, devices: Mapping[str, Mapping[str, int]]) -> None:
        if meanwhile := happenings.pop() if happenings else None:
            trio.from_thread.run_sync(meanwhile)
        super().save(devices)


happenings: list[Callable[[], None]] = []


def saved_meanwhile(path: Path, meanwhile: Callable[[DeviceRegistry], None]) -> dict[str, dict[str, int]]:
    """Set something, let `meanwhile` happen while that is being saved, and return what the file holds at last."""

    async def story() -> None:
        devices = DeviceRegistry(BusyFile(path), most=2)
        happenings.append(lambda: meanwhile(devices))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(devices.keep)
            devices["kitchen"].remember("", Outcome(settings={"humor": 5}))
            while happenings:  # noqa: ASYNC110 - a thread takes it
                await trio.sleep(0.001)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()

    trio.run(story)
    return SettingsFile(path).load()


def test_a_name_that_changes_while_settings_are_saved_is_kept(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "devices.json")
    file.save({"attic": {"humor": 1}})
    saved = saved_meanwhile(file.path, lambda devices: devices.rename({"kitchen": "parlour", "attic": "loft"}))
    assert saved == {"parlour": {"humor": 5}, "loft": {"humor": 1}}


def test_a_device_that_is_forgotten_while_settings_are_saved_keeps_its_own(tmp_path: Path) -> None:
    def crowd(devices: DeviceRegistry) -> None:
        for name in ("kitchen", "hall", "parlour"):  # one more than are kept
            devices[name].remember("", Outcome(settings={"humor": 6}))

    saved = saved_meanwhile(tmp_path / "devices.json", crowd)
    assert saved == {name: {"humor": 6} for name in ("kitchen", "hall", "parlour")}


def test_addresses_become_names() -> None:
    async def story() -> None:
        devices = DeviceRegistry()
        assert devices.name_after("192.168.1.20:51234") == "192.168.1.20"
        assert devices.name_after("[fe80::1%eth0]:51234") == "-fe80--1-eth0-"

    run_virtual(story)


def test_a_devices_clock_is_mapped_by_the_fastest_message() -> None:
    clock = DeviceClock()
    for device_time, delay in ((5.0, 0.3), (6.0, 0.021), (7.0, 0.1)):
        clock.observe(device_time, device_time + 100.0 + delay)
    assert round(clock.at_server(8.0, 0.04), 6) == 108.001


def test_the_budget_counts_within_its_window() -> None:
    budget = BadMessageBudget(2, window=10.0)
    assert budget.spend(0.0)
    assert budget.spend(9.0)
    assert not budget.spend(9.5)
    assert not budget.spend(10.5)
    assert budget.spend(20.0)
