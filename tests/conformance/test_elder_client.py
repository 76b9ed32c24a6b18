"""A real `tars-server` and the client of the TARS that came before."""

import asyncio
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.elder_client import ElderClient, State, elder
from tests.conformance.outsider import Server, all_of, asynchronous, running, well_logged
from tests.support.voices import in_room, speak, voiced

pytestmark = [pytest.mark.real, pytest.mark.slow]

FIRST_QUESTIONS = (
    ("what time is it", "en-us+m7", 0.5),
    ("what day is it", "en-us+f3", 0.2),
    ("repeat that", "en-us+f2", 0.5),
    ("what is your name", "en-us+m7", 0.5),
)
"""Words, voice, and the seconds from the hotword to the first of them: each was once taken for the hotword, which
is not in the audio of such a client."""


def spoken(words: str, voice: str = "en-us", before: float = 0.3) -> bytes:
    """`words` after so many seconds of a quiet room, to the sample."""
    pcm = speak(words, voice)
    begin, end = voiced(pcm)
    return in_room(pcm[begin:end], 20, before, 1.0, seed=1)


async def ask(client: ElderClient, words: str, voice: str = "en-us", before: float = 0.3) -> None:
    """Say the hotword and at once a question, and wait for the first of the answer."""
    client.say(spoken(words, voice, before))
    await client.hotword()
    await client.until_state(State.REPLY)


def test_its_first_question_is_answered_and_a_whole_conversation_held(tmp_path: Path) -> None:
    @asynchronous
    async def talk(server: Server) -> None:
        async def begin(words: str, voice: str, before: float) -> None:
            async with elder(server.url) as client:
                await ask(client, words, voice, before)
                await (
                    client.button()
                )  # which waits for what it has of the answer, and confirms it when all is over
                assert client.state is State.HOTWORD
                assert not client.codes

        async def converse() -> None:
            async with elder(server.url) as client:
                await ask(client, "what is two plus two")
                await client.until_state(State.SESSION)
                client.say(spoken("bye"))
                await client.until_heard("tts_stream_end", 2)
                await client.until_heard("session_end", 2)  # the first was for whatever it was in before
                await client.until_state(State.HOTWORD)
                assert not client.streams
                assert client.said.count("playback_complete") == client.heard.count("tts_stream_end") == 2
                assert client.said[-1] == "session_end"
                assert not client.codes

        await all_of(converse(), *(begin(*question) for question in FIRST_QUESTIONS))

    with running(tmp_path) as server:
        server.until("ready")
        talk(server)
        names = {entry["device_id"] for entry in server.logged("device_connected")}
        assert len(names) == 1 + len(FIRST_QUESTIONS)
        assert "goodbye" in {entry["reason"] for entry in server.logged("session_end")}
        heard = {entry["session_id"] for entry in server.logged("transcript", final=True)}
        assert heard == {entry["session_id"] for entry in server.logged("session_started")}, (
            "a question was swallowed"
        )
        well_logged(server)


def test_it_leaves_the_session_that_its_dead_server_left_it_in(tmp_path: Path) -> None:
    """A server that dies when it has sent its answer: the client plays that, opens its microphone, and would never
    know that nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = str(reserved.getsockname()[1])

    @asynchronous
    async def live(first: Server, more: ExitStack) -> None:
        async with elder(first.url) as client:
            client.card.clear()
            await ask(client, "what is two plus two")
            await client.until_heard("tts_stream_end")
            first.process.send_signal(signal.SIGKILL)
            await client.until(lambda: bool(client.codes), "the loss of its server")
            await client.until_state(State.REPLY)  # which no loss of a connection ends
            client.card.set()
            await client.until(lambda: client.streams, "its microphone, which it opens after the answer")
            await client.until_state(State.SESSION)
            second = await asyncio.to_thread(more.enter_context, running(tmp_path, port=port))
            await client.until_state(State.HOTWORD)
            assert client.connections == 2
            assert not client.streams
            await client.hotword()
            await asyncio.to_thread(second.until, "session_started")

    with running(tmp_path, port=port) as first, ExitStack() as more:
        first.until("ready")
        live(first, more)
