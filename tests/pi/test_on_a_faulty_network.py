"""The device over the real link, on a network that breaks, in virtual time."""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from tars.link import Connection, open_connection, serve_connections
from tars.messages import (
    FromDevice,
    Hello,
    HotwordDetected,
    SessionEnd,
    SessionStarted,
    StartOfTtsStream,
    Welcome,
    decode_from_device,
    encode,
)
from tars.pi import status
from tars.pi.devices import Devices
from tars.pi.hotword.detection import Detection
from tars.pi.listening import Listening
from tars.pi.session_manager import SessionManager
from tars.pi.session_states import SessionState
from tars.pi.websocket_client import WebSocketClient
from tests.pi.fakes import FakePlayer, FakeRoom, make_player
from tests.support.faulty_network import FaultyNetwork
from tests.support.virtual import run_virtual


@attrs.define(eq=False)
class Visit:
    """One connection, as the server saw it."""

    messages: list[FromDevice] = attrs.field(factory=list)
    audio: bytearray = attrs.field(factory=bytearray)


@attrs.define(eq=False)
class House:
    """A device that listens in real (virtual) time, a network, and a server that takes every session."""

    network: FaultyNetwork
    manager: SessionManager
    room: FakeRoom
    player: FakePlayer
    visits: list[Visit] = attrs.field(factory=list)
    events: list[tuple[float, status.StatusEvent]] = attrs.field(factory=list)

    async def serve(self, connection: Connection) -> None:
        visit = Visit()
        self.visits.append(visit)
        while True:
            frame = await connection.receive()
            if isinstance(frame, bytes):
                visit.audio += frame
                continue
            message = decode_from_device(frame)
            visit.messages.append(message)
            if isinstance(message, Hello):
                await connection.send(encode(Welcome(protocol=1, server="house", device_id=message.device_id)))
            if isinstance(message, HotwordDetected):
                await connection.send(encode(SessionStarted(message.session_id)))
                await connection.send(encode(StartOfTtsStream("u1", 16_000, 1, 2, message.session_id)))
                await connection.send(b"speech")

    async def microphone(self) -> None:
        while True:
            await trio.sleep(0.02)
            self.room.say(1)

    async def watch(self, events: trio.MemoryReceiveChannel[status.StatusEvent]) -> None:
        async for event in events:
            self.events.append((trio.current_time(), event))

    def ends(self) -> list[tuple[float, str]]:
        return [(at, event.reason) for at, event in self.events if isinstance(event, status.SessionEnded)]


def live(story: Callable[[House], Awaitable[None]]) -> House:
    houses: list[House] = []

    async def main() -> None:
        network = FaultyNetwork(delay=0.02)
        feed = status.StatusFeed()
        dial = partial(open_connection, "ws://server/", open_stream=network.open_stream)
        client = WebSocketClient(dial, Hello(protocol=1, device_id="kitchen"), rng=random.Random(5))
        manager = SessionManager(client, feed, Listening())
        blocks, heard = trio.open_memory_channel[bytes](100)
        detected, detections = trio.open_memory_channel[Detection](10)
        house = House(network, manager, FakeRoom(blocks, detected), make_player())
        houses.append(house)

        @asynccontextmanager
        async def open_devices() -> AsyncGenerator[Devices, None]:
            yield Devices(heard, trio.Event(), house.room.offered.extend, detections, house.player)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(house.watch, feed.subscribe())
            await nursery.start(serve_connections, [network], house.serve)
            nursery.start_soon(manager.run, open_devices)
            nursery.start_soon(house.microphone)
            await trio.sleep(3)
            await story(house)
            nursery.cancel_scope.cancel()

    run_virtual(main, steps=100_000)
    return houses[0]


def test_a_dead_cable_in_a_session_is_noticed_ends_it_and_leaves_no_old_audio() -> None:
    async def story(house: House) -> None:
        house.room.hotword()
        await trio.sleep(2)
        assert house.manager.state is SessionState.SPEAKING
        house.network.inflict("stall")
        house.network.inflict("mute")
        cut_at = trio.current_time()
        await trio.sleep(10)
        ((ended_at, reason),) = house.ends()
        assert reason == "disconnect"
        assert ended_at - cut_at <= 4
        assert house.player.silenced_at == [ended_at]
        house.network.heal()
        await trio.sleep(12)
        position = len(house.room.said)
        house.room.hotword()
        await trio.sleep(2)
        again = house.visits[-1]
        assert [type(message) for message in again.messages] == [Hello, HotwordDetected]
        assert bytes(again.audio) in bytes(house.room.said)
        assert house.room.said.index(again.audio) == position - 48_000
        assert house.manager.state is SessionState.SPEAKING

    live(story)


def test_a_blackout_of_two_seconds_loses_not_a_sample() -> None:
    async def story(house: House) -> None:
        house.room.hotword()
        position = len(house.room.said)
        await trio.sleep(2)
        house.network.inflict("stall")
        await trio.sleep(2)
        house.network.heal()
        await trio.sleep(5)
        (visit,) = house.visits
        assert house.ends() == []
        heard = bytes(house.room.said[position - 48_000 :])
        assert visit.audio == heard[: len(visit.audio)]
        assert len(heard) - len(visit.audio) < 3 * 1280  # what is still on its way

    live(story)


def test_every_session_ends_once_whatever_the_network_does() -> None:
    async def story(house: House) -> None:
        for fault in ("cut", "refuse", "stall", "drop", "cut", "garbage", "stall", "cut"):
            house.room.hotword()
            await trio.sleep(1)
            house.network.inflict(fault)
            await trio.sleep(8)
            house.network.heal()
            house.network.inflict("cut")
            await trio.sleep(25)
        house.room.hotword()
        await trio.sleep(1)
        assert house.manager.state is SessionState.SPEAKING
        await house.manager.stop()
        await trio.lowlevel.checkpoint()

    house = live(story)
    began = [event.session_id for _, event in house.events if isinstance(event, status.SessionStarted)]
    ended = [event.session_id for _, event in house.events if isinstance(event, status.SessionEnded)]
    assert began == ended
    assert len(began) == 9
    goodbye = house.visits[-1].messages[-1]
    assert goodbye == SessionEnd(began[-1], "device")
