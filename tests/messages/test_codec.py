"""The codec: what is written can be read, and nothing that can be sent raises anything but `BadMessage`."""

import json
from typing import Any, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.messages import (
    BadMessage,
    Error,
    FromDevice,
    FromServer,
    Hello,
    Message,
    Transcript,
    decode_from_device,
    decode_from_server,
    encode,
)
from tests.messages.strategies import JSON, from_device, from_server

ON_THE_WIRE = {
    *("hello", "hotword_detected", "playback_complete", "playback_progress", "interrupt", "session_end"),
    *("welcome", "session_started", "audio_ack", "transcript", "reply", "start_of_tts_stream", "tts_stream_end"),
    *("stop_playback", "notification", "settings", "restarting", "error"),
}


@given(message=from_device)
def test_what_a_device_says_arrives(message: FromDevice) -> None:
    assert decode_from_device(encode(message)) == message


@given(message=from_server)
def test_what_a_server_says_arrives(message: FromServer) -> None:
    assert decode_from_server(encode(message)) == message


@given(message=from_device | from_server)
def test_the_wire_is_an_object_with_a_type_and_no_empty_fields(message: Message) -> None:
    fields = json.loads(encode(message))
    assert fields["type"] in ON_THE_WIRE
    assert None not in fields.values()


def test_every_message_of_the_protocol_is_there() -> None:
    kinds = {*get_args(FromDevice), *get_args(FromServer)}
    assert len(kinds) == len(ON_THE_WIRE)


def decode_or_complain(text: str) -> None:
    """Decode as either side would; the complaint, where there is one, can be sent."""
    for decode in (decode_from_device, decode_from_server):
        try:
            decode(text)
        except BadMessage as bad:
            encode(Error(bad.code, bad.message, fatal=False))


@given(text=st.text() | JSON.map(json.dumps))
def test_no_text_raises_anything_else(text: str) -> None:
    decode_or_complain(text)


@given(message=from_device | from_server, field=st.integers(0, 20), value=JSON, drop=st.booleans(), extra=JSON)
def test_no_bent_message_raises_anything_else(
    message: Message, field: int, value: Any, drop: bool, extra: Any
) -> None:
    fields = json.loads(encode(message))
    name = sorted(fields)[field % len(fields)]
    if drop:
        del fields[name]
    else:
        fields[name] = value
    fields["extra"] = extra
    decode_or_complain(json.dumps(fields))


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"type":' * 100_000,
        '{"type":"settings","settings":' + '{"a":' * 50_000 + "1" + "}" * 50_001,
        '{"type":"hello","protocol":1,"device_id":"a","device_time":1e999}',
        '{"type":"audio_ack","session_id":"s","received_bytes":' + "9" * 5000 + "}",
        '{"type":"hello","protocol":1,"device_id":"\ud800"}',
        '{"type":"\\ud800"}',
        "\x00",
        "\ufeff{}",
        '{"type":"interrupt","type":"hello"}',
        "NaN",
        '{"type":"transcript","session_id":"s","text":"t","final":NaN}',
    ],
)
def test_famous_ways_to_break_a_parser_break_nothing(text: str) -> None:
    decode_or_complain(text)


@given(message=from_server, extra=st.dictionaries(st.text(min_size=1).map("x_".__add__), JSON, max_size=3))
def test_unknown_fields_are_ignored(message: FromServer, extra: dict[str, Any]) -> None:
    assert decode_from_server(json.dumps({**extra, **json.loads(encode(message))})) == message


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("hello", "bad_message", "JSON object"),
        ("[1]", "bad_message", "JSON object"),
        ("{}", "bad_message", "`type`"),
        ('{"type": 7}', "bad_message", "`type`"),
        ('{"type": "dance"}', "unknown_type", "dance"),
        ('{"type": "welcome"}', "unknown_type", "welcome"),  # no word of a device
        ('{"type": "hello", "protocol": 1}', "bad_message", "`device_id`"),
        ('{"type": "hello", "protocol": 2, "device_id": "a"}', "bad_message", "$.protocol"),
        ('{"type": "hello", "protocol": 1, "device_id": "a b"}', "bad_message", "$.device_id"),
        ('{"type": "hello", "protocol": 1, "device_id": "a\\n"}', "bad_message", "$.device_id"),
        ('{"type": "hello", "protocol": 1, "device_id": ""}', "bad_message", "$.device_id"),
        ('{"type": "hello", "protocol": true, "device_id": "a"}', "bad_message", "$.protocol"),
        (
            '{"type": "hotword_detected", "session_id": "s", "hotword": "h", "score": 1.5}',
            "bad_message",
            "$.score",
        ),
        (
            '{"type": "hotword_detected", "session_id": "s", "hotword": "h", "score": "1"}',
            "bad_message",
            "$.score",
        ),
        (
            '{"type": "playback_progress", "utterance_id": "u", "played_bytes": -1}',
            "bad_message",
            "$.played_bytes",
        ),
        (
            '{"type": "hello", "protocol": 1, "device_id": "a", "resume": {"session_id": 7}}',
            "bad_message",
            "$.resume.session_id",
        ),
    ],
)
def test_errors_name_the_field(text: str, code: str, named: str) -> None:
    with pytest.raises(BadMessage) as caught:
        decode_from_device(text)
    assert caught.value.code == code
    assert named in caught.value.message


def test_an_error_does_not_repeat_a_whole_message() -> None:
    with pytest.raises(BadMessage) as caught:
        decode_from_device(json.dumps({"type": "x" * 60_000}))
    assert len(caught.value.message) < 200


def test_a_token_stays_out_of_logs() -> None:
    assert "secret" not in repr(Hello(1, "kitchen", token="secret"))


def test_messages_do_not_change() -> None:
    message = Transcript("s", "hello", final=True)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        message.text = "bye"  # type: ignore[misc]
