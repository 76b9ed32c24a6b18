import pytest

from benchmarks._programs import module, open_program
from tests.support.limits import HANG

ROUNDS = 3


@pytest.mark.trio
@pytest.mark.parametrize("way", ["persistent", "dialling"])
async def test_every_hotword_of_the_client_is_heard_by_the_server_and_not_before_it_was_said(way: str) -> None:
    async with open_program(module("benchmarks._link_peers", "server", "127.0.0.1", 0)) as server:
        port = (await server.event("listening", within=HANG))["port"]
        url = f"ws://127.0.0.1:{port}/"
        async with open_program(module("benchmarks._link_peers", "client", url, way, ROUNDS)) as client:
            await client.event("done", within=HANG)
        said = {line["session"]: line["at"] for line in client.seen if line["event"] == "hotword"}
        heard = [await server.event("heard", within=HANG) for _ in range(ROUNDS)]
    assert {line["session"] for line in heard} == set(said)
    assert all(said[line["session"]] < line["first"] < line["whole"] for line in heard)
