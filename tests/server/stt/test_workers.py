"""Recognition as the server uses it: real worker processes that hear synthetic voices."""

import importlib.util
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError

import pytest
import trio

from tars.errors import UserError
from tars.server.brains.grammar import GrammarSpec
from tars.server.brains.skills.skill import Reply, Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tars.server.stt.recogniser import Activation, HotwordAlone, RecogniserFailed, SpeechStarted, Utterance
from tars.server.stt.workers import WorkerListening, WorkerRecogniser, open_speech_workers
from tars.server.workers.policy import WorkerPolicy
from tests.server.stt.sounds import HOTWORDS, events_until_utterance, frames, room, said, utterance
from tests.support.limits import HANG
from tests.support.real import need

pytestmark = [pytest.mark.real, pytest.mark.trio]


@asynccontextmanager
async def ears(processes: int = 1, grammar: GrammarSpec | None = None) -> AsyncIterator[WorkerRecogniser]:
    need(importlib.util.find_spec("moonshine_voice") is not None, "moonshine-voice")
    with trio.fail_after(HANG):
        policy = WorkerPolicy(processes=processes)
        async with open_speech_workers(hotwords=HOTWORDS, policy=policy, grammar=grammar) as recogniser:
            await recogniser.pool.wait_ready()
            yield recogniser


async def test_the_hotword_and_a_question_in_one_breath() -> None:
    async with ears() as recogniser, recogniser.open("s1") as listening:
        for frame in frames(said("hey jarvis, what time is it")):
            listening.feed(frame)
        before, heard = await events_until_utterance(listening)
    assert (heard.text, heard.words, heard.source) == ("What time is it?", "what time is it", "grammar")
    assert isinstance(before[0], SpeechStarted)


async def test_a_worker_is_told_how_the_session_began_and_tells_of_a_hotword_by_itself() -> None:
    async with ears() as recogniser, recogniser.open("s1", Activation(1.5, "hey_jarvis")) as listening:
        for frame in frames(said("hey jarvis", voice="en-us+m7")):
            listening.feed(frame)
        heard = [await listening.events.receive()]
        while not isinstance(heard[-1], Utterance | HotwordAlone):
            heard.append(await listening.events.receive())
        assert isinstance(heard[-1], HotwordAlone)
        assert not listening.speaking
        for frame in frames(said("what time is it")):
            listening.feed(frame)
        assert (await utterance(listening)).words == "what time is it"


async def test_names_known_at_run_time_are_heard_by_every_worker_without_a_restart() -> None:
    room_names = Skill("rooms", "Rooms.", ("are you in the {room}",), lambda call: Reply("Yes."), names=("room",))
    grammar = spec_of([*SKILLS, room_names])
    question = said("are you in the scullery", voice="en-us+f2")
    async with ears(grammar=grammar) as recogniser:
        pids = recogniser.pool.pids
        for names, source in (((), "free"), (("Scullery", "Hall"), "grammar"), ((), "free")):
            recogniser.set_names("room", names)
            async with recogniser.open("s1") as listening:
                for frame in frames(question):
                    listening.feed(frame)
                assert (await utterance(listening)).source == source
        assert recogniser.pool.pids == pids
        with pytest.raises(ValueError, match="no list of names called 'cities'"):
            recogniser.set_names("cities", ("Rome",))


async def test_a_restart_forgets_what_was_heard_and_what_is_on_its_way() -> None:
    async with ears() as recogniser, recogniser.open("s1") as listening:
        for frame in frames(said("flip a coin")):
            listening.feed(frame)
        listening.restart()
        for frame in frames(said("what time is it", voice="en-us+f2")):
            listening.feed(frame)
        assert (await utterance(listening)).words == "what time is it"


async def test_finish_always_brings_an_utterance() -> None:
    async with ears() as recogniser, recogniser.open("s1") as listening:
        listening.feed(room(1.0))
        listening.finish()
        nothing = await utterance(listening)
        assert nothing.text == ""
        assert nothing.at == pytest.approx(1.0, abs=0.04)
        listening.feed(said("what time is it", after=0.05))
        listening.finish()
        assert (await utterance(listening)).words == "what time is it"


async def test_a_worker_killed_in_the_middle_of_a_word_harms_its_own_sessions_only() -> None:
    async with ears(processes=2) as recogniser, recogniser.open("bystander") as bystander:
        spoken = said("what day is it")
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
        assert (await utterance(bystander)).words == "what day is it"
        async with recogniser.open("fresh") as fresh:
            fresh.feed(said("what time is it"))
            assert (await utterance(fresh)).words == "what time is it"


async def test_a_model_that_is_missing_is_told_before_a_worker_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", missing)
    with pytest.raises(UserError, match=r"needs the model of moonshine-voice.*; run: .* moonshine-voice=="):
        async with open_speech_workers():
            pytest.fail("workers were started")


@asynccontextmanager
async def victim_of(recogniser: WorkerRecogniser) -> AsyncIterator[WorkerListening]:
    with pytest.raises(RecogniserFailed, match="killed by signal 9"):  # noqa: PT012
        async with recogniser.open("victim") as listening:
            yield listening
            await trio.sleep_forever()
