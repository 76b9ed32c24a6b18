"""How messages are written for a peer: version 1, or the original set that older peers speak.

An older peer knows only the messages marked ★ in docs/protocol.md, with nothing but their `type`. A dialect
for it remembers the session and the utterance that are under way and fills in what the wire leaves out, so
that the rest of the program sees whole messages, whoever it talks to.
"""

import uuid
from collections.abc import Callable
from typing import Protocol

import attrs

from tars.messages import from_device, from_server
from tars.messages.codec import (
    BadMessage,
    decode_from_device,
    decode_from_server,
    encode,
    parse_object,
)
from tars.messages.from_device import FromDevice
from tars.messages.from_server import FromServer
from tars.messages.shared import EndReason, SessionEnd


def _new_id() -> str:
    return str(uuid.uuid4())


class ServerDialect(Protocol):
    """How a server reads a device and writes to it."""

    def decode(self, text: str) -> FromDevice:
        """The device's message; raises `BadMessage`."""

    def encode(self, message: FromServer) -> str | None:
        """The text to send, or None when the device would not know the message."""


class DeviceDialect(Protocol):
    """How a device reads a server and writes to it."""

    def decode(self, text: str) -> FromServer:
        """The server's message; raises `BadMessage`."""

    def encode(self, message: FromDevice) -> str | None:
        """The text to send, or None when the server would not know the message."""


class ServerVersion1:
    """`tars.v1`, at the server."""

    def decode(self, text: str) -> FromDevice:
        """The device's message; raises `BadMessage`."""
        return decode_from_device(text)

    def encode(self, message: FromServer) -> str:
        """The whole message."""
        return encode(message)


class DeviceVersion1:
    """`tars.v1`, at the device."""

    def decode(self, text: str) -> FromServer:
        """The server's message; raises `BadMessage`."""
        return decode_from_server(text)

    def encode(self, message: FromDevice) -> str:
        """The whole message."""
        return encode(message)


@attrs.define
class ServerOriginal:
    """The original set, at the server: the device is an older one."""

    _new_id: Callable[[], str] = _new_id
    _session_id: str | None = None
    _utterance_id: str | None = None

    def decode(self, text: str) -> FromDevice:
        """A whole message made from its bare `type` and what is under way; raises `BadMessage`."""
        match _bare_type(text):
            case "hotword_detected":
                self._session_id = self._new_id()
                return from_device.HotwordDetected(self._session_id, hotword="unknown", score=1.0)
            case "playback_complete":
                return from_device.PlaybackComplete(self._utterance_id or "none")
            case "session_end":
                return SessionEnd(self._session_id or "none", EndReason.DEVICE)
            case name:
                raise BadMessage("unknown_type", f"unknown message type {name[:64]!r}")

    def encode(self, message: FromServer) -> str | None:
        """The bare `type` of a message of the original set; None for any other."""
        match message:
            case from_server.StartOfTtsStream():
                self._utterance_id = message.utterance_id
                return '{"type":"start_of_tts_stream"}'
            case from_server.TtsStreamEnd():
                return '{"type":"tts_stream_end"}'
            case SessionEnd():
                return '{"type":"session_end"}'
        return None


@attrs.define
class DeviceOriginal:
    """The original set, at the device: the server is an older one."""

    _new_id: Callable[[], str] = _new_id
    _session_id: str | None = None
    _utterance_id: str | None = None
    _awaited: str | None = None
    """The utterance of which the server awaits the end. Until it is told, it listens to nobody."""

    def decode(self, text: str) -> FromServer:
        """A whole message made from its bare `type` and what is under way; raises `BadMessage`."""
        match _bare_type(text):
            case "start_of_tts_stream":
                self._utterance_id = self._awaited = self._new_id()
                return from_server.StartOfTtsStream(
                    self._utterance_id, rate=16_000, channels=1, width=2, session_id=self._session_id
                )
            case "tts_stream_end":
                return from_server.TtsStreamEnd(self._utterance_id or "none", total_bytes=0)
            case "session_end":
                return SessionEnd(self._session_id or "none", EndReason.GOODBYE)
            case name:
                raise BadMessage("unknown_type", f"unknown message type {name[:64]!r}")

    def encode(self, message: FromDevice) -> str | None:
        """The bare `type` of a message of the original set; None for any other."""
        match message:
            case from_device.HotwordDetected():
                self._session_id = message.session_id
                return '{"type":"hotword_detected"}'
            case from_device.PlaybackComplete(utterance_id) | from_device.Interrupt(utterance_id):
                return self._tell_end(utterance_id)
            case SessionEnd():
                return '{"type":"session_end"}'
        return None

    def _tell_end(self, utterance_id: str | None) -> str | None:
        """Tell the server that the utterance is over. It has one word for "heard" and for "cut off", and it takes
        that word for the end of the utterance that it began last: once, and of no other."""
        if utterance_id is None or utterance_id != self._awaited:
            return None
        self._awaited = None
        return '{"type":"playback_complete"}'


def _bare_type(text: str) -> str:
    name = parse_object(text).get("type")
    if not isinstance(name, str):
        raise BadMessage("bad_message", "`type` is missing or is not text")
    return name
