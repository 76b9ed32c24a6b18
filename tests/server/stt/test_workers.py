"""The ears as the server uses them: real worker processes that hear synthetic voices."""

import importlib.util
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from tars.server.stt.recogniser import Activation, HotwordAlone, Pause, RecogniserFailed, SpeechStarted, Utterance
from tars.server.stt.workers import WorkerListening, WorkerRecogniser, open_speech_workers
from tars.server.workers import WorkerPolicy
from tests.server.stt.sounds import HOTWORDS, events_until_utterance, frames, room, said, utterance
from tests.support.limits import HANG
from tests.support.real import need

pytestmark = [pytest.mark.real, pytest.mark.trio]


@asynccontextmanager
async def ears(processes: int = 1) -> AsyncIterator[WorkerRecogniser]:
    need(importlib.util.find_spec("pocketsphinx") is not None, "pocketsphinx")
    with trio.fail_after(HANG):
        async with open_speech_workers(hotwords=HOTWORDS, policy=WorkerPolicy(processes=processes)) as recogniser:
            await recogniser.pool.wait_ready()
            yield recogniser


async def test_the_hotword_and_a_question_in_one_breath() -> None:
    async with ears() as recogniser, recogniser.open("s1") as listening:
        for frame in frames(said("hey jarvis, what time is it")):
            listening.feed(frame)
        before, heard = await events_until_utterance(listening)
    assert (heard.text, heard.source) == ("what time is it", "grammar")
    assert isinstance(before[0], SpeechStarted)
    assert [event.text for event in before if isinstance(event, Pause)] == ["what time is it"]


async def test_what_is_said_after_the_hotword_is_heard_with_and_without_pre_roll() -> None:
    """A worker is told how much of the audio was before the detection, and tells of a hotword by itself."""
    async with ears() as recogniser:
        for pre_roll, first in ((0.0, "what is your name"), (1.5, "hey jarvis"), (None, "roll two dice")):
            async with recogniser.open("s1", None if pre_roll is None else Activation(pre_roll)) as listening:
                for frame in frames(said(first, voice="en-us+m7")):
                    listening.feed(frame)
                heard = [await listening.events.receive()]
                while not isinstance(heard[-1], Utterance | HotwordAlone):
                    heard.append(await listening.events.receive())
                assert isinstance(heard[-1], HotwordAlone) == (first == "hey jarvis")
                assert not listening.speaking
                for frame in frames(said("what time is it")):
                    listening.feed(frame)
                assert (await utterance(listening)).text == "what time is it"


async def test_a_restart_forgets_what_was_heard_and_what_is_on_its_way() -> None:
    async with ears() as recogniser, recogniser.open("s1") as listening:
        for frame in frames(said("flip a coin")):
            listening.feed(frame)
        listening.restart()
        for frame in frames(said("what time is it", voice="en-us+f2")):
            listening.feed(frame)
        assert (await utterance(listening)).text == "what time is it"


async def test_finish_always_brings_an_utterance() -> None:
    async with ears() as recogniser, recogniser.open("s1") as listening:
        listening.feed(room(1.0))
        listening.finish()
        nothing = await utterance(listening)
        assert nothing.text == ""
        assert nothing.at == pytest.approx(1.0, abs=0.04)
        listening.feed(said("what time is it", after=0.05))
        listening.finish()
        assert (await utterance(listening)).text == "what time is it"


async def test_a_worker_killed_in_the_middle_of_a_word_harms_its_own_sessions_only() -> None:
    async with ears(processes=2) as recogniser, recogniser.open("bystander") as bystander:
        spoken = said("what is the volume")
        half = len(spoken) // 2 // 1280 * 1280
        for frame in frames(spoken[:half]):
            bystander.feed(frame)
        async with victim_of(recogniser) as victim:
            for frame in frames(said("what time is it")[: 1280 * 30]):
                victim.feed(frame)
            assert isinstance(await victim.events.receive(), SpeechStarted)
            os.kill(recogniser.pool.pids[1], signal.SIGKILL)
        for frame in frames(spoken[half:]):
            bystander.feed(frame)
        assert (await utterance(bystander)).text == "what is the volume"
        async with recogniser.open("fresh") as fresh:
            fresh.feed(said("what time is it"))
            assert (await utterance(fresh)).text == "what time is it"


@asynccontextmanager
async def victim_of(recogniser: WorkerRecogniser) -> AsyncIterator[WorkerListening]:
    with pytest.raises(RecogniserFailed, match="killed by signal 9"):  # noqa: PT012
        async with recogniser.open("victim") as listening:
            yield listening
            await trio.sleep_forever()
