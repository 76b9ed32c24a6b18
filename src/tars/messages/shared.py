"""What either side may say."""

import enum

import attrs

from tars.messages.fields import Identifier


class EndReason(enum.StrEnum):
    """Why a session ended. Peers may name others; they are shown as they come."""

    TIMEOUT = "timeout"
    GOODBYE = "goodbye"
    DISCONNECT = "disconnect"
    ERROR = "error"
    SHUTDOWN = "shutdown"
    DEVICE = "device"
    FALSE_WAKE = "false_wake"
    """There was no hotword; told to devices whose `capabilities` name it, and to others as `timeout`."""


@attrs.frozen
class SessionEnd:
    """The session is over; the device listens for its hotword again."""

    session_id: Identifier
    reason: str


@attrs.frozen
class Error:
    """Something went wrong; nothing else changed."""

    code: str
    message: str
    fatal: bool
