"""Peers that do not read, over real sockets: only the kernel can tell them from a network that is gone."""

import pytest
import trio

from tars.link import Connection, LinkLost, serve_connections
from tests.netlab.raw import Raw
from tests.support.limits import HANG


@pytest.mark.real
@pytest.mark.trio
async def test_a_peer_that_does_not_read_is_given_up_within_two_seconds() -> None:
    given_up: list[tuple[float, str]] = []
    over = trio.Event()

    async def talk(connection: Connection) -> None:
        last = trio.current_time()
        try:
            while True:
                await connection.send(bytes(60_000))
                last = trio.current_time()
        except LinkLost as lost:
            given_up.append((trio.current_time() - last, lost.reason))
        over.set()

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        await nursery.start(serve_connections, listeners, talk)
        port = listeners[0].socket.getsockname()[1]
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            assert await Raw(stream).upgrade(None) == 101
            with trio.fail_after(HANG):
                await over.wait()
        nursery.cancel_scope.cancel()
    ((seconds, reason),) = given_up
    assert 1.2 < seconds < 3  # and half as long again, on a machine that is busy
    assert "read nothing" in reason
