"""The pages, on a server in memory."""

import ipaddress
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from prometheus_client.parser import text_string_to_metric_families

from tars.errors import UserError
from tars.link import LinkLost, open_connection
from tars.link.forwarded import TrustedProxies
from tars.server.devices import DeviceRegistry
from tars.server.findings import Finding
from tars.server.settings import WebSettings
from tars.server.stopping import Stop
from tars.server.web.device_figures import MOST_NAMED, device_figures
from tars.server.web.exposition import Exposition
from tars.server.web.http import Page, Request
from tars.server.web.overview import Overview
from tars.server.web.pages import Pages
from tars.server.web.port import open_web_port
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@attrs.define
class FakePool:
    name: str
    wanted: int = 2
    deaths: int = 0
    pids: list[int] = attrs.field(factory=lambda: [1, 2])


def samples(page: Page) -> Samples:
    assert page.content_type.startswith("text/plain")
    families = text_string_to_metric_families(page.body.decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def play(story: Callable[[House, Overview], Awaitable[None]]) -> None:
    async def live() -> None:
        async with open_house() as house:
            await story(house, Overview(house.devices, [FakePool("speech")], house.stop, listening=True))

    run_virtual(live)


async def see(pages: Pages, path: str, **headers: str) -> Page:
    return await pages.answer(Request(path, headers))


def healthy(overview: Overview) -> tuple[float, float]:
    seen = samples(Exposition(overview).page(""))
    return seen["tars_healthy", frozenset()], seen["tars_health_warnings", frozenset()]


def test_the_certificates_end_is_a_metric_where_there_is_one() -> None:
    async def story(house: House, overview: Overview) -> None:
        name = ("tars_certificate_expires_timestamp_seconds", frozenset[tuple[str, str]]())
        assert name not in samples(Exposition(overview).page(""))
        overview.certificate.expires = datetime(2026, 3, 1, 12, tzinfo=UTC)
        assert samples(Exposition(overview).page(""))[name] == overview.certificate.expires.timestamp()

    play(story)


def test_healthz_says_how_it_is_and_what_is_going_on() -> None:
    async def story(house: House, overview: Overview) -> None:
        pages = Pages(overview, None)
        device = await house.dial()
        await device.hello()
        await device.hotword()
        page = await see(pages, "/healthz")
        assert (page.status, page.content_type) == (200, "application/json")
        seen = json.loads(page.body)
        assert (seen["status"], seen["links"], seen["sessions"]) == ("ok", 1, 1)
        assert seen["workers"] == {"speech": {"ready": 2, "wanted": 2}}
        assert seen["warnings"] == []
        assert healthy(overview) == (1, 0)
        overview.checks = [lambda: [Finding("the moon is new", minor=True)]]
        page = await see(pages, "/healthz")
        assert (page.status, json.loads(page.body)["warnings"]) == (200, ["the moon is new"])
        assert healthy(overview) == (1, 1)
        assert "the moon is new" in overview.status()
        overview.checks = [lambda: [Finding("the moon is full")]]
        page = await see(pages, "/healthz")
        assert (page.status, json.loads(page.body)["problems"]) == (503, ["the moon is full"])
        assert healthy(overview) == (0, 0)
        overview.checks = []
        overview.pools[0].pids.clear()
        page = await see(pages, "/healthz")
        assert (page.status, json.loads(page.body)["status"]) == (503, "degraded")
        assert json.loads(page.body)["problems"] == ["no speech worker is ready"]
        house.stop.leave()
        page = await see(pages, "/healthz")
        assert (page.status, json.loads(page.body)["status"]) == (503, "stopping")

    play(story)


def test_metrics_show_what_was_counted_and_every_label_from_the_beginning() -> None:
    async def story(house: House, overview: Overview) -> None:
        exposition = Exposition(overview)
        before = samples(exposition.page(""))
        device = await house.dial()
        await device.hello("kitchen")
        await device.hotword()
        await device.speak(0.8)
        house.providers.recogniser.ears.hear("hello")
        await device.played()
        await device.send(b"odd")
        await trio.sleep(40)
        overview.pools[0].deaths = 3
        await device.connection.close()
        await trio.sleep(1)
        after = samples(exposition.page(""))
        assert before.keys() == after.keys()
        changed: dict[tuple[Any, ...], float] = {
            (name, *sorted(labels)): value - before[name, labels]
            for (name, labels), value in after.items()
            if value != before[name, labels] and not name.startswith("process_") and "bucket" not in name
        }
        for name in [each for each in changed if each[0].endswith(("_sum", "_count"))]:
            assert changed.pop(name) > 0
        assert changed == {
            ("tars_connections_total",): 1,
            ("tars_disconnects_total", ("reason", "left")): 1,
            ("tars_bad_messages_total",): 1,
            ("tars_audio_received_bytes_total",): 25_600,
            ("tars_audio_sent_bytes_total",): len(device.audio()),
            ("tars_sessions_started_total",): 1,
            ("tars_sessions_ended_total", ("reason", "timeout")): 1,
            ("tars_turns_total", ("speculation", "none")): 1,
            ("tars_worker_restarts_total", ("pool", "speech")): 3,
        }
        assert not [labels for _, labels in after if "kitchen" in str(labels)]
        assert "openmetrics" in exposition.page("application/openmetrics-text; version=1.0.0").content_type

    play(story)


def test_the_documented_metrics_are_the_ones_that_there_are() -> None:
    async def story(house: House, overview: Overview) -> None:
        overview.device_labels = True
        page = Exposition(overview).page("").body.decode()
        shown = {name for name in re.findall(r"^# TYPE (\S+)", page, re.MULTILINE) if name.startswith("tars_")}
        text = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
        named = {name.removesuffix("_bucket") for name in re.findall(r"\btars_\w+", text)}
        assert named == shown

    play(story)


def test_with_a_token_nothing_is_shown_without_it() -> None:
    async def story(house: House, overview: Overview) -> None:
        pages = Pages(overview, "secret")
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "secret"}):
            for path in ("/", "/healthz", "/metrics", "/nothing"):
                page = await see(pages, path, **headers)
                assert page.status == 401
                assert b"secret" not in page.body
        assert (await see(pages, "/", authorization="Bearer secret")).status == 200
        assert (await see(pages, "/nothing", authorization="bearer secret")).status == 404

    play(story)


def test_a_device_is_told_that_it_is_the_web_port_and_where_to_go() -> None:
    async def story(house: House, overview: Overview) -> None:
        overview.url = "wss://0.0.0.0:8456/"
        for pages in (Pages(overview, None), Pages(overview, "secret")):
            page = await see(
                pages, "/", upgrade="WebSocket", connection="Upgrade", authorization="Bearer device's"
            )
            assert page.status == 404
            first, _, rest = page.body.decode().partition("\n")
            told = "This is the web port of a TARS server: devices connect to port 8456, wss://HOST:8456/"
            assert (first, rest) == (told, "")
        assert b"wss://HOST:8456/" in (await see(Pages(overview, None), "/")).body

    play(story)


def test_pages_for_this_machine_are_for_nobody_behind_a_proxy() -> None:
    """Unless they bring the token, or a proxy that is known says that they are on this machine, too."""
    proxies = TrustedProxies((ipaddress.ip_network("127.0.0.1"),))
    stranger, local = {"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-for": "127.0.0.1"}
    token = {"authorization": "Bearer secret"}

    async def story(house: House, overview: Overview) -> None:
        async def status(pages: Pages, headers: dict[str, str], address: str = "127.0.0.1") -> int:
            return (await pages.answer(Request("/metrics", headers, address))).status

        alone = Pages(overview, None)
        assert await status(alone, {}) == 200
        assert await status(alone, {}, "192.168.1.7") == 403
        assert await status(alone, stranger) == await status(alone, local) == 403
        assert await status(alone, {"via": "1.1 proxy", **token}) == 403
        known = Pages(overview, "secret", free_here=True, proxies=proxies)
        assert await status(known, {}) == await status(known, local) == 200
        assert await status(known, stranger) == 401
        assert await status(known, stranger | token) == 200
        everywhere = Pages(overview, "secret", proxies=proxies)
        assert await status(everywhere, {}) == await status(everywhere, local) == 401

    play(story)


@pytest.mark.trio
async def test_a_device_that_dials_the_web_port_shows_where_to_dial() -> None:
    port = await open_web_port(WebSettings(port=0), None)
    assert port is not None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.serve, Overview(DeviceRegistry(), [], Stop()))
        with pytest.raises(LinkLost) as lost:
            async with open_connection(port.url.replace("http:", "ws:"), token="device's"):
                pass
        nursery.cancel_scope.cancel()
    assert 'it says: "This is the web port of a TARS server: devices connect to port 7456' in lost.value.reason


@pytest.mark.trio
async def test_a_port_in_use_is_one_sentence_that_names_the_setting() -> None:
    port = await open_web_port(WebSettings(port=0), None)
    assert port is not None
    number = port.listeners[0].socket.getsockname()[1]
    with pytest.raises(UserError, match=rf"\[web\] port {number} of 127.0.0.1 is in use.*--no-web"):
        await open_web_port(WebSettings(port=number), None)
    await port.listeners[0].aclose()


@pytest.mark.trio
async def test_others_can_look_in_only_with_a_token() -> None:
    with pytest.raises(UserError, match="without a token"):
        await open_web_port(WebSettings(host="0.0.0.0", port=0), None)
    port = await open_web_port(WebSettings(host="0.0.0.0", port=0), "secret")
    assert port is not None
    assert port.token == "secret"
    await port.listeners[0].aclose()


@pytest.mark.trio
async def test_it_can_be_switched_off() -> None:
    assert await open_web_port(WebSettings(enabled=False), None) is None


def test_metrics_name_devices_where_that_is_asked_for_and_say_how_each_is() -> None:
    async def story(house: House, overview: Overview) -> None:
        device, gone = await house.dial(), await house.dial()
        await device.hello("kitchen")
        await gone.hello("hall")
        await device.hotword()
        await gone.connection.close()
        await trio.sleep(10)
        assert not [labels for _, labels in samples(Exposition(overview).page("")) if "kitchen" in str(labels)]
        overview.device_labels = True
        overview.last_seen = lambda: [("hall", NOON), ("porch", NOON)]
        seen = samples(Exposition(overview).page(""))

        def of(name: str) -> dict[str, float]:
            labels = frozenset({("device", name)})
            return {
                metric.removeprefix("tars_device_"): seen[metric, each] for metric, each in seen if each == labels
            }

        kitchen, hall, porch = of("kitchen"), of("hall"), of("porch")
        assert 0 < kitchen.pop("round_trip_seconds") < 1
        for each in (kitchen, hall):
            assert datetime.now(UTC).timestamp() - each.pop("last_seen_timestamp_seconds") < 60
        assert kitchen == {"connected": 1, "connections_total": 1, "sessions_started_total": 1}
        assert hall == {"connected": 0, "connections_total": 1, "sessions_started_total": 0}
        assert porch == {
            "connected": 0, "connections_total": 0, "sessions_started_total": 0,
            "last_seen_timestamp_seconds": NOON.timestamp(),
        }  # fmt: skip

    play(story)


def test_no_number_of_devices_makes_more_series_than_a_scraper_can_bear() -> None:
    async def story(house: House, overview: Overview) -> None:
        await (await house.dial()).hello("a-device-that-is-here")
        strangers = [(f"stranger-{number}", NOON + timedelta(seconds=number)) for number in range(3 * MOST_NAMED)]
        figures = device_figures(overview.devices, strangers, datetime.now(UTC))
        assert len(figures) == MOST_NAMED
        assert figures[0].device_id == "a-device-that-is-here"
        assert min(each.last_seen for each in figures) == strangers[2 * MOST_NAMED + 1][1].timestamp()

    play(story)
