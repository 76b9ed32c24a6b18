"""Rule 5 of the protocol page, held against a real `tars-server` by a device that nobody of the project wrote."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.outsider import (
    BYTES_A_SECOND,
    Device,
    Server,
    all_of,
    asynchronous,
    dial,
    greeted,
    question,
    running,
    transcribed,
    well_logged,
)

pytestmark = pytest.mark.real

WINDOW = 2.5
SENTENCE = "hey jarvis, set the humor to seventy percent"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose sessions wait for their devices."""
    folder = tmp_path_factory.mktemp("patient")
    with running(folder, TARS_SESSION_RESUME_WINDOW=str(WINDOW)) as it:
        it.until("worker_ready", 2)
        yield it
    well_logged(it)
    assert not (folder / "stderr").read_text()


def hang_up(device: Device) -> None:
    """Lose the link without a word."""
    device.socket.transport.abort()


async def resume(device: Device, device_id: str, session_id: str, **playback: object) -> Any:
    """Say hello for a session that was cut; what the welcome says of it."""
    wish = {"session_id": session_id, **({"playback": playback} if playback else {})}
    return (await device.hello(device_id, resume=wish)).get("resumed")


def pieces(device: Device) -> bytes:
    """The audio that has come."""
    return b"".join(frame.data for frame in device.frames if isinstance(frame.data, bytes))


@pytest.mark.parametrize("noticed", [True, False], ids=["cut", "ghost"])
@asynchronous
async def test_a_sentence_that_is_cut_in_two_is_understood_as_one(server: Server, noticed: bool) -> None:
    name, pcm = f"halved-{noticed}", question(SENTENCE)
    half = int(1.4 * BYTES_A_SECOND) // 2 * 2
    async with dial(server) as device:
        await device.hello(name)
        session = await device.hotword(pre_roll_bytes=32_000)
        await device.speak(pcm[:half])
        await device.until("session_started")
        if noticed:
            hang_up(device)
            await asyncio.to_thread(server.until, "session_suspended", session_id=session)
        async with dial(server) as again:
            went_on = await resume(again, name, session)
            assert went_on["session_id"] == session
            assert 0 <= went_on["audio_received_bytes"] <= half
            assert went_on["audio_received_bytes"] % 2 == 0
            await again.speak(pcm[went_on["audio_received_bytes"] :])
            answer = await again.utterance()
            assert transcribed(again) == ["set the humor to seventy percent"]
            await again.played(answer)
            await again.is_well()
        if not noticed:
            assert await device.closed() == 4409
    server.until("session_end", session_id=session, reason="disconnect")


@asynchronous
async def test_a_reply_goes_on_after_the_last_byte_received(server: Server) -> None:
    pcm = question("hey jarvis, what is two plus two")
    async with dial(server) as device:
        await device.hello("cut")
        session = await device.hotword(pre_roll_bytes=32_000)

        async def held(again: Device, audio: bytes) -> Any:
            return await resume(
                again, "cut", session, utterance_id=start["utterance_id"], received_bytes=len(audio)
            )

        await device.speak(pcm)
        start = (await device.until("start_of_tts_stream")).message
        await device.until("tts_stream_end")
        hang_up(device)
        whole = pieces(device)
        got = whole[:7_002]  # let the rest have been on its way: nothing says that a cut falls between frames
    async with dial(server) as device:
        assert await held(device, got) == {"session_id": session, "audio_received_bytes": len(pcm)}
        await device.until("tts_stream_end")
        hang_up(device)
        got += pieces(device)[:9_998]
    async with dial(server) as device:
        assert await held(device, got)
        rest = await device.utterance(held=len(got))
        assert {**rest.start.message, "text": None} == {**start, "text": None}
        assert got + pieces(device) == whole
        await device.played(rest)
        await device.is_well()
        assert "stop_playback" not in device.types()


@asynchronous
async def test_what_cannot_be_resumed(server: Server) -> None:
    async def unknown() -> None:
        async with dial(server) as device:
            assert await resume(device, "nobody", "no-such-session") is None
            await device.is_well()
            assert device.types() == ["welcome", "error"]

    async def too_late() -> None:
        async with greeted(server, "late") as device:
            session = await device.hotword()
            await device.until("session_started")
            hang_up(device)
        began = time.monotonic()
        await asyncio.to_thread(server.until, "session_end", session_id=session)
        assert WINDOW - 0.5 < time.monotonic() - began < WINDOW + 1
        async with dial(server) as device:
            assert await resume(device, "late", session) is None
            await device.is_well()
            assert device.types() == ["welcome", "error"]
        ends = server.logged("session_end", session_id=session)
        assert [end["reason"] for end in ends] == ["disconnect"]

    async def begun_afresh() -> None:
        async with greeted(server, "afresh") as device:
            session = await device.hotword()
            await device.until("session_started")
            hang_up(device)
        async with greeted(server, "afresh"):
            await asyncio.to_thread(server.until, "session_end", session_id=session, reason="disconnect")

    async def nonsense() -> None:
        async with dial(server) as device:
            bad: object
            for bad in (7, [], {}, {"session_id": 7}, {"session_id": "s", "playback": {"received_bytes": 0}}):
                await device.send("hello", protocol=1, device_id="nonsense", resume=bad)
                assert (await device.until("error")).message["code"] == "bad_message"
            assert "resumed" not in await device.hello("nonsense")

    await all_of(unknown(), too_late(), begun_afresh(), nonsense())
