"""The side that is dialled: an accept loop in which no client can hurt another."""

import errno
from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs
import trio
from structlog import get_logger

from tars.link import transport
from tars.link.connection import Connection, running
from tars.link.door import LOCAL, Door, Visit, address_group
from tars.link.errors import LinkLost
from tars.link.policy import SERVER_POLICY, LinkPolicy
from tars.link.sockets import client_address, peer_name, tune
from tars.link.told import Told
from tars.messages import SUBPROTOCOL, CloseCode

log = get_logger()

Handler = Callable[[Connection], Awaitable[None]]
Authorise = Callable[[Mapping[str, str]], "Refusal | None"]

INTERNAL_ERROR = 1011
"""The close code of a handler that failed: RFC 6455 has it, the protocol of the link has no use for it."""
FULL = "the server is at its connection limit"
EXHAUSTION = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
EXHAUSTION_PAUSE = 0.1
"""Seconds before the next accept when the system has no file descriptor left, and nobody at the door can be sent
away to free one; a tenth of it where somebody can."""


@attrs.frozen
class Refusal:
    """An upgrade that is not granted."""

    status: int
    """The HTTP status of the answer."""
    reason: str
    """For the log."""


async def serve_connections(
    listeners: Sequence[trio.abc.Listener[trio.abc.Stream]],
    handler: Handler,
    *,
    policy: LinkPolicy = SERVER_POLICY,
    authorise: Authorise | None = None,
    door: Door | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `handler` with every link that a client makes, until cancelled; then the links are closed with 1001,
    and the listeners as well. Closing the listeners earlier refuses newcomers, and leaves the links alone.

    `authorise` sees the headers of the upgrade request (names in lower case) and returns None, or why it is
    refused. A handler ends its own link and no other: by returning (1000), by raising (1011, with the traceback in
    the log), or with the `LinkLost` that its link raised.

    A caller that brings its own `door` lets clients in itself, with `door.enter(connection.visit)`, once they have
    said who they are. Without one, whoever has made the upgrade is in, or is told 1013 where there is no room.
    """
    server = _Server(handler, policy, authorise, door)
    async with trio.open_nursery() as nursery:
        for listener in listeners:
            nursery.start_soon(server.accept_from, listener, nursery)
        task_status.started()


class _Server:
    def __init__(
        self, handler: Handler, policy: LinkPolicy, authorise: Authorise | None, door: Door | None
    ) -> None:
        self._handler = handler
        self._policy = policy
        self._authorise = authorise
        self._lets_in = door is None
        self._door = door or Door(policy)
        self._more_room = trio.lowlevel.ParkingLot()
        self._door.on_room = self._more_room.unpark_all
        self._exhausted = False
        self._told = Told()

    async def accept_from(self, listener: trio.abc.Listener[trio.abc.Stream], nursery: trio.Nursery) -> None:
        """Accept for ever. Clients wait in the kernel's queue while the door is full of others."""
        async with listener:
            while True:
                while (open_at := self._door.open_at()) > trio.current_time():
                    with trio.move_on_at(open_at):
                        await self._more_room.park()
                try:
                    stream = await self._accept(listener)
                except trio.ClosedResourceError:
                    return
                if stream is not None:
                    visit = self._door.arrive(self._address(stream), trio.current_time())
                    nursery.start_soon(self._isolate, stream, visit)

    def _address(self, stream: trio.abc.Stream) -> str:
        address = client_address(stream)
        return address_group(address, split_loopback=self._policy.split_loopback) if address else LOCAL

    async def _accept(self, listener: trio.abc.Listener[trio.abc.Stream]) -> trio.abc.Stream | None:
        """The next client; or None, a little later, when the system has no room for one."""
        try:
            stream = await listener.accept()
        except OSError as exc:
            if exc.errno not in EXHAUSTION:
                raise
            made_room = self._door.make_room()
            if not self._exhausted:  # once for each shortage: a log that fills the disk would be the next one
                log.error("accept_failed", error=str(exc))
            self._exhausted = True
        else:
            self._exhausted = False
            return stream
        # who was sent away needs a moment to be gone, and its descriptor with it
        await trio.sleep(EXHAUSTION_PAUSE / 10 if made_room else EXHAUSTION_PAUSE)
        return None

    async def _isolate(self, stream: trio.abc.Stream, visit: Visit) -> None:
        """Everything one client can do stays in here. This is the one place that catches any exception: a bug
        that one device meets must not end the others' links."""
        peer = peer_name(stream)
        try:
            connection = await self._shake_hands(stream, peer, visit)
            if connection is not None:
                await self._serve(connection, visit)
        except Exception:
            log.exception("connection_failed", peer=peer)
        finally:
            self._door.leave(visit)
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)

    async def _shake_hands(self, stream: trio.abc.Stream, peer: str, visit: Visit) -> Connection | None:
        """TLS and the upgrade; None where the client does not make it, which is its own affair."""
        reason = f"no upgrade within {self._policy.handshake_timeout:g} s"
        try:
            with trio.move_on_after(self._policy.handshake_timeout) as patience:
                visit.give_way = patience.cancel
                if visit.sent_away:
                    patience.cancel()
                tune(stream)
                request = await transport.accept(
                    stream, limit=self._policy.max_message_bytes, close_timeout=self._policy.close_timeout
                )
                refusal = self._authorise(request.headers) if self._authorise else None
                if refusal is not None:
                    self._tell_of(refusal, peer, visit)
                    await request.reject(refusal.status)
                    return None
                offered = SUBPROTOCOL in request.subprotocols
                wire = await request.accept(SUBPROTOCOL if offered else None)
                return Connection(wire, self._policy, peer=peer, headers=request.headers, visit=visit)
        except LinkLost as lost:
            reason = lost.reason
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            reason = "the client left"
        log.debug("handshake_failed", peer=peer, reason="it gave way to others" if visit.sent_away else reason)
        return None

    def _tell_of(self, refusal: Refusal, peer: str, visit: Visit) -> None:
        """A refusal is news once an hour for each address: what is refused comes again, and the log is finite."""
        news = self._told.is_news((visit.address, refusal.status), trio.current_time())
        tell = log.info if news else log.debug
        tell("connection_refused", peer=peer, status=refusal.status, reason=refusal.reason)

    async def _serve(self, connection: Connection, visit: Visit) -> None:
        async with running(connection):
            if self._lets_in and not self._door.enter(visit):
                log.warning("connection_refused", peer=connection.peer, reason=FULL)
                await connection.close(CloseCode.TRY_LATER, FULL)
                return
            await self._handle(connection)

    async def _handle(self, connection: Connection) -> None:
        try:
            await self._handler(connection)
        except* LinkLost as lost:
            log.debug("link_lost", peer=connection.peer, reason=str(lost.exceptions[0]))
        except* Exception:
            log.exception("handler_failed", peer=connection.peer)
            await connection.close(INTERNAL_ERROR, "internal error")
        except* trio.Cancelled:
            await connection.close(CloseCode.GOING_AWAY, "the server stops")  # noqa: ASYNC102 - shields itself
            raise
