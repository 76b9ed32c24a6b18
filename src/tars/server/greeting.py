"""The first words on a connection: who the device is, and whether it may come in."""

import attrs
import trio

from tars.link import Connection
from tars.messages import (
    SUBPROTOCOL,
    BadMessage,
    CloseCode,
    Error,
    Hello,
    ServerDialect,
    ServerOriginal,
    ServerVersion1,
    encode,
)
from tars.server.authorisation import Gatekeeper

HELLO_TIMEOUT = 5.0
"""Seconds for a `hello`; it is part of the protocol."""


@attrs.frozen
class Introduction:
    """A device that may come in."""

    dialect: ServerDialect
    hello: Hello | None
    """None from an older device, which has no name."""


class Refused(Exception):
    """A device that may not: the close code, and the reason in a few words."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def introduce(connection: Connection, gatekeeper: Gatekeeper) -> Introduction:
    """Hear the device's `hello`, where it speaks version 1. Raises `Refused`, `LinkLost`."""
    if connection.subprotocol != SUBPROTOCOL:
        if not gatekeeper.admits(connection.headers, None):
            raise Refused(CloseCode.UNAUTHORISED, "token missing")
        return Introduction(ServerOriginal(), None)
    with trio.move_on_after(HELLO_TIMEOUT):
        hello = await _hello(connection)
        if not gatekeeper.admits(connection.headers, hello.token):
            raise Refused(CloseCode.UNAUTHORISED, "token wrong" if hello.token else "token missing")
        return Introduction(ServerVersion1(), hello)
    raise Refused(CloseCode.POLICY, f"no hello within {HELLO_TIMEOUT:g} s")


async def _hello(connection: Connection) -> Hello:
    dialect = ServerVersion1()
    while True:
        frame = await connection.receive()
        if isinstance(frame, bytes):
            continue  # audio outside a session is ignored
        try:
            message = dialect.decode(frame)
            if isinstance(message, Hello):
                return message
            raise BadMessage("bad_message", "hello comes first")
        except BadMessage as bad:
            await connection.send(encode(Error(bad.code, bad.message, fatal=False)))
