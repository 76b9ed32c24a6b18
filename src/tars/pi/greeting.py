"""The first words on a connection, and what stands after them."""

import attrs
import trio
from structlog import get_logger

from tars.link import Connection, LinkLost
from tars.messages import (
    SUBPROTOCOL,
    BadMessage,
    DeviceDialect,
    DeviceOriginal,
    DeviceVersion1,
    Error,
    Hello,
    Welcome,
)
from tars.pi.outbox import Outbox

GREETING_LIMIT = 5.0
"""Seconds from `hello` to `welcome`: what the server, for its part, allows for the `hello`."""

log = get_logger()


@attrs.frozen(eq=False)
class GreetedLink:
    """One connection on which messages may flow."""

    connection: Connection
    dialect: DeviceDialect
    welcome: Welcome | None
    """None from an older server, which knows no greeting."""
    outbox: Outbox
    written: trio.Event = attrs.field(factory=trio.Event)
    """Set when a closed outbox has been sent to its end."""

    @property
    def peer(self) -> str:
        """The server's address."""
        return self.connection.peer


async def greet(connection: Connection, hello: Hello, outbox: Outbox) -> GreetedLink:
    """Say `hello` and hear the `welcome`. An older server knows neither: wait for its first sign of life instead.

    What is said then goes through `outbox`, a new one.

    Raises `LinkLost` when there is no `welcome`, or no sign, in time.
    """
    if connection.subprotocol != SUBPROTOCOL:
        await _wait_accepted(connection)
        return GreetedLink(connection, DeviceOriginal(), None, outbox)
    dialect = DeviceVersion1()
    bad: BadMessage | None = None
    with trio.move_on_after(GREETING_LIMIT):
        await connection.send(dialect.encode(hello))
        while True:
            try:
                welcome = _read_welcome(await connection.receive(), dialect)
            except BadMessage as exc:
                await connection.send(dialect.encode(Error(exc.code, exc.message, fatal=False)))
                bad = bad or exc
                continue
            if welcome is not None:
                return GreetedLink(connection, dialect, welcome, outbox)
    instead = "" if bad is None else f"; what it said instead: {bad.message}"
    raise LinkLost(f"the server did not answer the greeting within {GREETING_LIMIT:.0f} s{instead}")


async def _wait_accepted(connection: Connection) -> None:
    """Return when an older server has taken the link on: it has answered a ping, or said something.

    A server that is full makes the upgrade as well, and then closes with 1013: that was never a link. The first
    ping follows the upgrade at once, so this takes one round trip.
    """
    with trio.move_on_after(GREETING_LIMIT):
        await connection.wait_answered()
        return
    raise LinkLost(f"the server did not answer a ping within {GREETING_LIMIT:.0f} s")


def _read_welcome(frame: str | bytes, dialect: DeviceVersion1) -> Welcome | None:
    """The `welcome` in a frame; None for whatever else a server may say first. Raises `BadMessage`."""
    if isinstance(frame, bytes):
        return None
    message = dialect.decode(frame)
    if isinstance(message, Error):
        log.warning("server_error", code=message.code, message=message.message)
    return message if isinstance(message, Welcome) else None
