"""The two ways to talk: whole messages, and the bare types that older peers know."""

import contextlib
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.messages import (
    BadMessage,
    DeviceDialect,
    DeviceOriginal,
    DeviceVersion1,
    EndReason,
    FromDevice,
    FromServer,
    HotwordDetected,
    Interrupt,
    PlaybackComplete,
    ServerDialect,
    ServerOriginal,
    ServerVersion1,
    SessionEnd,
    StartOfTtsStream,
    TtsStreamEnd,
)
from tests.messages.strategies import JSON, from_device, from_server

ORIGINAL_FROM_DEVICE = {"hotword_detected", "playback_complete", "session_end"}
ORIGINAL_FROM_SERVER = {"start_of_tts_stream", "tts_stream_end", "session_end"}


def bare(name: str) -> str:
    return json.dumps({"type": name})


@given(message=from_device)
def test_version_1_leaves_a_devices_words_as_they_are(message: FromDevice) -> None:
    assert ServerVersion1().decode(DeviceVersion1().encode(message)) == message


@given(message=from_server)
def test_version_1_leaves_a_servers_words_as_they_are(message: FromServer) -> None:
    assert DeviceVersion1().decode(ServerVersion1().encode(message)) == message


@given(said=st.lists(from_device, max_size=8))
def test_an_older_server_hears_only_bare_types_that_it_knows(said: list[FromDevice]) -> None:
    dialect = DeviceOriginal()
    for message in said:
        if (text := dialect.encode(message)) is not None:
            assert json.loads(text).keys() == {"type"}
            assert json.loads(text)["type"] in ORIGINAL_FROM_DEVICE


@given(said=st.lists(from_server, max_size=8))
def test_an_older_device_hears_only_bare_types_that_it_knows(said: list[FromServer]) -> None:
    dialect = ServerOriginal()
    for message in said:
        if (text := dialect.encode(message)) is not None:
            assert json.loads(text).keys() == {"type"}
            assert json.loads(text)["type"] in ORIGINAL_FROM_SERVER


@given(texts=st.lists(st.text() | JSON.map(json.dumps) | st.sampled_from(sorted(ORIGINAL_FROM_DEVICE)).map(bare)))
@pytest.mark.parametrize("make", [ServerOriginal, DeviceOriginal, ServerVersion1, DeviceVersion1])
def test_no_text_raises_anything_but_bad_message(
    make: Callable[[], ServerDialect | DeviceDialect], texts: list[str]
) -> None:
    dialect = make()
    for text in texts:
        with contextlib.suppress(BadMessage):
            dialect.decode(text)


def test_a_whole_conversation_with_an_older_device() -> None:
    server = ServerOriginal(new_id=lambda: "made-up")
    assert server.decode(bare("hotword_detected")) == HotwordDetected("made-up", hotword="unknown", score=1.0)
    assert (
        server.encode(StartOfTtsStream("u1", rate=16_000, channels=1, width=2)) == '{"type":"start_of_tts_stream"}'
    )
    assert server.encode(TtsStreamEnd("u1", total_bytes=10)) == '{"type":"tts_stream_end"}'
    assert server.decode(bare("playback_complete")) == PlaybackComplete("u1")
    assert server.decode(bare("session_end")) == SessionEnd("made-up", EndReason.DEVICE)
    assert server.encode(SessionEnd("made-up", EndReason.TIMEOUT)) == '{"type":"session_end"}'


def test_a_whole_conversation_with_an_older_server() -> None:
    device = DeviceOriginal(new_id=lambda: "made-up")
    assert device.encode(HotwordDetected("s1", "button", 1.0)) == '{"type":"hotword_detected"}'
    start = device.decode(bare("start_of_tts_stream"))
    assert start == StartOfTtsStream("made-up", rate=16_000, channels=1, width=2, session_id="s1")
    assert device.decode(bare("tts_stream_end")) == TtsStreamEnd("made-up", total_bytes=0)
    assert device.encode(PlaybackComplete("made-up")) == '{"type":"playback_complete"}'
    assert device.decode(bare("session_end")) == SessionEnd("s1", EndReason.GOODBYE)


def test_an_older_server_is_told_once_that_what_it_said_last_is_over_however_it_ended() -> None:
    complete, ids = '{"type":"playback_complete"}', iter(("u1", "u2", "u3"))
    device = DeviceOriginal(new_id=lambda: next(ids))
    assert device.encode(PlaybackComplete("u0")) is None  # of the link before this one
    device.decode(bare("start_of_tts_stream"))
    assert device.encode(Interrupt()) is None
    assert device.encode(Interrupt("u1")) == complete
    assert device.encode(PlaybackComplete("u1")) is None
    device.decode(bare("start_of_tts_stream"))
    device.decode(bare("start_of_tts_stream"))
    assert device.encode(Interrupt("u2")) is None  # it would be taken for the end of the third
    assert device.encode(PlaybackComplete("u3")) == complete
    assert device.encode(Interrupt("u3")) is None


def test_every_hotword_of_an_older_device_starts_a_session_of_its_own() -> None:
    server = ServerOriginal()
    first, second = server.decode(bare("hotword_detected")), server.decode(bare("hotword_detected"))
    assert isinstance(first, HotwordDetected)
    assert isinstance(second, HotwordDetected)
    assert first.session_id != second.session_id


def test_an_original_word_that_nothing_preceded_is_still_a_message() -> None:
    assert ServerOriginal().decode(bare("playback_complete")) == PlaybackComplete("none")
    assert DeviceOriginal().decode(bare("session_end")) == SessionEnd("none", EndReason.GOODBYE)


@pytest.mark.parametrize("dialect", [ServerOriginal(), DeviceOriginal()])
def test_a_word_outside_the_original_set_is_unknown(dialect: ServerDialect | DeviceDialect) -> None:
    with pytest.raises(BadMessage) as caught:
        dialect.decode(bare("welcome"))
    assert caught.value.code == "unknown_type"
