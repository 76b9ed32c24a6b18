"""What the server and a speech worker say to each other, as bytes. Pure.

To the worker: a letter, then a body: audio, finish, restart, watch for stop words. From the worker: an event with
the **generation** it belongs to, which counts the restarts: what was heard before a restart is nobody's business
after it. And how far it has come with the audio, whatever the generation.
"""

from collections.abc import Mapping
from typing import Any, get_args

import attrs
import msgspec

from tars.server.brains.grammar import GrammarSpec
from tars.server.stt.recogniser import Activation, SpeechEvent
from tars.server.stt.settings import SpeechSettings

AUDIO = b"A"
FINISH = b"F"
RESTART = b"R"
WATCH = b"W"


@attrs.frozen
class Progress:
    """The worker has looked at all audio up to here."""

    byte_count: int
    """Of the session's audio, since its beginning."""


FromWorker = SpeechEvent | Progress

_EVENTS: Mapping[str, type[FromWorker]] = {kind.__name__: kind for kind in get_args(FromWorker)}


@attrs.frozen
class Setup:
    """What a speech worker needs to prepare itself."""

    settings: SpeechSettings
    grammar: GrammarSpec
    hotwords: list[str]


def encode_setup(setup: Setup) -> bytes:
    """A setup as bytes."""
    return msgspec.msgpack.encode(setup)


def decode_setup(data: bytes) -> Setup:
    """The setup that `encode_setup` wrote."""
    return msgspec.msgpack.decode(data, type=Setup)


@attrs.frozen
class Opening:
    """What a speech worker needs for one session."""

    session_id: str
    activation: Activation | None
    """See `Recogniser.open`."""


def encode_opening(opening: Opening) -> bytes:
    """An opening as bytes."""
    return msgspec.msgpack.encode(opening)


def decode_opening(data: bytes) -> Opening:
    """The opening that `encode_opening` wrote."""
    return msgspec.msgpack.decode(data, type=Opening)


def encode_event(generation: int, event: FromWorker) -> bytes:
    """An event as bytes."""
    return msgspec.msgpack.encode([generation, type(event).__name__, msgspec.to_builtins(event)])


def decode_event(data: bytes) -> tuple[int, FromWorker]:
    """The generation and the event that `encode_event` wrote."""
    generation, kind, fields = msgspec.msgpack.decode(data, type=tuple[int, str, dict[str, Any]])
    return generation, msgspec.convert(fields, _EVENTS[kind])
