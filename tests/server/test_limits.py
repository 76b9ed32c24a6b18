"""The `[limits]` table: what is too much, and what those hear who ask for it."""

import re
import resource
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import trio
from structlog.testing import capture_logs

from tars.cli import make_app, run_app
from tars.link import SERVER_POLICY, LinkLost
from tars.server.bad_messages import DEFAULT_SERVICE_POLICY
from tars.server.device_settings import SettingsFile
from tars.server.devices import DeviceRegistry
from tars.server.limits import OWN_DESCRIPTORS, LimitSettings, fit_descriptors
from tars.server.settings import Settings
from tests.server.fakes import HandDevice
from tests.server.house import DEFAULT_LIMITS, open_house
from tests.support.virtual import run_virtual

_DEFAULTS = Settings()
GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"


def test_the_defaults_are_those_of_the_link_and_the_service() -> None:
    assert LimitSettings().link_policy() == SERVER_POLICY
    assert LimitSettings().service_policy() == DEFAULT_SERVICE_POLICY


def test_every_setting_reaches_a_policy() -> None:
    defaults = LimitSettings()
    for field in attrs.fields(LimitSettings):
        value = getattr(defaults, field.name)
        changed = attrs.evolve(defaults, **{field.name: not value if isinstance(value, bool) else value * 2})
        same = changed.link_policy() == SERVER_POLICY and changed.service_policy() == DEFAULT_SERVICE_POLICY
        assert same == (field.name == "devices"), field.name


def test_the_guide_tells_every_setting_and_its_default() -> None:
    told: dict[str, float] = {}
    section = GUIDE.read_text().partition("\n## Limits\n")[2].partition("\n## ")[0]
    for keys, defaults in re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|", section, re.MULTILINE):
        values = [value.removesuffix(" s").replace("false", "0") for value in defaults.split(", ")]
        told |= dict(zip(keys.strip("`").split("`, `"), map(float, values), strict=True))
    assert told == attrs.asdict(LimitSettings())


@pytest.mark.parametrize(
    "mistake",
    ["audio_speed=0.5", "audio_at_once=1", "messages_at_once=1", "frames_at_once=1", "messages_per_second=0.1"],
)
def test_no_limit_can_be_set_that_shuts_out_everybody(mistake: str, capsys: pytest.CaptureFixture[str]) -> None:
    app = make_app("tars-test", "A program.")

    @app.default
    async def main(*, settings: Settings = _DEFAULTS) -> None:
        raise AssertionError(f"accepted: {settings.limits}")

    name, value = mistake.split("=")
    with pytest.raises(SystemExit, match="2"):
        run_app(app, Path("absent.toml"), (f"--limits.{name.replace('_', '-')}", value))
    assert "must be a number from " in capsys.readouterr().err


def ended_with(device: HandDevice) -> int | None:
    assert device.lost.is_set()
    return device.code


def test_one_device_too_many_is_told_1013_and_a_ghost_keeps_nobody_out() -> None:
    async def story() -> None:
        async with open_house(limits=LimitSettings(connections=2)) as house:
            kitchen, study = await house.dial(), await house.dial()
            await kitchen.hello("kitchen")
            await study.hello("study")
            third = await house.dial()
            await third.send(type="hello", protocol=1, device_id="third")
            await third.lost.wait()
            assert ended_with(third) == 1013
            assert house.devices.get("third") is None
            back = await house.dial()
            await back.hello("kitchen")
            await kitchen.lost.wait()
            assert ended_with(kitchen) == 4409
            await trio.sleep(2)
            assert not study.lost.is_set()

    run_virtual(story)


def test_those_who_do_not_say_who_they_are_count_as_handshakes_and_give_way() -> None:
    async def story() -> None:
        async with open_house(limits=LimitSettings(connections=2, handshakes=4)) as house:
            silent = [await house.dial() for _ in range(4)]
            await trio.sleep(1)
            kitchen = await house.dial()
            await kitchen.hello("kitchen")
            assert ended_with(silent[0]) == 1013
            assert not any(device.lost.is_set() for device in silent[1:])
            await trio.sleep(5)
            assert [ended_with(device) for device in silent[1:]] == [1008] * 3
            assert not kitchen.lost.is_set()

    run_virtual(story)


def test_a_crowd_of_half_open_handshakes_keeps_nobody_out() -> None:
    """Row 22 of the acceptance table in virtual time: 300 of them, from the address of the honest device."""

    async def story() -> None:
        async with open_house() as house:
            for _ in range(300):
                await house.network.open_stream()
            began = trio.current_time()
            device = await house.dial()
            await device.hello("kitchen")
            assert trio.current_time() - began < 2.5

    run_virtual(story)


@pytest.mark.parametrize(
    ("limits", "frame", "count", "code"),
    [
        (attrs.evolve(DEFAULT_LIMITS, message_bytes=40_000), "x" * 40_001, 1, 1009),
        (attrs.evolve(DEFAULT_LIMITS, message_bytes=40_000), bytes(40_002), 1, 1009),
        (attrs.evolve(DEFAULT_LIMITS, messages_at_once=5), '{"type":"later"}', 7, 1008),
        (attrs.evolve(DEFAULT_LIMITS, audio_at_once=1.0), bytes(32_000), 3, 1008),
        (attrs.evolve(DEFAULT_LIMITS, bad_messages=3), "{", 4, 1008),
        (DEFAULT_LIMITS, '{"type":"later"}', 200, None),
        (DEFAULT_LIMITS, bytes(32_000), 30, None),
    ],
)
def test_too_much_of_anything_has_its_close_code(
    limits: LimitSettings, frame: str | bytes, count: int, code: int | None
) -> None:
    async def story() -> None:
        async with open_house(limits=limits) as house:
            device = await house.dial()
            await device.hello()
            for _ in range(count):
                try:
                    await device.send(frame)
                except LinkLost:
                    break
            await trio.sleep(1)
            assert device.code == code
            other = await house.dial()
            await other.hello("other")

    run_virtual(story)


def test_of_many_names_only_so_many_are_kept() -> None:
    async def story() -> None:
        async with open_house(limits=LimitSettings(devices=5)) as house:
            stays = await house.dial()
            await stays.hello("stays")
            house.devices["has-settings"].own_settings["humor"] = 5
            for number in range(20):
                device = await house.dial()
                await device.hello(f"guest-{number}")
                await device.connection.close()
                await trio.sleep(0.1)
            kept = {device.device_id for device in house.devices}
            assert kept == {"stays", "has-settings", "guest-17", "guest-18", "guest-19"}

    run_virtual(story)


def test_who_is_forgotten_keeps_its_settings(tmp_path: Path) -> None:
    registry = DeviceRegistry(SettingsFile(tmp_path / "devices.json"), most=2)
    for name in ("a", "b", "c"):
        registry[name].own_settings["humor"] = ord(name)
    assert registry.get("a") is None
    assert registry["a"].own_settings == {"humor": ord("a")}


def test_whoever_is_away_longest_is_forgotten_first() -> None:
    registry = DeviceRegistry(most=2)
    first, _ = registry["first"], registry["second"]
    assert registry["first"] is first
    registry["third"]
    assert [device.device_id for device in registry] == ["first", "third"]


@pytest.fixture
def few_descriptors() -> Iterator[int]:
    """This process may have hardly more descriptors than it needs."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
    yield 200
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_descriptors_are_asked_for_before_anything_is_lowered(few_descriptors: int) -> None:
    limits = LimitSettings(connections=300, handshakes=20)
    with capture_logs() as log:
        assert fit_descriptors(limits) == limits
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300 + 20 + OWN_DESCRIPTORS
    assert not log


def test_limits_are_lowered_to_what_the_descriptors_allow() -> None:
    assert LimitSettings().within(256) == LimitSettings(connections=144, handshakes=48)
    assert LimitSettings(connections=10, handshakes=5).within(256) == LimitSettings(connections=10, handshakes=5)
    assert LimitSettings().within(10) == LimitSettings(connections=1, handshakes=1)
