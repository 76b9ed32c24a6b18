"""A device in virtual time: its real parts, with a server, a room and a loudspeaker that do what a test says."""

import itertools
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext

import attrs
import trio
from trio.testing import wait_all_tasks_blocked

from tars.messages import (
    FromServer,
    Hello,
    Reply,
    SessionStarted,
    StartOfTtsStream,
    Transcript,
    TtsStreamEnd,
)
from tars.pi import status
from tars.pi.devices import Devices
from tars.pi.hotword.detection import Detection
from tars.pi.listening import Listening
from tars.pi.outbox import AUDIO_LIMIT, RESUMING_LIMIT
from tars.pi.playback import open_player
from tars.pi.session import SessionPolicy
from tars.pi.session_manager import SessionManager
from tars.pi.session_states import SessionState
from tars.pi.speaker import Speaker
from tars.pi.websocket_client import WebSocketClient
from tests.pi.fakes import FakePlayer, FakeRoom, FakeServer, make_player
from tests.support.virtual import run_virtual


@attrs.define(eq=False)
class Kitchen:
    """A device with everything around it."""

    server: FakeServer
    client: WebSocketClient
    manager: SessionManager
    room: FakeRoom
    player: FakePlayer
    devices_open: trio.Event
    _feed: trio.MemoryReceiveChannel[status.StatusEvent]
    events: list[status.StatusEvent] = attrs.field(factory=list)

    async def settle(self) -> None:
        """Let everything happen that can."""
        await wait_all_tasks_blocked()
        while self._feed.statistics().current_buffer_used:
            self.events.append(self._feed.receive_nowait())

    async def say(self, *frames: FromServer | str | bytes) -> None:
        """The server says this, and everything happens that follows."""
        self.server.now.say(*frames)
        await self.settle()

    async def wake(self) -> str:
        """The hotword; the session that follows it."""
        self.room.say(1)
        await self.settle()
        self.room.hotword()
        await self.settle()
        return str(self.server.now.last("hotword_detected")["session_id"])

    async def start(self) -> str:
        """The hotword, and the server takes the session."""
        session_id = await self.wake()
        await self.say(SessionStarted(session_id))
        return session_id

    async def speak(self, session_id: str, utterance_id: str = "u1", text: str = "It is noon.") -> None:
        """The server answers; the loudspeaker begins."""
        await self.say(
            Transcript(session_id, "what time is it", final=True),
            Reply(session_id, utterance_id, text, final=True),
            StartOfTtsStream(utterance_id, 16_000, 1, 2, session_id),
            b"speech",
            TtsStreamEnd(utterance_id, 6),
        )
        self.player.begins()
        await self.settle()

    def state(self) -> SessionState:
        """What the device is doing now."""
        return self.manager.state

    def ends(self) -> list[str]:
        """Why sessions ended, so far."""
        return [event.reason for event in self.events if isinstance(event, status.SessionEnded)]


Story = Callable[[Kitchen], Awaitable[None]]


def play(
    story: Story,
    server: FakeServer | None = None,
    policy: SessionPolicy | None = None,
    *,
    devices_open: bool = True,
    speaker: Speaker | None = None,
) -> Kitchen:
    """Run a device, and the story beside it once the link is up. With a `speaker`, the player is a real one."""
    kitchens: list[Kitchen] = []

    async def main() -> None:
        the_server = server or FakeServer()
        feed, listening = status.StatusFeed(), Listening()
        numbers = itertools.count(1)
        hello = Hello(protocol=1, device_id="kitchen")
        limit = RESUMING_LIMIT if policy and (policy.resume_window or policy.offline_questions) else AUDIO_LIMIT
        client = WebSocketClient(
            the_server.dial, hello, rng=random.Random(3), clock=lambda: 9.0, audio_limit=limit
        )
        manager = SessionManager(
            client, feed, listening, policy, new_id=lambda: f"session {next(numbers)}", clock=lambda: 9.0
        )
        blocks, heard = trio.open_memory_channel[bytes](10_000)
        detected, detections = trio.open_memory_channel[Detection](10)
        room = FakeRoom(blocks, detected)
        kitchen = Kitchen(the_server, client, manager, room, make_player(), trio.Event(), feed.subscribe())
        kitchens.append(kitchen)

        def offer(block: bytes) -> None:
            room.offered.extend(block)

        @asynccontextmanager
        async def open_devices() -> AsyncGenerator[Devices, None]:
            await kitchen.devices_open.wait()
            async with open_player(speaker) if speaker else nullcontext(kitchen.player) as player:
                yield Devices(heard, trio.Event(), offer, detections, player)

        if devices_open:
            kitchen.devices_open.set()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(manager.run, open_devices)
            await kitchen.settle()
            await story(kitchen)
            await kitchen.settle()
            nursery.cancel_scope.cancel()

    run_virtual(main)
    return kitchens[0]
