"""The zone of the machine, which is changed while the server runs."""

import io
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from tars.logs import LogFormat, configure_logs
from tars.runtime import local_time
from tars.runtime.local_time import LOCALTIME, LocalZone, zone_file
from tests.server.fakes import FakeProviders
from tests.server.house import open_house
from tests.support.virtual import run_virtual

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def zone(hours: int) -> bytes:
    """A zone whose clocks always show so many hours more than UTC, as a file of the TZif format."""
    body = struct.pack(">6l", 0, 0, 0, 0, 1, 4) + struct.pack(">lbb", hours * 3600, 0, 0) + b"ABC\0"
    header = b"TZif2" + bytes(15)
    return header + body + header + body + b"\nABC%d\n" % -hours


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for hours in (0, 2, 5):
        (tmp_path / f"plus{hours}").write_bytes(zone(hours))
    return tmp_path


def link(folder: Path, hours: int) -> Path:
    """The machine's zone becomes that one, as `timedatectl set-timezone` does it."""
    fresh, localtime = folder / "fresh", folder / "localtime"
    fresh.symlink_to(folder / f"plus{hours}")
    fresh.replace(localtime)
    return localtime


def test_another_zone_counts_from_the_next_reading_on(folder: Path) -> None:
    here = LocalZone(link(folder, 2))
    assert here.at(NOON).hour == 14
    link(folder, 5)
    now = here.at(NOON)
    assert (now.hour, now.utcoffset(), now) == (17, timedelta(hours=5), NOON)


def test_zone_data_that_is_updated_counts_from_the_next_reading_on(folder: Path) -> None:
    here = LocalZone(link(folder, 2))
    assert here.at(NOON).hour == 14
    update = folder / "update"
    update.write_bytes(zone(3))
    update.replace(folder / "plus2")
    assert here.at(NOON).hour == 15


@pytest.mark.parametrize(
    "content",
    [None, b"", b"TZif", b"TZif2" + bytes(40), b"Europe/Berlin\n", zone(5)[:60], zone(5)[:-9]],
    ids=["none", "empty", "magic", "counts of nothing", "name", "half", "no footer"],
)
def test_a_file_that_cannot_be_read_changes_nothing(folder: Path, content: bytes | None) -> None:
    localtime = link(folder, 2)
    here = LocalZone(localtime)
    assert here.at(NOON).hour == 14
    localtime.unlink()
    if content is not None:
        localtime.write_bytes(content)
    assert here.at(NOON).hour == 14
    localtime.unlink(missing_ok=True)
    link(folder, 5)
    assert here.at(NOON).hour == 17


def test_without_a_file_the_zone_is_the_c_librarys(tmp_path: Path) -> None:
    for path in (None, tmp_path / "nothing"):
        assert LocalZone(path).at(NOON) == NOON
        assert LocalZone(path).at(NOON).utcoffset() == NOON.astimezone().utcoffset()


def test_where_the_zone_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoneinfo.TZPATH", (str(folder / "elsewhere"), str(folder)))
    assert zone_file({}) == LOCALTIME
    assert zone_file({"TZ": f":{folder / 'plus5'}"}) == folder / "plus5"
    assert zone_file({"TZ": str(folder / "plus5")}) == folder / "plus5"
    assert zone_file({"TZ": "plus5"}) == zone_file({"TZ": ":plus5"}) == folder / "plus5"
    for spelt_out in ("CET-1CEST,M3.5.0,M10.5.0/3", "", ":", "No/Such"):
        assert zone_file({"TZ": spelt_out}) is None


def test_lines_for_people_have_the_time_of_the_moments_zone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_time, "_ZONE", LocalZone(link(folder, 2)))
    lines = io.StringIO()
    try:
        configure_logs(LogFormat.PRETTY, stream=lines)
        structlog.get_logger().info("two")
        link(folder, 5)
        structlog.get_logger().info("five")
    finally:
        structlog.reset_defaults()
    two, five = (datetime.strptime(line[:8], "%H:%M:%S") for line in lines.getvalue().splitlines())
    assert timedelta(hours=3) <= (five - two) % timedelta(days=1) < timedelta(hours=3, minutes=1)


def test_a_question_is_answered_by_the_zone_of_the_moment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_time, "_ZONE", LocalZone(link(folder, 2)))
    providers = FakeProviders()
    providers.brain.replies["what time is it"] = "noon"  # the question itself would be taken for an echo of it

    async def story() -> None:
        async with open_house(providers=providers) as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.hotword("s1")
            for hours in (2, 5):
                link(folder, hours)
                await device.speak(0.4)
                providers.recogniser.ears.hear("what time is it")
                await device.played()
                assert providers.brain.asked[-1].now.utcoffset() == timedelta(hours=hours)

    run_virtual(story)
