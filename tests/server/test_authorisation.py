"""Who comes in: by the shared token, by a device's own, from a web page; and what is said about it."""

import hmac
import io
import itertools
import json
from pathlib import Path
from unittest import mock

import pytest
import trio

from tars.errors import UserError
from tars.link import LinkLost, listener
from tars.logs import LogFormat, configure_logs
from tars.messages import Hello
from tars.server.authorisation import Admission, Gatekeeper, Unauthorised, make_gatekeeper
from tars.server.pairing import PairedDevices, pair_device, unpair_device
from tars.server.settings import ServerSettings
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

SHARED = "shared-token"
WRONG = "a-wrong-token-that-must-not-be-logged"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paired.json"


@pytest.fixture
def kitchen(path: Path) -> str:
    return pair_device(path, "kitchen")[0]


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def hello(device_id: str = "kitchen", token: str | None = None) -> Hello:
    return Hello(1, device_id, token=token)


# the gatekeeper by itself


def test_without_a_token_or_a_device_everyone_comes_in(path: Path) -> None:
    keeper = Gatekeeper(None, PairedDevices(path))
    for headers in ({}, bearer(WRONG), {"authorization": "nonsense"}):
        assert keeper.authorise(headers) is None
        assert keeper.admit(headers, hello()) == Admission()
        assert keeper.holds(Admission())


def test_beyond_this_machine_a_token_is_asked_for_even_when_no_device_is_left(path: Path) -> None:
    keeper = Gatekeeper(None, PairedDevices(path), required=True)
    refusal = keeper.authorise(bearer(WRONG))
    assert refusal is not None
    assert refusal.status == 401
    with pytest.raises(Unauthorised):
        keeper.admit({}, hello())


def test_unpairing_the_last_device_opens_no_door(path: Path, kitchen: str) -> None:
    keeper = Gatekeeper(None, PairedDevices(path))
    admission = keeper.admit(bearer(kitchen), hello())
    assert keeper.holds(admission)
    unpair_device(path, "kitchen")
    assert keeper.generation == 1
    assert not keeper.holds(admission)
    assert not keeper.holds(Admission())
    for headers in (bearer(kitchen), {}):
        with pytest.raises(Unauthorised):
            keeper.admit(headers, hello())


def test_a_devices_token_is_good_for_that_device_alone(path: Path, kitchen: str) -> None:
    pair_device(path, "bedroom")
    keeper = Gatekeeper(SHARED, PairedDevices(path))
    for headers, in_hello in ((bearer(kitchen), None), ({}, kitchen), (bearer(kitchen), WRONG)):
        assert keeper.authorise(headers) is None
        assert keeper.admit(headers, hello("kitchen", in_hello)).device_id == "kitchen"
        for other in ("bedroom", "nobody", "Kitchen"):
            with pytest.raises(Unauthorised, match="another device's"):
                keeper.admit(headers, hello(other, in_hello))
    for other in ("kitchen", "bedroom", "nobody"):
        assert keeper.admit(bearer(SHARED), hello(other)).device_id is None


def test_a_token_that_nobody_has_costs_the_same_whatever_name_comes_with_it(path: Path) -> None:
    tokens = [pair_device(path, name)[0] for name in ("kitchen", "bedroom", "hall")]
    keeper = Gatekeeper(SHARED, PairedDevices(path))
    counts = set()
    with mock.patch("hmac.compare_digest", wraps=hmac.compare_digest) as compare:
        for name in ("kitchen", "hall", "nobody"):
            compare.reset_mock()
            with pytest.raises(Unauthorised):
                keeper.admit({}, hello(name, WRONG))
            counts.add(compare.call_count)
            assert all(len(call.args[0]) == len(call.args[1]) == 32 for call in compare.mock_calls)
        for token in tokens:  # and a right one tells by its time neither that it is, nor whose
            compare.reset_mock()
            assert keeper.authorise(bearer(token)) is None
            counts.add(compare.call_count)
    assert counts == {4}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer {}x", "Bearer {} {}"])
def test_a_header_that_holds_no_right_token_is_refused(path: Path, kitchen: str, header: str) -> None:
    refusal = Gatekeeper(None, PairedDevices(path)).authorise({"authorization": header.replace("{}", kitchen)})
    assert refusal is not None
    assert refusal.status == 401


def test_no_web_page_comes_in_unless_it_is_allowed() -> None:
    keeper = Gatekeeper(None, allowed_origins=("http://tars.local:8080", "https://tars.local"))
    for origin in ("http://tars.local:8080", "https://tars.local"):
        assert keeper.authorise({"origin": origin}) is None
    for origin in (
        "null", "", "http://tars.local", "http://tars.local:8080/", "https://tars.local:8080",
        "https://tars.local.evil.example", "https://evil.example#https://tars.local", "HTTPS://TARS.LOCAL",
    ):  # fmt: skip
        refusal = keeper.authorise({"origin": origin})
        assert refusal is not None
        assert refusal.status == 403
    assert Gatekeeper(SHARED).authorise({"origin": "https://a", **bearer(SHARED)}) is not None
    assert Gatekeeper(None, allowed_origins=("null",)).authorise({"origin": "null"}) is None


@pytest.mark.parametrize("origin", ["http://x/", "x:80", "http://x/y", "http://X", "*", "http://"])
def test_an_origin_that_no_browser_sends_is_a_users_mistake(path: Path, origin: str) -> None:
    with pytest.raises(UserError, match="allowed_origins"):
        make_gatekeeper(ServerSettings(allowed_origins=(origin,)), PairedDevices(path), required=False)


@pytest.mark.parametrize("token", ["", " ", "two words", "schlüssel"])
def test_a_shared_token_that_nobody_can_send_is_a_users_mistake(path: Path, token: str) -> None:
    with pytest.raises(UserError, match="token"):
        make_gatekeeper(ServerSettings(token=token), PairedDevices(path), required=False)


# on the wire


async def refused(house: House, **how: object) -> int | None:
    with pytest.raises(LinkLost) as lost:
        await house.dial(**how)  # type: ignore[arg-type]
    return lost.value.code


def test_paired_devices_come_in_and_strangers_leave_nothing_behind(path: Path, kitchen: str) -> None:
    async def story() -> None:
        keeper = Gatekeeper(None, PairedDevices(path))
        async with open_house(gatekeeper=keeper) as house:
            assert await refused(house, token=WRONG) == 401
            assert await refused(house, token=WRONG, original=True) == 401
            for token, device_id, in_hello in (
                (None, "kitchen", None),
                (None, "kitchen", WRONG),
                (None, "bedroom", kitchen),
                (kitchen, "bedroom", None),
            ):
                stranger = await house.dial(token=token)
                await stranger.send(type="hello", protocol=1, device_id=device_id, token=in_hello)
                await stranger.lost.wait()
                assert stranger.code == 4401
                assert not stranger.all("welcome")
            nobody = await house.dial(original=True)
            await nobody.lost.wait()
            assert nobody.code == 4401
            assert not list(house.devices)
            assert not house.events("device_connected")
            assert not house.events("session_started")
            for how in ({"token": kitchen}, {}):
                device = await house.dial(**how)  # type: ignore[arg-type]
                await device.hello("kitchen", token=None if how else kitchen)

    run_virtual(story)


def test_an_older_device_with_a_token_of_its_own_has_its_name(path: Path, kitchen: str) -> None:
    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(SHARED, PairedDevices(path))) as house:
            await house.dial(original=True, token=kitchen)
            await house.dial(original=True, token=SHARED)
            await trio.sleep(1)
            assert [device.device_id for device in house.devices] == ["kitchen", "memory"]

    run_virtual(story)


def test_unpair_ends_a_live_link_within_seconds_and_no_other(path: Path, kitchen: str) -> None:
    async def story() -> None:
        bedroom, _ = pair_device(path, "bedroom")
        async with open_house(gatekeeper=Gatekeeper(SHARED, PairedDevices(path))) as house:
            devices = {
                name: await house.dial(token=token)
                for name, token in (("kitchen", kitchen), ("bedroom", bedroom), ("hall", SHARED))
            }
            for name, device in devices.items():
                await device.hello(name)
            await trio.sleep(60)
            await devices["kitchen"].hotword()
            unpair_device(path, "kitchen")
            await trio.sleep(2)
            assert devices["kitchen"].code == 4401
            assert [end["reason"] for end in house.events("session_end")] == ["disconnect"]
            assert await refused(house, token=kitchen) == 401
            pair_device(path, "hall")
            await trio.sleep(2)
            assert [devices[name].lost.is_set() for name in ("bedroom", "hall")] == [False, False]

    run_virtual(story)


def test_the_first_pairing_shows_out_who_came_in_without_a_token(path: Path) -> None:
    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(None, PairedDevices(path))) as house:
            device = await house.dial()
            await device.hello("kitchen")
            pair_device(path, "kitchen")
            await device.lost.wait()
            assert device.code == 4401

    run_virtual(story)


def test_a_web_page_is_refused_before_the_upgrade_and_named_once(path: Path) -> None:
    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(SHARED, allowed_origins=("http://good",))) as house:
            for _ in range(3):
                assert await refused(house, headers=[(b"Origin", b"http://evil\x9b"), bearer_bytes(SHARED)]) == 403
            welcome = await house.dial(headers=[(b"Origin", b"http://good"), bearer_bytes(SHARED)])
            await welcome.hello("page")
            refusals = house.events("connection_refused")
            assert [entry["log_level"] for entry in refusals] == ["info", "debug", "debug"]
            assert r"'http://evil\x9b'" in refusals[0]["reason"]

    run_virtual(story)


def test_a_stranger_who_tries_again_and_again_does_not_fill_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under all the addresses of their own network, which in IPv6 are more than a log has room for."""
    addresses = (f"2001:db8::{number}" for number in itertools.count(1))
    peers = (f"[2001:db8::{number}]:9" for number in itertools.count(1))
    monkeypatch.setattr(listener, "client_address", lambda stream: next(addresses))
    monkeypatch.setattr(listener, "peer_name", lambda stream: next(peers))

    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(SHARED)) as house:
            for _ in range(3):
                stranger = await house.dial()
                await stranger.send(type="hello", protocol=1, device_id="x", token=WRONG)
                await stranger.lost.wait()
                assert await refused(house, headers=[bearer_bytes(WRONG)]) == 401
            for event, news in (("device_refused", "warning"), ("connection_refused", "info")):
                levels = [entry["log_level"] for entry in house.events(event)]
                assert levels[0] == news
                assert news not in levels[1:]

    run_virtual(story)


def bearer_bytes(token: str) -> tuple[bytes, bytes]:
    return b"Authorization", f"Bearer {token}".encode()


def test_no_token_is_ever_in_a_log_line(path: Path, kitchen: str) -> None:
    """Right or wrong, in the header or in the hello, well made or not: at the level that shows everything."""

    async def story() -> None:
        keeper = Gatekeeper(SHARED, PairedDevices(path))
        async with open_house(gatekeeper=keeper, capture=False) as house:
            for token in (kitchen, SHARED, WRONG):
                for how in ({"token": token}, {"token": token, "original": True}):
                    with pytest.raises(LinkLost) if token is WRONG else mock.MagicMock():
                        await house.dial(**how)
                for odd in (b"Basic " + token.encode(), token.encode(), b"Bearer " + token.encode() + b" x"):
                    assert await refused(house, headers=[(b"Authorization", odd)]) == 401
                for said in (
                    {"device_id": "kitchen", "token": token},
                    {"device_id": "other", "token": token},
                    {"device_id": "bad id", "token": token},
                    {"device_id": "kitchen", "token": [token]},
                    {"device_id": "kitchen", "token": {"token": token}},
                    {"device_id": token, "token": token + "x"},
                ):
                    device = await house.dial()
                    await device.send(type="hello", protocol=1, **said)
                    await device.send(f'{{"type":"hello","token":"{token}"')
                    await trio.sleep(6)
                await raw(house, b"Authorization: Bearer " + token.encode() + b"\x01\r\n")
                await raw(house, b"Authorization : Bearer " + token.encode() + b"\r\n")
                await raw(house, b"Bearer " + token.encode() + b"\r\n")
            unpair_device(path, "kitchen")
            await trio.sleep(3)

    lines = io.StringIO()
    configure_logs(LogFormat.JSON, level="debug", stream=lines)
    run_virtual(story)
    events = [json.loads(line)["event"] for line in lines.getvalue().splitlines()]
    assert {"connection_refused", "device_refused", "device_connected", "handshake_failed"} <= set(events)
    for secret in (kitchen, SHARED, WRONG):
        assert secret not in lines.getvalue()


async def raw(house: House, header: bytes) -> None:
    """An upgrade request with a header of one's own, and whatever comes back."""
    stream = await house.network.open_stream()
    await stream.send_all(
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + header + b"\r\n"
    )
    with trio.move_on_after(10):
        while await stream.receive_some():
            pass
    await trio.aclose_forcefully(stream)
