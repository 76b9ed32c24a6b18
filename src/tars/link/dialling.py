"""The side that dials."""

import functools
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

from tars.link import transport
from tars.link.connection import Connection, running
from tars.link.errors import LinkLost
from tars.link.http_answers import NotUpgraded, loss_by_answer
from tars.link.policy import CLIENT_POLICY, LinkPolicy
from tars.link.server_address import ServerAddress, parse_server_address
from tars.link.sockets import tune
from tars.link.tls import system_context, tls_loss
from tars.messages import SUBPROTOCOL

OpenStream = Callable[[], Awaitable[trio.abc.Stream]]


@asynccontextmanager
async def open_connection(
    url: str,
    *,
    policy: LinkPolicy = CLIENT_POLICY,
    token: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
    open_stream: OpenStream | None = None,
) -> AsyncIterator[Connection]:
    """Dial `url`, and yield the link while it is used; then say goodbye and hang up.

    An address with a user and a password sends these as Basic, for a proxy before the server; there is no room for
    `token` beside them, and it has to go into the `hello`.

    Raises `LinkLost` where no link comes about within the policy's `dial_timeout`, with the real reason; and
    `ValueError` for a URL or a token that cannot be one. What the block raises comes out as it is. `open_stream`
    replaces the way to the server, TLS included.
    """
    target = parse_server_address(url)
    headers = _headers(target, token)
    if open_stream is None:
        open_stream = functools.partial(_open_stream, target, ssl_context)
    stream: trio.abc.Stream | None = None
    try:
        phase = "no connection to {address}"
        with trio.move_on_after(policy.dial_timeout) as limit:
            with _real_reasons(target):
                stream = await open_stream()
                if isinstance(stream, trio.SSLStream):
                    phase = "no TLS handshake with {address}"
                    await stream.do_handshake()
                tune(stream)
                phase = "no answer to the upgrade from {address}"
                wire = await transport.dial(
                    stream,
                    host=target.host_header,
                    resource=target.resource,
                    subprotocol=SUBPROTOCOL,
                    headers=headers,
                    limit=policy.max_message_bytes,
                    close_timeout=policy.close_timeout,
                )
        if limit.cancelled_caught:
            raise LinkLost(f"{phase.format(address=target.address)} within {policy.dial_timeout:g} s")
        async with running(Connection(wire, policy, peer=target.address)) as connection:
            yield connection
    finally:
        if stream is not None:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)


def _headers(target: ServerAddress, token: str | None) -> list[tuple[bytes, bytes]]:
    headers = authorisation(token)
    if (basic := target.basic_authorisation) is not None:
        return [(b"Authorization", basic)]
    return headers


def authorisation(token: str | None) -> list[tuple[bytes, bytes]]:
    """The upgrade request's header for `token`; raises `ValueError` for one that no header can carry."""
    if not token:
        return []
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError("a token has to be plain ASCII without spaces")
    return [(b"Authorization", b"Bearer " + token.encode())]


async def _open_stream(target: ServerAddress, ssl_context: ssl.SSLContext | None) -> trio.abc.Stream:
    """The way to the server. The TLS handshake is still to be made."""
    stream = await trio.open_tcp_stream(target.host, target.port)
    if not target.secure:
        return stream
    context = ssl_context or system_context()
    return trio.SSLStream(stream, context, server_hostname=target.name, https_compatible=True)


class _real_reasons:  # noqa: N801 - used like a function
    """Turns what a dial can die of into `LinkLost`, with the reason that lies at the bottom of it."""

    def __init__(self, target: ServerAddress) -> None:
        self._target = target

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, exc: BaseException | None, __: object) -> None:
        if isinstance(exc, NotUpgraded):
            raise loss_by_answer(exc.answer, self._target) from exc
        if isinstance(exc, OSError | trio.BrokenResourceError | trio.ClosedResourceError):
            raise _loss(_root(exc), self._target) from exc


def _root(exc: BaseException) -> BaseException:
    """What an error comes from. trio tries a host's addresses side by side and groups what they died of."""
    while True:
        if isinstance(exc, BaseExceptionGroup):
            exc = exc.exceptions[0]
        elif exc.__cause__ is not None:
            exc = exc.__cause__
        else:
            return exc


def _loss(exc: BaseException, target: ServerAddress) -> LinkLost:
    if isinstance(exc, ssl.SSLError):
        return tls_loss(exc, target.name, target.address)
    return LinkLost(_reason(exc, target))


def _reason(exc: BaseException, target: ServerAddress) -> str:
    match exc:
        case socket.gaierror():
            return f"no address is known for {target.host}"
        case ConnectionRefusedError():
            return f"connection refused by {target.address}"
        case OSError():
            return f"no connection to {target.address}: {(exc.strerror or str(exc)).lower()}"
    return f"{target.address} hung up during the handshake"
