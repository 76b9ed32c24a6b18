"""A server that proxies stand before: everything that goes by address goes by the address of the real client."""

import ipaddress
from pathlib import Path

import pytest
import trio

from tars.link import LinkLost, listener, sockets
from tars.link.forwarded import TrustedProxies
from tars.server.authorisation import Gatekeeper
from tars.server.limits import LimitSettings
from tars.server.pairing import PairedDevices
from tests.server.fakes import HandDevice
from tests.server.house import House, open_house
from tests.support.limits import HANG
from tests.support.virtual import run_virtual

TOKEN = "shared-token"
NAMED = TrustedProxies((ipaddress.ip_network("127.0.0.1"),))


@pytest.fixture(autouse=True)
def everybody_dials_from_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "client_address", lambda stream: "127.0.0.1")
    monkeypatch.setattr(listener, "peer_name", lambda stream: "127.0.0.1:9")


async def dial(
    house: House, address: str | None, *, token: str | None = None, original: bool = False
) -> HandDevice:
    """Dial as a proxy does for a client at `address`; for None, as a program on this machine."""
    headers = [(b"X-Forwarded-For", address.encode())] if address else [(b"X-Other", b"y")]
    return await house.dial(token=token, headers=headers, original=original)


async def status(house: House, address: str | None, token: str | None = None) -> int | None:
    """By which HTTP status a dial is refused; None where it is not."""
    try:
        await dial(house, address, token=token)
    except LinkLost as lost:
        return lost.code
    return None


async def end(device: HandDevice) -> int | None:
    """By which code its link ends."""
    with trio.fail_after(HANG):
        await device.lost.wait()
    return device.code


def test_a_server_for_its_own_machine_serves_no_stranger_by_a_proxy(tmp_path: Path) -> None:
    async def story() -> None:
        for proxies, of_this_machine in ((TrustedProxies(), 403), (NAMED, None)):
            keeper = Gatekeeper(None, PairedDevices(tmp_path / "paired.json"), proxies=proxies)
            async with open_house(gatekeeper=keeper) as house:
                local = await dial(house, None)
                await local.hello("local")
                assert await status(house, "203.0.113.7") == 403
                assert await status(house, "nonsense") == 403
                assert await status(house, "203.0.113.7", "a-made-up-token") == 403
                assert await status(house, "127.0.0.1") == of_this_machine
                assert [device.device_id for device in house.devices] == ["local"]

    run_virtual(story)


def test_an_unnamed_proxy_is_told_of_once() -> None:
    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(TOKEN)) as house:
            for number in range(3):
                device = await dial(house, f"203.0.113.{number}", token=TOKEN)
                await device.hello(f"device-{number}")
            told = house.events("client_address_unknown")
            assert [entry["log_level"] for entry in told] == ["warning"]
            assert told[0]["reason"] == "127.0.0.1 is not in trusted_proxies"
            assert told[0]["peer"] == "127.0.0.1:9"

    run_virtual(story)


def test_links_are_limited_for_each_real_address() -> None:
    async def story() -> None:
        keeper = Gatekeeper(TOKEN, proxies=NAMED)
        async with open_house(gatekeeper=keeper, limits=LimitSettings(connections_per_address=2)) as house:
            for number, address in enumerate(["203.0.113.7"] * 2 + ["203.0.113.8"] * 2):
                device = await dial(house, address, token=TOKEN)
                await device.hello(f"device-{number}")
            for address in ("203.0.113.7", "203.0.113.8"):
                device = await dial(house, address, token=TOKEN)
                await device.send(type="hello", protocol=1, device_id="one-too-many")
                assert await end(device) == 1013
            for number in range(4):
                device = await dial(house, None, token=TOKEN)
                await device.hello(f"local-{number}")

    run_virtual(story)


def test_links_by_an_unnamed_proxy_count_as_of_one_address() -> None:
    async def story() -> None:
        keeper, limits = Gatekeeper(TOKEN), LimitSettings(connections_per_address=2)
        async with open_house(gatekeeper=keeper, limits=limits) as house:
            for number in range(2):
                device = await dial(house, f"203.0.113.{number}", token=TOKEN)
                await device.hello(f"device-{number}")
            device = await dial(house, "203.0.113.9", token=TOKEN)
            await device.send(type="hello", protocol=1, device_id="one-too-many")
            assert await end(device) == 1013

    run_virtual(story)


def test_the_door_is_shared_out_among_the_real_addresses() -> None:
    async def story() -> None:
        keeper, limits = Gatekeeper(TOKEN, proxies=NAMED), LimitSettings(handshakes_per_address=3)
        async with open_house(gatekeeper=keeper, limits=limits) as house:
            crowd = [await dial(house, "203.0.113.7") for _ in range(3)]
            others = [await dial(house, f"198.51.100.{number}") for number in range(20)]
            unsaid = [
                await house.network.open_stream() for _ in range(20)
            ]  # the proxy has not passed on their words
            await trio.sleep(0.5)
            assert not any(device.lost.is_set() for device in crowd + others)
            assert not any(wire.server.closed for wire in house.network.wires)
            crowd.append(await dial(house, "203.0.113.7"))
            await trio.sleep(0.5)
            assert [device.lost.is_set() for device in crowd] == [True, False, False, False]
            assert crowd[0].code == 1013
            assert not any(device.lost.is_set() for device in others)
            for stream in unsaid:
                await trio.aclose_forcefully(stream)

    run_virtual(story)


def test_the_log_and_older_devices_have_the_real_address() -> None:
    async def story() -> None:
        async with open_house(gatekeeper=Gatekeeper(TOKEN, proxies=NAMED)) as house:
            for address in ("203.0.113.7", "198.51.100.1, 203.0.113.8:99", "2001:db8::9"):
                for _ in range(2):
                    assert await status(house, address, "wrong") == 401
                await dial(house, address, token=TOKEN, original=True)
            await trio.sleep(1)
            real = ["203.0.113.7", "203.0.113.8", "[2001:db8::9]"]
            refusals = [entry for entry in house.events("connection_refused") if entry["log_level"] == "warning"]
            assert [entry["peer"] for entry in refusals] == real
            assert [entry["peer"] for entry in house.events("device_connected")] == real
            names = [device.device_id for device in house.devices]
            assert names == ["203.0.113.7", "203.0.113.8", "-2001-db8--9-"]
            assert not house.events("client_address_unknown")

    run_virtual(story)


def test_a_list_in_two_headers_is_one_list(tmp_path: Path) -> None:
    async def story() -> None:
        keeper = Gatekeeper(None, PairedDevices(tmp_path / "paired.json"), proxies=NAMED)
        async with open_house(gatekeeper=keeper) as house:
            lines = [(b"X-Forwarded-For", b"203.0.113.7"), (b"X-Forwarded-For", b"127.0.0.1")]
            with pytest.raises(LinkLost) as refused:
                await house.dial(headers=lines)
            assert refused.value.code == 403

    run_virtual(story)


@pytest.mark.trio
async def test_whose_address_cannot_be_learned_any_more_is_no_program_on_this_machine() -> None:
    with trio.socket.socket() as gone:
        address = sockets.client_address(trio.SocketStream(gone))
    assert not TrustedProxies().client(address, "unknown", {}).local
