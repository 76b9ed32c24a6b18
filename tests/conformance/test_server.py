"""The protocol page, held against a real `tars-server` by a device that nobody of the project wrote.

One server with its default settings serves most of this; a second one, with a token, bound wide and impatient,
the rest. What takes seconds by the protocol's own words (no hello, long replies) happens side by side.
"""

import asyncio
import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conformance.outsider import (
    BYTES_A_SECOND,
    Device,
    Server,
    Utterance,
    all_of,
    asynchronous,
    dial,
    greeted,
    question,
    running,
    transcribed,
    well_logged,
)
from tests.support.limits import HANG
from tests.support.voices import noise, silence

pytestmark = pytest.mark.real

TOKEN = "the-right-token-of-4711-characters"
PAGE = "http://tars.local:8080"
WRONG = "a-wrong-token-that-must-not-be-logged"
ORIGINAL = {"audio", "start_of_tts_stream", "tts_stream_end", "session_end"}
"""What a server may send to a client of the original message set."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with running(folder) as it:
        it.until("worker_ready", 2)
        yield it
        it.process.send_signal(signal.SIGTERM)
        assert it.process.wait(HANG) == 0
    well_logged(it)
    assert not (folder / "stderr").read_text()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a token, which serves other machines, and whose sessions end after 1.2 s of silence."""
    folder = tmp_path_factory.mktemp("guarded")
    variables = {"TARS_SERVER_TOKEN": TOKEN, "TARS_SERVER_ALLOWED_ORIGINS": PAGE, "TARS_SESSION_TIMEOUT": "1.2"}
    with running(folder, "--host", "0.0.0.0", **variables) as it:
        it.until("worker_ready", 2)
        yield it
    well_logged(it)
    assert TOKEN not in "".join(it.lines)
    assert WRONG not in "".join(it.lines)
    assert not (folder / "stderr").read_text()


def replied(device: Device) -> str:
    return str([frame.message["text"] for frame in device.frames if frame.type == "reply"][-1])


# Connection


@asynchronous
async def test_it_selects_tars_v1_and_no_compression_and_welcomes_first(server: Server) -> None:
    async with dial(server, offers=("mqtt", "tars.v1", "tars.v9")) as device:
        response = device.socket.response
        assert response is not None
        assert device.socket.subprotocol == "tars.v1"
        assert "Sec-WebSocket-Extensions" not in response.headers
        welcome = await device.hello(
            "kitchen", name="Küche 🍳", capabilities=["volume", "unheard-of"], colour="red"
        )
        assert device.types() == ["welcome"]
        assert welcome["protocol"] == 1
        assert welcome["device_id"] == "kitchen"
        assert re.search(r"\d+\.\d+", welcome["server"])
        assert "resumed" not in welcome or welcome["resumed"] is None


@asynchronous
async def test_no_hello_within_5_s_ends_with_1008_whatever_else_is_sent(server: Server) -> None:
    async def mute() -> None:
        async with dial(server) as device:
            began = time.monotonic()
            assert await device.closed() == 1008
            assert 4.5 < time.monotonic() - began < 7

    async def chatty() -> None:
        async with dial(server) as device:
            began = time.monotonic()
            while device.code is None:
                await device.socket.ping()
                await device.socket.send(silence(0.08))
                await asyncio.sleep(0.5)
                assert time.monotonic() - began < 7
            assert device.code == 1008
            assert time.monotonic() - began > 4.5

    await all_of(mute(), chatty())


@pytest.mark.parametrize(
    "device_id",
    ["", "a" * 65, "a b", "küche", "a/b", "kitchen\n", "\u0000", "a:b", "\U0001d7d8", 7, None, True, ["id"], {}],
)
@asynchronous
async def test_a_bad_device_id_gets_an_error_and_another_try(server: Server, device_id: object) -> None:
    async with dial(server) as device:
        await device.send("hello", protocol=1, device_id=device_id)
        error = (await device.until("error")).message
        assert error["code"] == "bad_message"
        assert error["fatal"] is False
        assert error["message"]
        assert (await device.hello("second-try"))["device_id"] == "second-try"


@pytest.mark.parametrize("device_id", ["a", "0", "A" * 64, "..", "-_.9Z"])
@asynchronous
async def test_any_id_of_the_allowed_letters_is_welcome(server: Server, device_id: str) -> None:
    async with dial(server) as device:
        assert (await device.hello(device_id))["device_id"] == device_id


@asynchronous
async def test_what_comes_before_hello_gets_an_error_and_does_nothing(server: Server) -> None:
    async with dial(server) as device:
        for attempt in range(2):
            await device.hotword()
            await device.until("error")
            await device.send("unheard_of", attempt=attempt)
            assert (await device.until("error")).message["code"] == "unknown_type"
        await device.hello("early")
        await device.speak(question("what time is it"))
        await device.is_well()
        assert not {"session_started", "transcript", "reply", "audio_ack"} & set(device.types())


@asynchronous
async def test_a_second_hello_is_an_error_and_changes_nothing(server: Server) -> None:
    async with greeted(server, "once") as device, greeted(server, "other") as other:
        await device.send("hello", protocol=1, device_id="other")
        error = (await device.until("error")).message
        assert error["fatal"] is False
        assert "welcome" not in device.types(since=1)
        await all_of(device.is_well(), other.is_well())


# Bad input

SESSION = "6f2b7a60-5a0e-4c57-9d3b-1d8e5f6c0a11"
BAD_TEXTS = [
    "",
    " ",
    "{",
    "nonsense",
    "\x00",
    "[]",
    '["hello"]',
    '"hello"',
    "1",
    "null",
    "true",
    "NaN",
    "{}",
    '{"type":null}',
    '{"type":1}',
    '{"type":["hello"]}',
    '{"Type":"hello"}',
    '{"type":"hotword_detected"',
    "[" * 30_000,
    '{"type":"hotword_detected","x":' + "[" * 30_000,
    '{"type":"hotword_detected","score":1e999999}',
    '{"type":"playback_progress","utterance_id":"u","played_bytes":' + "9" * 5_000 + "}",
]
BAD_MESSAGES: list[dict[str, object]] = [
    {"type": "hotword_detected"},
    {"type": "hotword_detected", "hotword": "alexa", "score": 0.5},
    {"type": "hotword_detected", "session_id": SESSION, "score": 0.5},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa"},
    {"type": "hotword_detected", "session_id": "", "hotword": "alexa", "score": 0.5},
    {"type": "hotword_detected", "session_id": 7, "hotword": "alexa", "score": 0.5},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": 7, "score": 0.5},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa", "score": "0.5"},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa", "score": True},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa", "score": 1.5},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa", "score": -0.1},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa", "score": 0.5, "pre_roll_bytes": -2},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa", "score": 0.5, "pre_roll_bytes": "2"},
    {"type": "hotword_detected", "session_id": SESSION, "hotword": "alexa", "score": 0.5, "pre_roll_bytes": 2.5},
    {"type": "playback_complete"},
    {"type": "playback_complete", "utterance_id": 7},
    {"type": "playback_progress", "utterance_id": "u"},
    {"type": "playback_progress", "utterance_id": "u", "played_bytes": -1},
    {"type": "playback_progress", "utterance_id": "u", "played_bytes": "1"},
    {"type": "interrupt", "utterance_id": 7},
    {"type": "session_end"},
    {"type": "session_end", "session_id": SESSION},
    {"type": "session_end", "session_id": 7, "reason": "device"},
]
OUT_OF_PLACE: list[dict[str, object]] = [
    {"type": "session_end", "session_id": SESSION, "reason": "device"},
    {"type": "interrupt"},
    {"type": "interrupt", "utterance_id": "never-spoken"},
    {"type": "playback_complete", "utterance_id": "never-spoken"},
    {"type": "playback_progress", "utterance_id": "never-spoken", "played_bytes": 2},
    {"type": "welcome", "protocol": 1, "server": "me", "device_id": "kitchen"},
    {"type": "session_started", "session_id": SESSION},
    {"type": "tts_stream_end", "utterance_id": "u", "total_bytes": 0},
]


@pytest.mark.parametrize(
    "bad", [*BAD_TEXTS, *map(json.dumps, [*BAD_MESSAGES, *OUT_OF_PLACE])], ids=lambda b: b[:90]
)
@asynchronous
async def test_bad_input_gets_one_error_and_changes_nothing(server: Server, bad: str) -> None:
    async with greeted(server, "clumsy") as device:
        await device.socket.send(bad)
        error = (await device.until("error")).message
        assert isinstance(error["code"], str)
        assert error["fatal"] is False
        assert isinstance(error["message"], str)
        assert 5 < len(error["message"]) < 400
        await device.is_well()
        assert device.types() == ["welcome", "error", "error"]


@asynchronous
async def test_bad_input_in_the_middle_of_a_sentence_does_not_disturb_it(server: Server) -> None:
    pcm = question("hey jarvis, what can you do")
    bad: list[str | bytes] = [
        "{",
        '{"type":"session_end"}',
        json.dumps(BAD_MESSAGES[4]),
        silence(0.1)[:-1],
        silence(2),
    ]
    async with greeted(server, "hiccup") as device:
        await device.hotword()
        cut = len(pcm) // 2 // 2_560 * 2_560
        await device.speak(pcm[:cut])
        for each in bad:
            await device.socket.send(each)
            assert (await device.until("error")).message["fatal"] is False
        await device.speak(pcm[cut:])
        await device.until("start_of_tts_stream")
        assert transcribed(device) == ["what can you do"]
        acks = [frame.message["received_bytes"] for frame in device.frames if frame.type == "audio_ack"]
        assert max(acks, default=0) <= len(pcm)
        assert device.types().count("error") == len(bad)


@asynchronous
async def test_audio_of_any_even_size_up_to_32_kib_is_right_and_no_other(server: Server) -> None:
    async with greeted(server, "sizes") as device:
        await device.hotword()
        for size in (0, 2, 1_234, 32_768):
            await device.socket.send(bytes(size))
        await device.is_well()
        assert device.types().count("error") == 1, device.story
        for size in (1, 2_559, 32_767, 32_770, 65_534, 65_536):
            await device.socket.send(bytes(size))
            assert (await device.until("error")).message["code"] == "bad_message", size
        await device.is_well()
        assert "session_end" not in device.types()


@asynchronous
async def test_a_message_in_fragments_is_one_message_and_64_kib_is_the_end_of_it(server: Server) -> None:
    async with dial(server) as device:
        await device.socket.send(['{"type":"hello",', '"protocol":1,', '"device_id":"pieces"}'])
        await device.until("welcome")
        await device.socket.send('"' + "x" * 65_534 + '"')
        await device.until("error")
    larges: list[str | bytes | list[bytes]] = ["x" * 65_537, bytes(65_538), [bytes(16_000)] * 5, bytes(5_000_000)]
    for large in larges:
        async with greeted(server, "large") as device:
            await device.hotword()
            with suppress(ConnectionClosed):
                await device.socket.send(large)
            assert await device.closed() == 1009


@asynchronous
async def test_unknown_types_never_close_the_link(server: Server) -> None:
    async with greeted(server, "futurist") as device:
        for number in range(300):
            await device.send(f"type_of_the_year_{2030 + number}", payload=[1, {"a": None}])
            assert (await device.until("error")).message["code"] == "unknown_type"
        await device.hotword()
        await device.until("session_started")


@asynchronous
async def test_many_bad_messages_close_with_1008(server: Server) -> None:
    async with greeted(server, "vandal") as device, greeted(server, "bystander") as bystander:
        while device.code is None:
            with suppress(ConnectionClosed):
                await device.socket.send("{")
            await device.error_or_close()
            assert device.types().count("error") < 1_000
        assert await device.closed() == 1008
        assert device.types().count("error") >= 3
        await bystander.is_well()
    async with greeted(server, "vandal") as device:
        await device.is_well()


@asynchronous
async def test_text_that_is_not_utf_8_ends_that_link_only(server: Server) -> None:
    async with greeted(server, "latin-1") as device, greeted(server, "bystander") as bystander:
        await device.socket.send(b"caf\xe9", text=True)
        assert await device.closed() in (1007, 1008)
        await bystander.is_well()


# Conversations


def in_order(device: Device, utterance: Utterance, since: int = 0) -> None:
    """What belongs to a turn comes in the protocol's order, and its audio is never too far ahead."""
    types = [kind for kind in device.types(since) if kind != "audio_ack"]
    assert types[0] == "session_started", device.story
    assert types[1] == "transcript", device.story
    assert types.index("transcript") < types.index("reply") < types.index("start_of_tts_stream")
    assert types.index("start_of_tts_stream") < types.index("audio") <= types.index("tts_stream_end")
    assert "error" not in types
    for frame in device.frames[since:]:
        if frame.type != "audio":
            assert frame.message.get("session_id", device.session_id) == device.session_id, frame
    finals = [frame for frame in device.frames[since:] if frame.type == "reply" and frame.message["final"]]
    assert len(finals) == 1
    assert finals[0].message["utterance_id"] == utterance.id
    assert utterance.start.message["width"] == 2
    assert all(len(frame.data) % 2 == 0 for frame in utterance.audio)
    sent = 0
    for frame in utterance.audio:
        sent += len(frame.data)
        ahead = sent / utterance.rate - (frame.at - utterance.audio[0].at)
        assert ahead < 2.6, f"{ahead:.1f} s ahead of the loudspeaker"


@pytest.mark.parametrize(
    ("words", "heard", "answer", "size"),
    [
        ("hey jarvis, what time is it", "what time is it", r"\d|o'clock|noon|midnight|past|to", 2_560),
        ("what is two plus two", "what is two plus two", "four|4", 1_234),
        ("alexa, who are you", "who are you", "TARS", 32_768),
        ("hey jarvis, flip a coin", "flip a coin", "(?i)heads|tails", 640),
    ],
)
@asynchronous
async def test_a_question_in_one_burst(server: Server, words: str, heard: str, answer: str, size: int) -> None:
    pcm = question(words)
    async with greeted(server, "burst") as device:
        await device.hotword(hotword="alexa" if "alexa" in words else "hey_jarvis", pre_roll_bytes=48_000)
        await device.speak(pcm, size)
        utterance = await device.utterance()
        in_order(device, utterance, since=1)
        assert transcribed(device) == [heard]
        assert re.search(answer, replied(device))
        await device.played(utterance)
        await device.send("session_end", session_id=device.session_id, reason="device")
        end = (await device.until("session_end")).message
        assert end["reason"] == "device"
        assert end["session_id"] == device.session_id


@asynchronous
@pytest.mark.alone
async def test_questions_in_real_time_side_by_side(server: Server) -> None:
    """Frames of 20 and 80 ms and an odd size; acknowledged every second; answered soon; then a follow-up."""

    async def talk(name: str, size: int, voice: str) -> None:
        pcm = question("hey jarvis, what is two plus two", voice, after=2.5)
        async with greeted(server, name) as device:
            await device.hotword(pre_roll_bytes=32_000, device_time=time.monotonic())
            await device.speak(pcm[:32_000], size)
            began = time.monotonic()
            await device.speak(pcm[32_000:], size, real_time=True)
            assert time.monotonic() - began < len(pcm) / BYTES_A_SECOND + 1
            utterance = await device.utterance()
            in_order(device, utterance, since=1)
            assert transcribed(device) == ["what is two plus two"]
            spoken = (len(pcm) / BYTES_A_SECOND - 2.5) - 1
            assert utterance.start.at - began < spoken + 2.2, "answered late"
            acks = [frame for frame in device.frames if frame.type == "audio_ack"]
            assert len(acks) >= (len(pcm) / BYTES_A_SECOND - 1) * 0.7 - 1, device.story
            for before, after in pairwise(acks):
                assert after.at - before.at < 1.6
                assert after.message["received_bytes"] > before.message["received_bytes"]
            for ack in acks:
                bytes_sent = 32_000 + (ack.at - began) * BYTES_A_SECOND + size
                assert ack.message["received_bytes"] <= bytes_sent + 3_200
                assert ack.message["session_id"] == device.session_id
            await device.played(utterance, device_time=time.monotonic())
            mark = len(device.frames)
            await device.speak(question("flip a coin", voice), size)
            followed = await device.utterance()
            assert transcribed(device)[-1] == "flip a coin"
            assert re.search("(?i)heads|tails", replied(device))
            assert "session_started" not in device.types(mark)
            assert followed.id != utterance.id

    await all_of(
        talk("frames-20", 640, "en-us"), talk("frames-80", 2_560, "en-us"), talk("frames-odd", 1_234, "en")
    )


@asynchronous
async def test_acknowledged_bytes_are_those_of_the_session(server: Server) -> None:
    async with greeted(server, "counter") as device:
        await device.speak(noise(1.0, 20))
        await device.is_well()
        assert device.types() == ["welcome", "error"]
        await device.hotword()
        total = len(noise(2.2, 20))
        await device.speak(noise(2.2, 20), 1_234, real_time=True)
        await device.speak(noise(1.0, 20), 1_234, real_time=True)
        acks = [frame.message["received_bytes"] for frame in device.frames if frame.type == "audio_ack"]
        assert 2 <= len(acks) <= 5
        assert acks == sorted(set(acks))
        assert acks[-1] <= total + 32_000
        assert acks[-1] >= 64_000 - 1_234


@asynchronous
async def test_a_long_reply_is_never_far_ahead_nor_disturbed_by_a_device_that_never_reads(server: Server) -> None:
    async with dial(server, reads=False) as deaf, greeted(server, "long") as device:
        deaf.socket.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        await deaf.send("hello", protocol=1, device_id="deaf")
        deaf.socket.transport.pause_reading()
        await deaf.hotword()
        await deaf.speak(question("hey jarvis, what can you do"))
        utterance = await device.ask("hey jarvis, what can you do")
        deaf.socket.transport.abort()
        in_order(device, utterance, since=1)
        assert utterance.seconds > 4
        lasted = utterance.audio[-1].at - utterance.audio[0].at
        assert utterance.seconds - 2.6 < lasted < utterance.seconds + 0.5
        gaps = [after.at - before.at for before, after in pairwise(utterance.audio)]
        assert max(gaps) < 1.5
        await asyncio.wait_for(await device.socket.ping(), 1)


@asynchronous
async def test_an_interruption_stops_the_reply_and_the_next_words_are_heard(server: Server) -> None:
    async with greeted(server, "rude") as device:
        await device.hotword()
        await device.speak(question("hey jarvis, what can you do"))
        started = (await device.until("start_of_tts_stream")).message
        await device.until("audio")
        await device.send("playback_progress", utterance_id=started["utterance_id"], played_bytes=0)
        pongs = [await device.socket.ping() for _ in range(5)]
        for pong in pongs:
            assert await asyncio.wait_for(pong, 1) < 1
        await device.send("playback_progress", utterance_id=started["utterance_id"], played_bytes=8_000)
        await device.send("interrupt", utterance_id=started["utterance_id"])
        at = time.monotonic()
        ended = await device.until(lambda frame: frame.type in ("stop_playback", "tts_stream_end"), 2)
        assert ended.message["utterance_id"] == started["utterance_id"]
        assert ended.at - at < 0.5
        await device.speak(question("what is two plus two"))
        second = await device.utterance()
        assert second.id != started["utterance_id"]
        assert transcribed(device)[-1] == "what is two plus two"
        audio = [frame for frame in device.frames if frame.type == "audio" and frame.at < second.start.at]
        assert audio
        assert all(frame.at < at + 0.5 for frame in audio)
        ends = [frame.message for frame in device.frames if frame.type == "tts_stream_end"]
        for end in ends[:-1]:
            assert end["total_bytes"] == sum(len(frame.data) for frame in audio)
        assert "session_end" not in device.types()


@asynchronous
async def test_goodbye_is_answered_and_then_the_session_ends(server: Server) -> None:
    async with greeted(server, "polite") as device:
        utterance = await device.ask("hey jarvis, bye")
        assert "session_end" not in device.types()
        await device.played(utterance)
        end = (await device.until("session_end", 3)).message
        assert end == {**end, "session_id": device.session_id, "reason": "goodbye"}
        mark = len(device.frames)
        await device.speak(question("what time is it"))
        await device.is_well()
        assert device.types(mark) == ["error"]
        await device.hotword()
        assert (await device.until("session_started")).message["session_id"] == device.session_id


@asynchronous
async def test_a_second_hotword_starts_a_session_of_its_own(server: Server) -> None:
    async with greeted(server, "twice") as device:
        first = await device.hotword()
        await device.speak(noise(1.5, 20))
        await device.until("session_started")
        second = await device.hotword()
        await device.speak(question("hey jarvis, what is two plus two"))
        started = await device.until("session_started")
        assert started.message["session_id"] == second
        await device.utterance()
        assert transcribed(device) == ["what is two plus two"]
        ends = [frame.message for frame in device.frames if frame.type == "session_end"]
        assert [end["session_id"] for end in ends] == [first]
        before = device.frames[: device.frames.index(started)]
        assert "session_end" in [frame.type for frame in before], "two sessions at once"


@asynchronous
async def test_a_lost_link_ends_its_session_once_and_everything_works_again(server: Server) -> None:
    async with greeted(server, "unlucky") as device:
        session = await device.hotword()
        await device.speak(question("hey jarvis, what can you do"))
        await device.until("audio")
        device.socket.transport.abort()
    await asyncio.to_thread(server.until, "session_end", device_id="unlucky")
    async with greeted(server, "unlucky") as device:
        await device.ask("hey jarvis, what is two plus two")
        assert transcribed(device) == ["what is two plus two"]
    await asyncio.to_thread(server.until, "session_end", 2, device_id="unlucky")
    ends = server.logged("session_end", device_id="unlucky")
    assert [end["reason"] for end in ends] == ["disconnect", "disconnect"]
    assert [end for end in ends if end.get("session_id") == session] == ends[:1]
    async with greeted(server, "unlucky"):
        pass
    await asyncio.to_thread(server.until, "device_disconnected", 3, device_id="unlucky")
    assert len(server.logged("session_end", device_id="unlucky")) == 2


@asynchronous
async def test_a_new_connection_takes_over_at_once(server: Server) -> None:
    async with greeted(server, "ghost") as old:
        await old.hotword()
        await old.until("session_started")
        async with greeted(server, "ghost") as new:
            assert await old.closed(2) == 4409
            await new.ask("hey jarvis, what is two plus two")
            assert transcribed(new) == ["what is two plus two"]
            async with greeted(server, "ghost") as newest:
                assert await new.closed(2) == 4409
                await newest.is_well()
    await asyncio.to_thread(server.until, "session_end", 2, device_id="ghost")
    assert [end["reason"] for end in server.logged("session_end", device_id="ghost")] == ["disconnect"] * 2


@asynchronous
async def test_a_ghost_that_does_not_answer_keeps_nobody_out(server: Server) -> None:
    async with dial(server, reads=False) as ghost:
        await ghost.send("hello", protocol=1, device_id="half-open")
        await asyncio.to_thread(server.until, "device_connected", device_id="half-open")
        ghost.socket.transport.pause_reading()
        began = time.monotonic()
        async with greeted(server, "half-open") as device:
            assert time.monotonic() - began < 1
            await device.hotword()
            await device.until("session_started", 2)
        ghost.socket.transport.abort()


# The original message set


@asynchronous
async def test_clients_of_the_original_set_hold_whole_conversations(server: Server) -> None:
    """Bare types, nothing else: several questions, each of two clients its own device."""

    async def talk(offers: tuple[str, ...]) -> None:
        async with dial(server, offers=offers) as device:
            assert device.socket.subprotocol is None
            await device.send("hotword_detected")
            await device.speak(question("hey jarvis, what is two plus two"))
            first = await device.utterance()
            assert 0.4 < first.bytes / BYTES_A_SECOND < 6
            await device.send("playback_complete")
            await device.speak(question("bye"))
            await device.utterance()
            await device.send("playback_complete")
            await device.until("session_end")
            await device.send("hotword_detected")
            await device.speak(question("hey jarvis, what is two plus two"))
            await device.utterance()
            await device.send("session_end")
            await asyncio.wait_for(await device.socket.ping(), HANG)
            assert set(device.types()) <= ORIGINAL
            assert all(frame.message == {"type": frame.type} for frame in device.frames if frame.type != "audio")

    await all_of(talk(()), talk(("chat",)))
    names = [
        entry["device_id"] for entry in server.logged("device_connected") if "127.0.0.1" in entry["device_id"]
    ]
    assert len(set(names)) == 2, "each is a device, named after its address"


# The token


@asynchronous
async def test_the_token_in_the_header(guarded: Server) -> None:
    for scheme in ("Bearer", "bearer"):
        async with dial(guarded, token=TOKEN, scheme=scheme) as device:
            await device.hello("with-header")
    for token, scheme in ((WRONG, "Bearer"), (TOKEN, "Basic"), ("", "Bearer"), (TOKEN + "x", "Bearer")):
        with pytest.raises(InvalidStatus) as refused:
            async with dial(guarded, token=token, scheme=scheme):
                pass
        assert refused.value.response.status_code == 401
    async with dial(guarded, token=TOKEN, offers=()) as old:
        assert (await old.until("session_end")).message == {"type": "session_end"}  # it is in none
        await old.send("hotword_detected")
        assert (await old.until("session_end")).message == {"type": "session_end"}


@asynchronous
async def test_a_client_of_the_original_set_without_the_token_is_refused(guarded: Server) -> None:
    """It has no `hello` to bring one in: refused at the upgrade or right after it, as the protocol has it."""
    codes = []
    try:
        async with dial(guarded, offers=()) as device:
            codes.append(await device.closed())
            assert not device.frames
    except InvalidStatus as refused:
        codes.append(refused.response.status_code)
    assert codes in ([401], [4401])


@asynchronous
async def test_the_token_in_hello_as_browsers_send_it(guarded: Server) -> None:
    async with dial(guarded, origin=PAGE) as device:
        await device.hotword()
        await device.until("error")
        await device.hello("browser", token=TOKEN)
    for more in ({}, {"token": WRONG}, {"token": ""}, {"token": None}, {"token": TOKEN[:-1]}):
        async with dial(guarded) as device:
            await device.send("hello", protocol=1, device_id="browser", **more)
            assert await device.closed() == 4401
            assert "welcome" not in device.types()
    async with dial(guarded) as device:
        await device.send("hello", protocol=1, device_id="bad id", token=WRONG)
        await device.send("hello", protocol=1, device_id="bad-token", token=[WRONG])
        await device.until("error")
        await device.hello("better", token=TOKEN)


@asynchronous
async def test_web_pages_are_refused_unless_they_are_allowed(guarded: Server) -> None:
    for origin in ("http://elsewhere.example", "null", PAGE + "/", PAGE.replace("http", "https")):
        with pytest.raises(InvalidStatus) as refused:
            async with dial(guarded, token=TOKEN, origin=origin):
                pass
        assert refused.value.response.status_code == 403
    async with dial(guarded, token=TOKEN, origin=PAGE) as device:
        await device.hello("a-page")


@pytest.mark.alone
@asynchronous
async def test_silence_ends_a_session_after_its_timeout(guarded: Server) -> None:
    async def quiet(name: str, pcm: bytes) -> None:
        async with dial(guarded, token=TOKEN) as device:
            await device.hello(name)
            await device.hotword()
            began = time.monotonic()
            await device.speak(pcm, real_time=True)
            end = await device.until("session_end")
            assert end.message == {**end.message, "reason": "timeout", "session_id": device.session_id}
            assert end.at - began > 1.1  # tests/server/conversation says how soon, on a clock of its own
            mark = len(device.frames)
            await device.speak(noise(0.5, 20))
            await device.is_well()
            assert device.types(mark) == ["error"]

    async def after_a_reply() -> None:
        async with dial(guarded, token=TOKEN) as device:
            await device.hello("answered")
            utterance = await device.ask("hey jarvis, what is two plus two")
            await asyncio.sleep(1.5)  # longer than the timeout, and shorter than the patience with a loudspeaker
            assert "session_end" not in device.types()
            await device.played(utterance)
            began = time.monotonic()
            end = await device.until("session_end")
            assert end.message["reason"] == "timeout"
            assert end.at - began > 1.1

    await all_of(quiet("no-audio", b""), quiet("a-room", noise(2.0, 20)), after_a_reply())


# The process


@asynchronous
async def test_what_is_not_a_websocket_gets_an_answer(server: Server) -> None:
    place = urlsplit(server.url)

    async def raw(said: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(said)
        async with asyncio.timeout(HANG):
            answer = await reader.read(4_096)
        writer.close()
        return answer

    for request in (
        b"GET / HTTP/1.1\r\nHost: tars\r\n\r\n",
        b"GET /health HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: tars\r\nContent-Length: 2\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nHost: tars\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS greeting \r\n\r\n",
    ):
        answer = await raw(request)
        assert re.match(rb"HTTP/1\.[01] 4\d\d", answer), (request, answer)
    async with greeted(server, "after-all") as device:
        await device.is_well()


@asynchronous
async def test_a_path_and_a_query_are_no_obstacle(server: Server) -> None:
    async with connect(server.url + "link?v=1", subprotocols=None, proxy=None) as link:
        await asyncio.wait_for(await link.ping(), HANG)


@pytest.mark.alone
@asynchronous
async def test_sigterm_says_goodbye_to_everybody(tmp_path: Path) -> None:
    with running(tmp_path, TARS_SESSION_TIMEOUT="20") as server:
        async with greeted(server, "idle") as idle, greeted(server, "talking") as talking, dial(server) as unknown:
            await talking.hotword()
            await talking.speak(noise(0.5, 20))
            await talking.until("session_started")
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            end = (await talking.until("session_end", 2)).message
            assert end == {**end, "session_id": talking.session_id, "reason": "shutdown"}
            for device in (idle, talking, unknown):
                assert await device.closed(2) == 1001
        assert await asyncio.to_thread(server.process.wait, HANG) == 0
        assert time.monotonic() - began < 2
    well_logged(server)
    assert [end["reason"] for end in server.logged("session_end")] == ["shutdown"]
