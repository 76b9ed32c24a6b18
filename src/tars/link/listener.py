"""The side that is dialled: an accept loop in which no client can hurt another."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import trio
from structlog import get_logger

from tars.link import transport
from tars.link.connection import Connection, running
from tars.link.errors import LinkLost
from tars.link.policy import SERVER_POLICY, LinkPolicy
from tars.messages import SUBPROTOCOL

log = get_logger()

Handler = Callable[[Connection], Awaitable[None]]
Authorise = Callable[[Mapping[str, str]], int | None]


async def serve_connections(
    listeners: Sequence[trio.abc.Listener[trio.abc.Stream]],
    handler: Handler,
    *,
    policy: LinkPolicy = SERVER_POLICY,
    authorise: Authorise | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `handler` with every link that a client makes, until cancelled."""
    async with trio.open_nursery() as nursery:
        for listener in listeners:
            nursery.start_soon(
                partial(trio.serve_listeners, partial(_serve_one, handler, policy, authorise), [listener])
            )
        task_status.started()


async def _serve_one(
    handler: Handler, policy: LinkPolicy, authorise: Authorise | None, stream: trio.abc.Stream
) -> None:
    try:
        async with trio.open_nursery() as nursery:
            request = None
            with trio.move_on_after(policy.handshake_timeout):
                request = await transport.accept(nursery, stream, max_message_bytes=policy.max_message_bytes)
                status = authorise(request.headers) if authorise else None
                if status is not None:
                    await request.reject(status)
                    nursery.cancel_scope.cancel()
                    return
                wire = await request.accept(SUBPROTOCOL if SUBPROTOCOL in request.subprotocols else None)
            if request is None:
                nursery.cancel_scope.cancel()
                return
            connection = Connection(wire, policy, peer=_peer(stream), headers=request.headers)
            async with running(nursery, connection):
                await handler(connection)
    except* LinkLost:
        pass
    except* Exception:
        log.exception("connection_failed")
    finally:
        await trio.aclose_forcefully(stream)


def _peer(stream: trio.abc.Stream) -> str:
    if isinstance(stream, trio.SSLStream):
        stream = stream.transport_stream
    if isinstance(stream, trio.SocketStream):
        host, port, *_ = stream.socket.getpeername()
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return "memory"
