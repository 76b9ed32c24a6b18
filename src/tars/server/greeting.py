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
from tars.server.authorisation import Admission, Gatekeeper, Unauthorised

HELLO_TIMEOUT = 5.0
"""Seconds for a `hello`; it is part of the protocol."""


@attrs.frozen
class Introduction:
    """A device that may come in."""

    dialect: ServerDialect
    hello: Hello | None
    """None from an older device, which does not say its name."""
    admission: Admission
    """What let it in."""

    @property
    def device_id(self) -> str | None:
        """Who it is: by a token of its own, or else by its `hello`; None for an older device without such a token.

        The two differ where the device was renamed: it goes on saying the name by which it was paired.
        """
        return self.admission.device_id or (self.hello.device_id if self.hello is not None else None)


class Refused(Exception):
    """A device that may not: the close code, and the reason in a few words."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def introduce(connection: Connection, gatekeeper: Gatekeeper) -> Introduction:
    """Hear the device's `hello`, where it speaks version 1. Raises `Refused`, `LinkLost`."""
    if connection.subprotocol != SUBPROTOCOL:
        return Introduction(ServerOriginal(), None, _admit(gatekeeper, connection, None))
    with trio.move_on_after(HELLO_TIMEOUT):
        hello = await _hello(connection)
        return Introduction(ServerVersion1(), hello, _admit(gatekeeper, connection, hello))
    raise Refused(CloseCode.POLICY, f"no hello within {HELLO_TIMEOUT:g} s")


def _admit(gatekeeper: Gatekeeper, connection: Connection, hello: Hello | None) -> Admission:
    try:
        return gatekeeper.admit(connection.request, hello)
    except Unauthorised as exc:
        raise Refused(CloseCode.UNAUTHORISED, str(exc)) from None


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
