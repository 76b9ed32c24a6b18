"""What systemd is told, and when it is not."""

import time
from pathlib import Path

import pytest
import trio

from tars.service_manager import ServiceManager
from tests.support.service_manager import service_manager

ADDRESS = "/run/notify"
FED = {"NOTIFY_SOCKET": ADDRESS, "WATCHDOG_USEC": "30000000"}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ServiceManager(None)),
        ({"WATCHDOG_USEC": "1000000"}, ServiceManager(None)),
        ({"NOTIFY_SOCKET": "vsock:2:1"}, ServiceManager(None)),
        ({"NOTIFY_SOCKET": ADDRESS}, ServiceManager(ADDRESS)),
        (FED, ServiceManager(ADDRESS, 30.0)),
        ({**FED, "WATCHDOG_PID": "7"}, ServiceManager(ADDRESS, 30.0)),
        ({**FED, "WATCHDOG_PID": "8"}, ServiceManager(ADDRESS)),
        ({**FED, "WATCHDOG_USEC": "0"}, ServiceManager(ADDRESS)),
        ({**FED, "WATCHDOG_USEC": "soon"}, ServiceManager(ADDRESS)),
    ],
)  # fmt: skip
def test_who_started_this_process(environment: dict[str, str], expected: ServiceManager) -> None:
    assert ServiceManager.from_environment(environment, pid=7) == expected


@pytest.mark.parametrize("abstract", [False, True])
def test_what_is_told_arrives(abstract: bool, tmp_path: Path) -> None:
    with service_manager(None if abstract else tmp_path) as manager:
        ServiceManager(manager.address).tell(READY=1, STATUS="two\nlines")
        assert manager.drain() == ["READY=1", "STATUS=two"]


def test_a_manager_that_has_gone_or_does_not_listen_is_nothing_to_the_program(tmp_path: Path) -> None:
    ServiceManager(None).tell(READY=1)
    ServiceManager(str(tmp_path / "nobody")).tell(READY=1)
    with service_manager(tmp_path) as manager:
        for number in range(10_000):
            ServiceManager(manager.address).tell(STATUS=number)  # until its queue is long full


@pytest.mark.trio
async def test_the_watchdog_is_fed_twice_as_often_as_it_wants_and_not_while_the_loop_is_stuck(
    tmp_path: Path,
) -> None:
    with service_manager(tmp_path) as manager:
        async with trio.open_nursery() as nursery:
            teller = ServiceManager(manager.address, watchdog=0.2)
            nursery.start_soon(teller.keep_informed, lambda: "fine")
            await trio.sleep(1.05)
            fed = manager.drain()
            assert fed.count("STATUS=fine") == 1
            assert 4 <= fed.count("WATCHDOG=1") <= 11
            time.sleep(0.6)  # noqa: ASYNC251 - this is the stuck loop
            assert manager.drain() == []
            await trio.sleep(0.3)
            assert "WATCHDOG=1" in manager.drain()
            nursery.cancel_scope.cancel()


@pytest.mark.trio
async def test_without_a_watchdog_only_changes_are_told(
    tmp_path: Path, autojump_clock: trio.testing.MockClock
) -> None:
    states = iter(["starting", "well", "well", "well", "tired"])
    with service_manager(tmp_path) as manager:
        with trio.move_on_after(24):
            await ServiceManager(manager.address).keep_informed(lambda: next(states))
        assert manager.drain() == ["STATUS=starting", "STATUS=well", "STATUS=tired"]


@pytest.mark.trio
async def test_where_nobody_listens_there_is_no_task() -> None:
    with trio.fail_after(1):
        await ServiceManager(None).keep_informed(lambda: "fine")
