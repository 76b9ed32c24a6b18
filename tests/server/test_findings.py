"""What keeps conversations from succeeding is found, part by part; and found no more when it is over."""

import errno
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from tars.server import state_folders
from tars.server.authorisation import Gatekeeper
from tars.server.certificate_state import CertificateState
from tars.server.limits import LimitSettings
from tars.server.metrics import HOPELESS
from tars.server.pairing import PairedDevices, pair_device, unpair_device
from tars.server.state_folders import LOOK, StateFolders
from tests.server.house import open_house
from tests.support.faulty_network import FaultyNetwork
from tests.support.virtual import hang, run_virtual

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "words", "warning"),
    [
        (CertificateState(), None, False),
        (CertificateState(NOW - DAY, NOW + 15 * DAY), None, False),
        (CertificateState(NOW - DAY, NOW + 13 * DAY), "expires on 2026-03-14", True),
        (CertificateState(NOW - DAY, NOW), "expired on 2026-03-01 12:00", False),
        (CertificateState(NOW + DAY, NOW + 90 * DAY), "not valid before 2026-03-02", False),
        (CertificateState(NOW - DAY, NOW + 90 * DAY, "no such file"), "still served: no such file", True),
    ],
)
def test_a_certificate_that_no_device_believes_is_a_problem_and_its_end_in_sight_a_warning(
    state: CertificateState, words: str | None, warning: bool
) -> None:
    found = list(state.findings(NOW))
    assert [finding.minor for finding in found] == ([] if words is None else [warning])
    assert words is None or words in found[0].text


def test_a_server_that_is_full_says_so_and_one_address_that_is_full_is_a_warning() -> None:
    async def story() -> None:
        limits = LimitSettings(connections=2, connections_per_address=1, loopback=True)
        async with open_house(limits=limits) as house:
            assert house.problems() == house.problems(warnings=True) == []
            first = await house.dial()
            await first.hello("first")
            assert house.problems() == []
            second = await house.dial()
            await second.hello("second")
            (problem,) = house.problems()
            assert "2 are" in problem
            assert "[limits] connections" in problem
            await second.connection.close()
            await trio.sleep(1)
            assert house.problems() == []

    run_virtual(story)


def test_a_shortage_of_descriptors_is_a_problem_for_as_long_as_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    accept, left = FaultyNetwork.accept, 20

    async def fail(network: FaultyNetwork) -> trio.abc.Stream:
        nonlocal left
        if left:
            left -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return await accept(network)

    async def story() -> None:
        async with open_house() as house:
            monkeypatch.setattr(FaultyNetwork, "accept", fail)
            await house.network.open_stream()  # ends the accept that was under way
            await trio.sleep(1.5)
            (problem,) = house.problems()
            assert "file descriptor" in problem
            await trio.sleep(6)  # no client came: the shortage is not known to last
            assert house.problems() == []

    run_virtual(story)


def test_a_server_that_nobody_can_enter_says_so(tmp_path: Path) -> None:
    path = tmp_path / "paired.json"
    pair_device(path, "kitchen")

    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(None, PairedDevices(path))) as house:
            assert house.problems() == []
            unpair_device(path, "kitchen")
            (problem,) = house.problems()
            assert "none is paired" in problem
            pair_device(path, "kitchen")
            assert house.problems() == []
        async with open_house(gatekeeper=Gatekeeper("shared", PairedDevices(tmp_path / "none"))) as house:
            assert house.problems() == []

    run_virtual(story)


def test_paired_devices_that_cannot_be_read_any_more_are_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "paired.json"
    pair_device(path, "kitchen")
    whole = path.read_bytes()

    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(None, PairedDevices(path))) as house:
            path.write_text("{")
            assert house.problems() == []
            (warning,) = house.problems(warnings=True)
            assert "paired.json" in warning
            path.write_bytes(whole)
            assert house.problems(warnings=True) == []

    run_virtual(story)


@pytest.mark.parametrize(("part", "code"), [("brain", "brain_failed"), ("voice", "tts_failed")])
def test_answers_that_fail_one_after_the_other_are_a_problem_until_one_succeeds(part: str, code: str) -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello()
            provider = getattr(house.providers, part)
            for times in range(1, HOPELESS + 1):
                assert house.problems() == []
                provider.fails = True
                await device.hotword(f"s{times}")
                house.providers.recogniser.ears.hear("hello")
                await device.next("error")
                assert house.devices.tally.failed_in_a_row[code] == times  # type: ignore[index]
            (problem,) = house.problems()
            assert problem.startswith(f"{code} {HOPELESS} times in a row")
            provider.fails = False
            await device.hotword("s0")
            house.providers.recogniser.ears.hear("hello")
            await device.played()
            await trio.sleep(0.1)
            assert house.problems() == []

    run_virtual(story)


def test_ears_that_die_in_every_session_are_a_problem_until_they_hear_something() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello()
            for number in range(HOPELESS):
                assert house.problems() == []
                await device.hotword(f"s{number}")
                await trio.sleep(0.1)
                house.providers.recogniser.ears.dead.set()
                await device.next("error")
            (problem,) = house.problems()
            assert problem.startswith("stt_failed")
            await device.hotword("again")
            await trio.sleep(1)
            house.providers.recogniser.ears.hear("hello")
            await device.played()
            assert house.problems() == []

    run_virtual(story)


def test_as_many_speakers_as_can_be_heard_are_a_problem() -> None:
    async def story() -> None:
        async with open_house() as house:
            house.providers.recogniser.busy = True
            (problem,) = house.problems()
            assert "refused" in problem

    run_virtual(story)


def no_access(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)


def full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = list(os.statvfs(folder))
    disk[4] = 0  # f_bavail
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result(disk))


def a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.rmdir()
    folder.write_text("")


@pytest.mark.parametrize(
    ("harm", "words"), [(no_access, "may not write"), (full, "is full"), (a_file, "is no folder")]
)
def test_a_state_folder_that_cannot_be_written_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path, pytest.MonkeyPatch], None], words: str
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    files = [folder / "paired.json", folder / "devices.json", tmp_path / "to" / "be" / "made.json"]

    async def story() -> None:
        everywhere, there = StateFolders(files), StateFolders(files[:2])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(everywhere.watch)
            nursery.start_soon(there.watch)
            await trio.sleep(1)
            assert not [*everywhere.findings(), *there.findings()]
            harm(folder, monkeypatch)
            await trio.sleep(LOOK)
            found = list(there.findings())
            assert [finding.minor for finding in found] == [True]
            assert words in found[0].text
            nursery.cancel_scope.cancel()

    run_virtual(story, threads_in_no_time=True)


def test_a_state_folder_whose_disk_hangs_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        folders = StateFolders([tmp_path / "paired.json"])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(folders.watch)
            await trio.sleep(1)
            monkeypatch.setattr(state_folders, "why_not_writable", lambda file: hang())
            await trio.sleep(60)
            assert ["gives no answer" in finding.text for finding in folders.findings()] == [True]
            nursery.cancel_scope.cancel()

    run_virtual(story, threads_in_no_time=True)
