"""The device and an older server that nobody of the project's link wrote: its real parts, from the link to the
loudspeaker, in virtual time. What the server does is in `tests/conformance/elder_server.py`."""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import attrs
import pytest
import trio

from tars.link import open_connection
from tars.link.states import Down, Up
from tars.messages import Hello
from tars.pi import status
from tars.pi.devices import Devices
from tars.pi.hotword.detection import Detection
from tars.pi.listening import Listening
from tars.pi.playback import STRAGGLERS, open_player
from tars.pi.session_manager import SessionManager
from tars.pi.session_states import SessionState
from tars.pi.speaker.clocked_speaker import open_null_speaker
from tars.pi.speaker.pulled_speaker import PulledSpeaker
from tars.pi.websocket_client import WebSocketClient
from tests.conformance.elder_server import ElderServer, serving_elder
from tests.pi.fakes import FakeRoom
from tests.support.faulty_network import FaultyNetwork
from tests.support.virtual import run_virtual

DELAY = 0.02
SECOND = 32_000
"""Bytes of the older servers' speech."""
BUFFERS = 4 * 1024 * 1024
"""Bytes that Linux takes on the way from one program to another on the same machine, and nearly so between two:
two minutes of speech, behind which a ping waits."""


def speech(seconds: float) -> bytes:
    return b"\x10\x20" * round(seconds * SECOND / 2)


@attrs.define(eq=False)
class House:
    """A device and its server."""

    elder: ElderServer
    network: FaultyNetwork
    manager: SessionManager
    client: WebSocketClient
    room: FakeRoom
    speaker: PulledSpeaker
    nursery: trio.Nursery
    events: list[tuple[float, status.StatusEvent]] = attrs.field(factory=list)

    async def wake(self) -> None:
        """Say the hotword, and wait until the server listens."""
        self.room.hotword()
        await self.elder.until("active")

    def answers(self, seconds: float, **how: Any) -> None:
        """The server begins to speak."""
        self.nursery.start_soon(partial(self.elder.answer, speech(seconds), **how))

    def of(self, kind: type) -> list[status.StatusEvent]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def states(self) -> list[tuple[float, SessionState]]:
        """What the device did, and from when on."""
        return [(at, event.state) for at, event in self.events if isinstance(event, status.SessionChanged)]

    def trouble(self) -> list[str]:
        return [event.code for _, event in self.events if isinstance(event, status.Trouble)]

    def link(self) -> list[Up | Down]:
        """How the link came and went."""
        states = [event.state for _, event in self.events if isinstance(event, status.LinkChanged)]
        return [state for state in states if isinstance(state, Up | Down)]


Story = Callable[[House], Awaitable[None]]


def live(
    story: Story, prepare: Callable[[ElderServer], None] = lambda elder: None, *, capacity: int = 64 * 1024
) -> House:
    """Run both, and the story once the device has had time to connect. The network takes `capacity` bytes."""
    houses: list[House] = []

    async def main() -> None:
        network, feed = FaultyNetwork(delay=DELAY, capacity=capacity), status.StatusFeed()
        dial = partial(open_connection, "ws://server/", open_stream=network.open_stream)
        client = WebSocketClient(dial, Hello(protocol=1, device_id="kitchen"), rng=random.Random(5))
        manager = SessionManager(client, feed, Listening())
        blocks, heard = trio.open_memory_channel[bytes](100)
        detected, detections = trio.open_memory_channel[Detection](10)
        room = FakeRoom(blocks, detected)
        async with (
            serving_elder(network) as (elder, _),
            open_null_speaker() as speaker,
            open_player(speaker, trio.current_time) as player,
            trio.open_nursery() as nursery,
        ):
            prepare(elder)
            house = House(elder, network, manager, client, room, speaker, nursery)
            houses.append(house)

            @asynccontextmanager
            async def open_devices() -> AsyncGenerator[Devices, None]:
                yield Devices(heard, trio.Event(), room.offered.extend, detections, player)

            events = feed.subscribe()
            nursery.start_soon(watch, house, events)
            nursery.start_soon(manager.run, open_devices)
            nursery.start_soon(microphone, room)
            await trio.sleep(1)
            await story(house)
            nursery.cancel_scope.cancel()

    run_virtual(main, limit=1_000, steps=100_000)
    return houses[0]


async def watch(house: House, events: trio.MemoryReceiveChannel[status.StatusEvent]) -> None:
    async for event in events:
        house.events.append((trio.current_time(), event))


async def microphone(room: FakeRoom) -> None:
    while True:
        await trio.sleep(0.02)
        room.say(1)


# ---- the end of an utterance


def test_a_conversation_of_two_answers_and_a_goodbye() -> None:
    async def story(house: House) -> None:
        await house.wake()
        for seconds in (15.0, 1.0):
            began = trio.current_time()
            house.answers(seconds)
            await trio.sleep(0.2)
            assert house.manager.state is SessionState.SPEAKING
            await house.elder.until("active")
            assert trio.current_time() - began == pytest.approx(seconds + 3 * DELAY, abs=0.06)
            assert house.speaker.played == seconds * SECOND // 2
        before = len(house.elder.audio)
        await trio.sleep(1)
        assert len(house.elder.audio) - before == pytest.approx(SECOND, abs=SECOND / 10)
        await trio.sleep(31)
        assert house.manager.state is SessionState.IDLE

    house = live(story)
    assert house.elder.kinds == ["hotword_detected", "playback_complete", "playback_complete"]
    assert house.of(status.SessionEnded)
    assert house.trouble() == []


def test_an_interruption_is_told_as_the_end_of_what_it_interrupts() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(30)
        await trio.sleep(5)
        said_at = trio.current_time()
        house.room.hotword()
        await house.elder.until("active")
        assert trio.current_time() - said_at < 0.1
        assert house.speaker.buffer.queued == 0
        before = len(house.elder.audio)
        await trio.sleep(2)
        assert len(house.elder.audio) - before == pytest.approx(2 * SECOND, abs=SECOND / 10)
        house.answers(2)
        await trio.sleep(0.5)
        assert house.elder.state == "speaking"  # the end of the first was told once, and before
        await house.elder.until("active")
        assert house.speaker.played == SECOND

    assert live(story).elder.kinds == ["hotword_detected", "playback_complete", "playback_complete"]


def test_an_interruption_while_the_answer_is_still_being_made() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(6, seconds_between=0.1)
        await trio.sleep(2)
        house.room.hotword()
        await house.elder.until("active")  # when its voice has finished, unheard
        assert house.speaker.buffer.queued == 0
        await house.elder.until_sent()
        house.answers(1)
        await house.elder.until("speaking")
        await house.elder.until("active")
        assert house.speaker.played == SECOND // 2

    assert live(story).elder.kinds == ["hotword_detected", "playback_complete", "playback_complete"]


def loudspeaker_lost(house: House) -> None:
    house.speaker.lose("it was pulled out")


def sound_of_its_own(house: House) -> None:
    house.manager._speech.sound("server_trouble", urgent=True)


@pytest.mark.parametrize("end", [loudspeaker_lost, sound_of_its_own])
def test_whatever_cuts_an_utterance_off_its_end_is_told_once(end: Callable[[House], None]) -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(10)
        await trio.sleep(3)
        end(house)
        await trio.sleep(0.2)
        assert house.elder.state == "active"
        await trio.sleep(10)

    assert live(story).elder.kinds == ["hotword_detected", "playback_complete"]


def test_a_voice_that_breaks_down_half_way() -> None:
    async def story(house: House) -> None:
        await house.wake()
        assert house.elder.client is not None
        house.elder._move("speaking")
        house.elder._complete = trio.Event()
        await house.elder._tell("start_of_tts_stream")
        await house.elder.client.send(speech(1))
        with trio.fail_after(32):
            await house.elder._complete.wait()

    assert live(story).elder.kinds == ["hotword_detected", "playback_complete"]


def test_words_that_cross_the_end_of_their_session_are_told_as_over() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.manager.press_button()  # it listens: the session is over
        house.answers(5)
        await trio.sleep(0.5)
        assert house.speaker.buffer.queued == 0
        assert house.manager.state is SessionState.IDLE

    assert sorted(live(story).elder.kinds) == ["hotword_detected", "playback_complete", "session_end"]


def test_the_last_words_of_a_session_are_heard_to_their_overtaken_end() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(3, overtaken=100)
        await trio.sleep(0.01)
        await house.elder._tell("session_end")
        await trio.sleep(5)

    house = live(story)
    assert [state for _, state in house.states()][-3:] == [
        SessionState.SPEAKING,
        SessionState.ANNOUNCING,
        SessionState.IDLE,
    ]
    (began, _), _, (ended, _) = house.states()[-3:]
    assert ended - began == pytest.approx(3, abs=0.06)
    assert house.elder.kinds[-1] == "playback_complete"


def test_a_session_that_ends_in_mid_utterance_leaves_nothing_to_wait_for() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(20, seconds_between=0.128)
        await trio.sleep(2)
        await house.elder.end_session()  # and no end of the utterance is ever told
        await trio.sleep(1)
        assert house.manager.state is SessionState.IDLE
        await house.wake()

    house = live(story)
    assert house.trouble() == []
    assert house.elder.ignored == 0


# ---- answers that are longer than anything that waits


@pytest.mark.parametrize("seconds", [50, 180, 330])
def test_a_long_answer_is_heard_whole(seconds: int) -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(seconds)
        await trio.sleep(1)
        began = trio.current_time()
        await house.elder.until("active")
        assert trio.current_time() - began == pytest.approx(seconds - 1, abs=0.2)
        assert house.speaker.played == seconds * SECOND // 2

    house = live(story, capacity=BUFFERS)
    assert house.trouble() == []
    assert [type(state) for state in house.link()] == [Up]
    assert house.elder.kinds == ["hotword_detected", "playback_complete"]


def test_while_the_device_does_not_read_an_interruption_is_heard_and_the_link_lives() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(330)
        await trio.sleep(20)
        said_at = trio.current_time()
        house.room.hotword()
        await house.elder.until("active")
        assert trio.current_time() - said_at < 0.2
        house.answers(1)
        await house.elder.until("speaking")
        await house.elder.until("active")
        await trio.sleep(25)

    house = live(story)
    assert [type(state) for state in house.link()] == [Up]


def test_a_server_that_says_nothing_for_long_after_its_answer_was_heard_is_silent() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(60)
        await house.elder.until("speaking")
        await house.elder.until("active")
        heard_at = trio.current_time()
        house.elder._last_activity = 1e9  # its watch has died
        await trio.sleep(60)
        ((ended_at, _),) = [each for each in house.events if isinstance(each[1], status.SessionEnded)]
        assert ended_at - heard_at == pytest.approx(45, abs=1)

    assert live(story).trouble() == ["server_silent"]


# ---- up is what the server says it is


def test_a_full_server_is_no_link() -> None:
    async def story(house: House) -> None:
        await trio.sleep(20)
        assert not house.client.connected
        states = house.link()
        assert len(states) > 3
        assert all(isinstance(state, Down) and "as many links" in state.reason for state in states)
        house.elder.admit = lambda: None
        await trio.sleep(11)
        assert house.client.connected
        assert isinstance(house.link()[-1], Up)

    def refuse(elder: ElderServer) -> None:
        elder.admit = lambda: 1013

    assert live(story, refuse).elder.refused > 3


SENT_AWAY = [(4401, "token"), (4409, "device id"), (1008, "protocol"), (1000, "closed")]


@pytest.mark.parametrize(("code", "word"), SENT_AWAY)
def test_whatever_the_reason_a_device_that_is_sent_away_had_no_link(code: int, word: str) -> None:
    async def story(house: House) -> None:
        await trio.sleep(15)

    def refuse(elder: ElderServer) -> None:
        elder.admit = lambda: code

    states = live(story, refuse).link()
    assert states
    assert all(isinstance(state, Down) and word in state.reason for state in states)


def test_a_link_is_up_one_round_trip_after_the_upgrade_and_a_hotword_waits_for_nothing_more() -> None:
    async def story(house: House) -> None:
        ((up_at, _),) = [
            (at, event)
            for at, event in house.events
            if isinstance(event, status.LinkChanged) and isinstance(event.state, Up)
        ]
        assert up_at - house.network.dials[0] == pytest.approx(4 * DELAY, abs=0.005)
        said_at = trio.current_time()
        await house.wake()
        assert house.elder.at("hotword_detected") - said_at == pytest.approx(DELAY, abs=0.005)

    live(story)


def test_nothing_is_waited_for_after_the_last_sample_of_a_usual_answer() -> None:
    async def story(house: House) -> None:
        await house.wake()
        house.answers(STRAGGLERS + 0.5)
        await house.elder.until("speaking")
        began = trio.current_time()
        await house.elder.until("active")
        assert trio.current_time() - began == pytest.approx(STRAGGLERS + 0.5 + 2 * DELAY, abs=0.05)

    live(story)
