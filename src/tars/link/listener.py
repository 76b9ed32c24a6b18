"""The side that is dialled: an accept loop in which no client can hurt another."""

import contextlib
import errno
from collections.abc import Awaitable, Callable, Sequence

import trio
from structlog import get_logger

from tars.link import transport
from tars.link.connection import Connection, running
from tars.link.door import LOCAL, PROXIED, Door, Visit, address_group, plain_address
from tars.link.errors import LinkLost
from tars.link.forwarded import NO_PROXIES, Client, TrustedProxies
from tars.link.policy import SERVER_POLICY, LinkPolicy
from tars.link.sockets import client_address, may_write, peer_name, tune
from tars.link.told import Told
from tars.link.upgrade import (
    FORBIDDEN,
    REQUEST_TIMEOUT,
    UNAUTHORISED,
    UNAVAILABLE,
    NoUpgrade,
    Refusal,
    UpgradeRequest,
    write_refusal,
)
from tars.messages import SUBPROTOCOL, CloseCode

log = get_logger()

Handler = Callable[[Connection], Awaitable[None]]
Authorise = Callable[[UpgradeRequest], Refusal | None]
OnRefused = Callable[[int], object]
"""Called with the HTTP status or the close code by which a client is turned away."""

FULL = "the server is at its connection limit"
GAVE_WAY = Refusal(
    UNAVAILABLE, "it gave way to others at the door", "too many others are at the door", retry_after=1
)
"""A second later whoever crowds the door may have had its time, and honest clients are through."""
ANSWER_GRACE = 0.05
"""Seconds for an answer to a client that gives way: it goes out at once, or not. Its place and its file descriptor
are wanted."""
KEEPS_A_DEVICE_OUT = frozenset({UNAUTHORISED, FORBIDDEN, UNAVAILABLE, int(CloseCode.TRY_LATER)})
"""Of a refusal: somebody's device may be the one that is turned away, and will be again. Others are strangers."""
EXHAUSTION = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
EXHAUSTION_PAUSE = 0.1
"""Seconds before the next accept when the system has no file descriptor left, and nobody at the door can be sent
away to free one; a tenth of it where somebody can."""


async def serve_connections(
    listeners: Sequence[trio.abc.Listener[trio.abc.Stream]],
    handler: Handler,
    *,
    policy: LinkPolicy = SERVER_POLICY,
    authorise: Authorise | None = None,
    door: Door | None = None,
    proxies: TrustedProxies = NO_PROXIES,
    on_refused: OnRefused = lambda code: None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `handler` with every link that a client makes, until cancelled; then the links are closed with 1001,
    and the listeners as well. Closing the listeners earlier refuses newcomers, and leaves the links alone.

    `authorise` sees the upgrade request and returns None, or why it is refused. `proxies` may say where a request
    comes from, for all that goes by address. `on_refused` is called for each client that is turned away here. A
    handler ends its own link and no other: by returning (1000), by raising (1011, with the traceback in the log),
    or with the `LinkLost` that its link raised.

    A caller that brings its own `door` lets clients in itself, with `door.enter(connection.visit)`, once they have
    said who they are. Without one, whoever has made the upgrade is in, or is told 1013 where there is no room.
    """
    server = _Server(handler, policy, authorise, door, proxies, on_refused)
    async with trio.open_nursery() as nursery:
        for listener in listeners:
            nursery.start_soon(server.accept_from, listener, nursery)
        task_status.started()


def _admit_all(request: UpgradeRequest) -> None:
    """Refuse nothing."""


class _Server:
    def __init__(
        self,
        handler: Handler,
        policy: LinkPolicy,
        authorise: Authorise | None,
        door: Door | None,
        proxies: TrustedProxies,
        on_refused: OnRefused,
    ) -> None:
        self._handler = handler
        self._policy = policy
        self._authorise = authorise or _admit_all
        self._lets_in = door is None
        self._door = door or Door(policy)
        self._proxies = proxies
        self._on_refused = on_refused
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
                    address = client_address(stream)
                    visit = self._door.arrive(self._group(address), trio.current_time())
                    nursery.start_soon(self._isolate, stream, address, visit)

    def _group(self, address: str | None) -> str:
        """What counts as the client's address before it has sent its request."""
        if address is None:
            return LOCAL
        if self._proxies.trusts(plain_address(address)):
            return PROXIED
        return address_group(address, split_loopback=self._policy.split_loopback)

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
            self._door.shortage_at = trio.current_time()
        else:
            self._exhausted = False
            self._door.shortage_at = None
            return stream
        # who was sent away needs a moment to be gone, and its descriptor with it
        await trio.sleep(EXHAUSTION_PAUSE / 10 if made_room else EXHAUSTION_PAUSE)
        return None

    async def _isolate(self, stream: trio.abc.Stream, address: str | None, visit: Visit) -> None:
        """Everything one client can do stays in here. This is the one place that catches any exception: a bug
        that one device meets must not end the others' links."""
        peer = peer_name(stream)
        try:
            connection = await self._shake_hands(stream, address, peer, visit)
            if connection is not None:
                await self._serve(connection, visit)
        except Exception:
            log.exception("connection_failed", peer=peer)
        finally:
            self._door.leave(visit)
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)

    async def _shake_hands(
        self, stream: trio.abc.Stream, address: str | None, peer: str, visit: Visit
    ) -> Connection | None:
        """TLS and the upgrade; None where the client does not make it, or is refused."""
        refused = False
        try:
            with trio.move_on_after(self._policy.handshake_timeout) as patience:
                visit.give_way = patience.cancel
                if visit.sent_away:
                    patience.cancel()
                tune(stream)
                try:
                    request = await transport.accept(
                        stream, limit=self._policy.max_message_bytes, close_timeout=self._policy.close_timeout
                    )
                except NoUpgrade as no:
                    refused = True
                    self._refuse(Refusal(no.status, no.reason), peer, visit)
                    await no.answer()
                    return None
                client = self._find_out(address, peer, request, visit)
                asked = UpgradeRequest(request.path, request.headers, client)
                if (refusal := self._authorise(asked)) is not None:
                    refused = True
                    self._refuse(refusal, client.peer, visit)
                    await request.reject(refusal)
                    return None
                offered = SUBPROTOCOL in request.subprotocols
                wire = await request.accept(SUBPROTOCOL if offered else None)
                return Connection(wire, self._policy, peer=client.peer, request=asked, visit=visit)
            if not refused:
                await self._end_handshake(stream, peer, visit)
        except LinkLost as lost:
            log.debug("handshake_failed", peer=peer, reason=lost.reason)
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            log.debug("handshake_failed", peer=peer, reason="the client left")
        return None

    def _find_out(self, address: str | None, peer: str, request: transport.Request, visit: Visit) -> Client:
        """Where the request comes from; from now on its client counts under that address."""
        split = self._policy.split_loopback
        client = self._proxies.client(address, peer, request.headers, split_loopback=split)
        self._door.move(visit, client.group)
        if client.doubt and self._told.is_news(client.group, client.doubt, trio.current_time()):
            log.warning("client_address_unknown", peer=peer, reason=client.doubt)
        return client

    async def _end_handshake(self, stream: trio.abc.Stream, peer: str, visit: Visit) -> None:
        """Turn away a client that has had its time, or gives way to others. It is told where that is no wait."""
        seconds = f"{self._policy.handshake_timeout:g} s"
        slow = Refusal(
            REQUEST_TIMEOUT, f"no upgrade within {seconds}", f"no complete request came within {seconds}"
        )
        refusal = GAVE_WAY if visit.sent_away else slow
        self._refuse(refusal, peer, visit)
        if may_write(stream):
            with trio.move_on_after(ANSWER_GRACE), contextlib.suppress(trio.BusyResourceError):
                await stream.send_all(write_refusal(refusal))

    def _refuse(self, refusal: Refusal, peer: str, visit: Visit) -> None:
        """Count a refusal. It is news once an hour for each address and reason: what is refused comes again, and
        the log is finite."""
        self._on_refused(refusal.status)
        news = self._told.is_news(visit.address, refusal.kind or refusal.reason, trio.current_time())
        tell = log.debug if not news else log.warning if refusal.status in KEEPS_A_DEVICE_OUT else log.info
        tell("connection_refused", peer=peer, status=refusal.status, reason=refusal.reason)

    async def _serve(self, connection: Connection, visit: Visit) -> None:
        async with running(connection):
            if self._lets_in and not self._door.enter(visit):
                self._refuse(Refusal(CloseCode.TRY_LATER, FULL), connection.peer, visit)
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
            await connection.close(CloseCode.INTERNAL_ERROR, "internal error")
        except* trio.Cancelled:
            await connection.close(CloseCode.GOING_AWAY, "the server stops")  # noqa: ASYNC102 - shields itself
            raise
