"""WebSocket close codes that the protocol gives a meaning (docs/protocol.md, "Close codes")."""

import enum


class CloseCode(enum.IntEnum):
    """Why a side closed the link."""

    NORMAL = 1000
    """The device stops."""
    GOING_AWAY = 1001
    """The server stops."""
    POLICY = 1008
    """Too many bad messages, or no `hello` in time."""
    TOO_BIG = 1009
    """A frame over 64 KiB."""
    INTERNAL_ERROR = 1011
    """A bug on the side that closes it."""
    TRY_LATER = 1013
    """The server is at its connection limit."""
    UNAUTHORISED = 4401
    """The token is missing or wrong."""
    TAKEN_OVER = 4409
    """The same device connected again; the newer connection won."""
