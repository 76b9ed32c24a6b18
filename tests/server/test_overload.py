"""More people speak than can be heard: newcomers are told at once, and nothing of them stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import attrs
import trio

from tars.server.brains.grammar import GrammarSpec
from tars.server.stt.recogniser import SpeechStarted, Utterance
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.wire import Progress, Setup, encode_event
from tars.server.stt.workers import WorkerRecogniser
from tars.server.workers.pool import WorkerPool
from tests.server.house import open_house
from tests.support.virtual import run_virtual


def test_a_session_too_many_is_refused_at_once_and_the_next_one_taken() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen")
            house.providers.recogniser.busy = True
            await device.send(type="hotword_detected", session_id="s1", hotword="hey_jarvis", score=0.9)
            await device.speak(0.4)
            assert (await device.next("error"))["code"] == "busy"
            assert await device.next("session_end") == {
                "type": "session_end",
                "session_id": "s1",
                "reason": "error",
            }
            await device.send(type="session_end", session_id="s1", reason="error")  # as devices do
            await trio.sleep(1)
            assert len(device.all("error")) == 1
            assert not device.all("session_started")
            assert not house.providers.recogniser.opened
            assert [event["session_id"] for event in house.events("session_refused")] == ["s1"]
            assert house.devices.tally.failures == {"busy": 1}
            house.providers.recogniser.busy = False
            await device.hotword("s2")
            await device.speak(0.4)
            house.providers.recogniser.ears.hear("what time is it")
            await device.played()
            await device.send(type="session_end", session_id="s2", reason="device")
            await trio.sleep(0.1)
            assert [event["reason"] for event in house.events("session_end")] == ["device"]

    run_virtual(story)


def test_a_session_that_is_over_leaves_none_of_its_audio_behind() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.hotword("s1")
            await device.speak(0.4)
            assert house.devices["kitchen"].conversation is not None
            await device.send(type="session_end", session_id="s1", reason="device")
            await trio.sleep(0.1)
            assert house.devices["kitchen"].conversation is None

    run_virtual(story)


SETUP = Setup(SpeechSettings(), GrammarSpec({}), [])


@attrs.define(eq=False)
class FakePool:
    """Lines that lead nowhere."""

    lines: list["FakeLine"] = attrs.field(factory=list)

    @asynccontextmanager
    async def open(self, opening: bytes) -> AsyncIterator["FakeLine"]:
        self.lines.append(FakeLine())
        yield self.lines[-1]


class FakeLine:
    on_message = staticmethod(lambda body: None)

    def send(self, body: bytes) -> None:
        pass


def test_audio_is_unheard_until_the_worker_says_otherwise_however_long_it_takes() -> None:
    async def story() -> None:
        recogniser = WorkerRecogniser(cast("WorkerPool", FakePool()), SETUP, max_speakers=2)
        async with recogniser.open("a") as ears:
            ears.feed(bytes(96_000))
            await trio.sleep(600)
            assert ears.unheard == 3.0
            ears.deliver(encode_event(0, Progress(64_000)))
            assert ears.unheard == 1.0
            ears.restart()
            assert ears.unheard == 0.0
            ears.feed(bytes(32_000))
            ears.deliver(encode_event(0, Progress(96_000)))  # said before the restart, and true
            assert ears.unheard == 1.0

    run_virtual(story)


def test_only_those_count_who_speak_just_now() -> None:
    started, over = SpeechStarted(0.0), Utterance("", "free", 0.0, 1.0, 1.0)

    async def story() -> None:
        recogniser = WorkerRecogniser(cast("WorkerPool", FakePool()), SETUP, max_speakers=2)
        async with recogniser.open("a") as a, recogniser.open("b") as b, recogniser.open("c") as c:
            for ears in (a, b, c):
                ears.feed(bytes(2))
            a.deliver(encode_event(0, started))
            assert not recogniser.busy
            b.deliver(encode_event(0, started))
            assert recogniser.busy
            b.deliver(encode_event(0, over))
            assert not recogniser.busy
            c.deliver(encode_event(0, started))
            assert recogniser.busy
            c.restart()
            assert not recogniser.busy
            b.deliver(encode_event(0, started))
            assert recogniser.busy
            await trio.sleep(1)
            assert not recogniser.busy  # the devices are away
            for ears in (a, b):
                ears.feed(bytes(2))
            assert recogniser.busy
        assert not recogniser.busy

    run_virtual(story)
