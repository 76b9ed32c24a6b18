"""Two ends of one link over a wire in memory, for tests of a connection."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import attrs
import trio

from tars.link import CLIENT_POLICY, SERVER_POLICY, Connection, LinkPolicy, open_connection, serve_connections
from tars.link.upgrade import Refusal
from tests.support.faulty_network import FaultyNetwork, Wire

URL = "ws://tars.example:7456/"


@attrs.frozen
class Pair:
    """A link and what carries it."""

    client: Connection
    server: Connection
    wire: Wire


@asynccontextmanager
async def open_pair(
    *,
    client: LinkPolicy = CLIENT_POLICY,
    server: LinkPolicy = SERVER_POLICY,
    network: FaultyNetwork | None = None,
    token: str | None = None,
) -> AsyncIterator[Pair]:
    """A link with the real dialling side and the real accepting side; the handler holds the server's end open."""
    network = network or FaultyNetwork()
    accepted: list[Connection] = []
    arrived = trio.Event()

    async def handler(connection: Connection) -> None:
        accepted.append(connection)
        arrived.set()
        await trio.sleep_forever()

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(network, handler, policy=server))
        connection = await stack.enter_async_context(
            open_connection(URL, policy=client, token=token, open_stream=network.open_stream)
        )
        await arrived.wait()
        yield Pair(connection, accepted[0], network.wires[-1])


@asynccontextmanager
async def serving(
    network: FaultyNetwork,
    handler: Callable[[Connection], Awaitable[None]],
    *,
    policy: LinkPolicy = SERVER_POLICY,
    authorise: Callable[..., Refusal | None] | None = None,
) -> AsyncIterator[None]:
    """Serve on `network` for the length of the block."""
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve_connections, [network], handler, policy=policy, authorise=authorise))
        yield
        nursery.cancel_scope.cancel()


async def drain(connection: Connection) -> None:
    """Receive until the link is lost."""
    while True:
        await connection.receive()
