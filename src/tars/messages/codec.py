"""JSON text to messages and back: strict types, unknown fields ignored, errors that name the field."""

import re
from types import UnionType
from typing import Any, get_args

import attrs
import msgspec

from tars.messages.from_device import FromDevice
from tars.messages.from_server import FromServer

Message = FromDevice | FromServer

SUBPROTOCOL = "tars.v1"


class BadMessage(Exception):
    """A text frame that is not a message; `code` is what the `error` that answers it says."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def type_name(kind: type) -> str:
    """The `type` of a message class on the wire: `HotwordDetected` is `hotword_detected`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def _kinds(union: UnionType) -> dict[str, type]:
    return {type_name(kind): kind for kind in get_args(union)}


_FROM_DEVICE = _kinds(FromDevice)
_FROM_SERVER = _kinds(FromServer)
_NAMES: dict[type, str] = {kind: name for name, kind in (_FROM_DEVICE | _FROM_SERVER).items()}
_decoder = msgspec.json.Decoder(dict[str, Any])
_encoder = msgspec.json.Encoder()


def encode(message: Message) -> str:
    """The message as JSON text; optional fields that are `None` are left out."""
    return _encoder.encode({"type": _NAMES[type(message)], **_fields(message)}).decode()


def _fields(value: attrs.AttrsInstance) -> dict[str, Any]:
    """The fields that are not `None`, also those of fields that are objects themselves."""
    fields = {field.name: getattr(value, field.name) for field in attrs.fields(type(value))}
    return {
        name: _fields(field) if attrs.has(type(field)) else field
        for name, field in fields.items()
        if field is not None
    }


def decode_from_device(text: str) -> FromDevice:
    """The message that a device sent; raises `BadMessage`, and nothing else, whatever the text."""
    return _decode(text, _FROM_DEVICE)  # type: ignore[no-any-return]


def decode_from_server(text: str) -> FromServer:
    """The message that a server sent; raises `BadMessage`, and nothing else, whatever the text."""
    return _decode(text, _FROM_SERVER)  # type: ignore[no-any-return]


def _decode(text: str, kinds: dict[str, type]) -> Any:  # noqa: ANN401 - narrowed by the two faces above
    fields = parse_object(text)
    name = fields.pop("type", None)
    if not isinstance(name, str):
        raise BadMessage("bad_message", "`type` is missing or is not text")
    if (kind := kinds.get(name)) is None:
        raise BadMessage("unknown_type", f"unknown message type {name[:64]!r}")
    try:
        return msgspec.convert(fields, kind)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as exc:
        raise BadMessage("bad_message", f"{name}: {exc}") from exc


def parse_object(text: str) -> dict[str, Any]:
    """The JSON object in `text`; raises `BadMessage` where it holds none."""
    try:
        return _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeError, ValueError, OverflowError, RecursionError) as exc:
        raise BadMessage("bad_message", f"not a JSON object: {exc}") from exc
