"""Paired devices, held against a real `tars-server` by a device that nobody of the project wrote."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.conformance.outsider import (
    Server,
    asynchronous,
    dial,
    greeted,
    paired,
    paired_by_address,
    running,
    tell,
)

pytestmark = pytest.mark.real

WRONG = "a-wrong-token-that-must-not-be-logged"


async def refused(server: Server, token: str, offers: tuple[str, ...] = ("tars.v1",)) -> None:
    """Refused before the upgrade."""
    with pytest.raises(InvalidStatus) as answer:
        async with dial(server, token=token, offers=offers):
            pass
    assert answer.value.response.status_code == 401
    assert answer.value.response.headers["WWW-Authenticate"] == "Bearer"


async def shown_out(server: Server, device_id: str, token: str | None = None, in_hello: str | None = None) -> None:
    """Refused after the hello."""
    async with dial(server, token=token) as device:
        await device.send("hello", protocol=1, device_id=device_id, token=in_hello)
        assert await device.closed() == 4401
        assert not device.frames


@asynchronous
async def while_it_runs(server: Server, folder: Path, secrets: list[str]) -> None:
    async with greeted(server, "anybody") as device:
        await device.is_well()
    secrets.append(kitchen := await asyncio.to_thread(paired, folder, "kitchen"))
    secrets.append(bedroom := await asyncio.to_thread(paired, folder, "bedroom"))
    async with dial(server, token=bedroom, offers=()):
        server.until("device_connected", device_id="bedroom", original=True)
    secrets.append(porch := await asyncio.to_thread(paired_by_address, folder, "porch"))
    async with dial(f"{server.url}{porch}", offers=()) as older:
        server.until("device_connected", device_id="porch", original=True)
        assert (await asyncio.to_thread(tell, folder, "unpair", "porch")).returncode == 0
        assert await older.closed() == 4401
    async with dial(f"{server.url}{kitchen}", offers=()) as older:
        assert await older.closed() == 4401  # it was not paired for that
    async with dial(server, token=kitchen) as one, dial(server) as other:
        assert (await one.hello("kitchen"))["device_id"] == "kitchen"
        assert (await other.hello("bedroom", token=bedroom))["device_id"] == "bedroom"
        await shown_out(server, "anybody")
        await shown_out(server, "anybody", in_hello=WRONG)
        await shown_out(server, "bedroom", kitchen)
        await shown_out(server, "bedroom", in_hello=kitchen)
        await refused(server, WRONG)
        await refused(server, WRONG, offers=())
        assert (await asyncio.to_thread(tell, folder, "unpair", "kitchen")).returncode == 0
        began = time.monotonic()
        assert await one.closed() == 4401
        assert time.monotonic() - began < 5
        await other.is_well()
        await refused(server, kitchen)
    assert (await asyncio.to_thread(tell, folder, "unpair", "bedroom")).returncode == 0
    await shown_out(server, "anybody")


def test_devices_are_paired_and_unpaired_while_the_server_runs(tmp_path: Path) -> None:
    secrets = [WRONG]
    with running(tmp_path) as server:
        while_it_runs(server, tmp_path, secrets)
    log = "".join(server.lines)
    kept = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())
    assert not [secret for secret in secrets if secret in log + kept]
    assert not [line for line in server.lines if json.loads(line)["level"] in ("error", "critical")]


def test_the_list_names_the_devices_and_no_token(tmp_path: Path) -> None:
    tokens = [paired(tmp_path, device_id) for device_id in ("kitchen", "bedroom")]
    listed = tell(tmp_path, "devices").stdout
    assert [line.split()[0] for line in listed.splitlines()] == ["DEVICE", "bedroom", "kitchen"]
    assert not [token for token in tokens if token in listed]
    unknown = tell(tmp_path, "unpair", "hall")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)
