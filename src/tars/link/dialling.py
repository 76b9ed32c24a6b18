"""The side that dials."""

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
from tars.messages import SUBPROTOCOL

OpenStream = Callable[[], Awaitable[trio.abc.Stream]]


@attrs.frozen
class Target:
    """Where a WebSocket URL points."""

    host: str
    port: int
    resource: str
    secure: bool


def parse_url(url: str) -> Target:
    """The target of a `ws://` or `wss://` URL; `ValueError` says what is wrong with any other."""
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss"):
        raise ValueError(f"{url!r} is not the address of a server: it has to begin with ws:// or wss://")
    if not parts.hostname:
        raise ValueError(f"{url!r} names no host")
    secure = parts.scheme == "wss"
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, parts.port or (443 if secure else 80), resource, secure)


@asynccontextmanager
async def open_connection(
    url: str,
    *,
    policy: LinkPolicy = CLIENT_POLICY,
    token: str | None = None,
    ssl_context: ssl.SSLContext | None = None,
    open_stream: OpenStream | None = None,
) -> AsyncIterator[Connection]:
    """Dial `url` and yield the link; `LinkLost` says why where there is none."""
    target = parse_url(url)
    error: BaseException | None = None
    async with trio.open_nursery() as nursery:
        try:
            try:
                with trio.fail_after(policy.dial_timeout):
                    if open_stream is not None:
                        stream = await open_stream()
                    elif target.secure:
                        stream = await trio.open_ssl_over_tcp_stream(
                            target.host, target.port, ssl_context=ssl_context, https_compatible=True
                        )
                    else:
                        stream = await trio.open_tcp_stream(target.host, target.port)
                    headers = [(b"Authorization", b"Bearer " + token.encode())] if token else []
                    wire = await transport.dial(
                        nursery,
                        stream,
                        host=f"{target.host}:{target.port}",
                        resource=target.resource,
                        subprotocol=SUBPROTOCOL,
                        headers=headers,
                        max_message_bytes=policy.max_message_bytes,
                    )
            except (OSError, trio.TooSlowError) as exc:
                raise LinkLost(f"no connection: {exc!r}") from exc
            connection = Connection(wire, policy, peer=f"{target.host}:{target.port}", headers={})
            async with running(nursery, connection):
                yield connection
        except BaseException as exc:
            error = exc
        nursery.cancel_scope.cancel()
    if error is not None:
        raise error
