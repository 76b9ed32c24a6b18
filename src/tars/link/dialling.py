"""The side that dials."""

import functools
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import attrs
import trio

from tars.link import transport
from tars.link.connection import Connection, running
from tars.link.errors import LinkLost
from tars.link.policy import CLIENT_POLICY, LinkPolicy
from tars.link.sockets import join_address, tune
from tars.link.tls import system_context, tls_loss
from tars.messages import SUBPROTOCOL

BAD_REQUEST = 400
"""The HTTP status with which servers answer what is not encrypted and should be."""

OpenStream = Callable[[], Awaitable[trio.abc.Stream]]


@attrs.frozen
class Target:
    """Where a WebSocket URL points."""

    host: str
    port: int
    resource: str
    """The path and the query."""
    secure: bool

    @property
    def address(self) -> str:
        """`host:port`."""
        return join_address(self.host, self.port)


def parse_url(url: str) -> Target:
    """The target of a `ws://` or `wss://` URL; `ValueError` says what is wrong with any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise ValueError(f"{url!r} is not the address of a server: {exc}") from None
    if parts.scheme not in ("ws", "wss"):
        raise ValueError(f"{url!r} is not the address of a server: it has to begin with ws:// or wss://")
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host; write for example ws://HOST:7456/")
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (resource.isascii() and resource.isprintable()) or " " in resource:
        raise ValueError(f"the path in {url!r} holds characters that no URL may hold")
    secure = parts.scheme == "wss"
    return Target(parts.hostname, port or (443 if secure else 80), resource, secure)


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

    Raises `LinkLost` where no link comes about within the policy's `dial_timeout`, with the real reason; and
    `ValueError` for a URL or a token that cannot be one. What the block raises comes out as it is. `open_stream`
    replaces the way to the server, TLS included.
    """
    target = parse_url(url)
    headers = authorisation(token)
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
                    host=target.address,
                    resource=target.resource,
                    subprotocol=SUBPROTOCOL,
                    headers=headers,
                    limit=policy.max_message_bytes,
                    close_timeout=policy.close_timeout,
                )
        if limit.cancelled_caught:
            raise LinkLost(f"{phase.format(address=target.address)} within {policy.dial_timeout:g} s")
        async with running(Connection(wire, policy, peer=target.address, headers={})) as connection:
            yield connection
    finally:
        if stream is not None:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)


def authorisation(token: str | None) -> list[tuple[bytes, bytes]]:
    """The upgrade request's header for `token`; raises `ValueError` for one that no header can carry."""
    if not token:
        return []
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise ValueError("a token has to be plain ASCII without spaces")
    return [(b"Authorization", b"Bearer " + token.encode())]


async def _open_stream(target: Target, ssl_context: ssl.SSLContext | None) -> trio.abc.Stream:
    """The way to the server. The TLS handshake is still to be made."""
    stream = await trio.open_tcp_stream(target.host, target.port)
    if not target.secure:
        return stream
    context = ssl_context or system_context()
    return trio.SSLStream(stream, context, server_hostname=target.host, https_compatible=True)


class _real_reasons:  # noqa: N801 - used like a function
    """Turns what a dial can die of into `LinkLost`, with the reason that lies at the bottom of it."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, exc: BaseException | None, __: object) -> None:
        if isinstance(exc, LinkLost) and exc.code == BAD_REQUEST and not self._target.secure:
            raise LinkLost(
                f"{exc.reason}; a server with a certificate is dialled by wss://", code=exc.code
            ) from exc
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


def _loss(exc: BaseException, target: Target) -> LinkLost:
    if isinstance(exc, ssl.SSLError):
        return tls_loss(exc, target.host, target.address)
    return LinkLost(_reason(exc, target))


def _reason(exc: BaseException, target: Target) -> str:
    match exc:
        case socket.gaierror():
            return f"no address is known for {target.host}"
        case ConnectionRefusedError():
            return f"connection refused by {target.address}"
        case OSError():
            return f"no connection to {target.address}: {(exc.strerror or str(exc)).lower()}"
    return f"{target.address} hung up during the handshake"
