"""`tars-pi` as it is put together in earnest, with a room instead of a sound card."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from tars.link import Connection, open_connection
from tars.messages import EndReason, Hello
from tars.pi import status
from tars.pi.devices import Devices
from tars.pi.hotword.detection import Detection
from tars.pi.listening import Listening
from tars.pi.outbox import AUDIO_LIMIT, RESUMING_LIMIT
from tars.pi.playback import open_player
from tars.pi.session import SessionPolicy
from tars.pi.session_manager import SessionManager
from tars.pi.status import OfflineStep
from tests.fuzz.evidence import Evidence, LinkSeen, NotedSeen, ProcessSeen, SessionSeen
from tests.fuzz.marks import UNIT, UNIT_BYTES
from tests.fuzz.providers import SeededBug
from tests.fuzz.room import BLOCK, UNITS_PER_BLOCK, Loudspeaker, Microphone
from tests.fuzz.story import KEPT_FOR
from tests.fuzz.watched import WatchedClient, WatchedFeed
from tests.support.faulty_network import FaultyNetwork

URL = "ws://server:7456/"
PRE_ROLL = 1.6
"""Seconds: whole blocks of the microphone."""


@attrs.define(eq=False)
class DeviceProcess:
    """One run of the program on one device. It ends by `stop`, by `power_off`, or by a bug."""

    number: int
    device_id: str
    network: FaultyNetwork
    evidence: Evidence
    seed: int
    resume: float = 0.0
    """Seconds for which its sessions outlive their link."""
    notes: bool = False
    """It keeps what it is asked without a link, and asks it later."""
    eager: bool = False
    """Somebody says the hotword the moment it is connected."""
    name: str = attrs.field(init=False)
    seen: ProcessSeen = attrs.field(init=False)
    microphone: Microphone = attrs.field(init=False)
    speaker: Loudspeaker = attrs.field(init=False)
    manager: SessionManager = attrs.field(init=False)
    client: WatchedClient = attrs.field(init=False)
    nursery: trio.Nursery = attrs.field(init=False)
    ended: trio.Event = attrs.field(init=False, factory=trio.Event)
    linked: bool = attrs.field(init=False, default=False)
    _detect: Callable[[Detection], None] = attrs.field(init=False, default=lambda _: None)
    _scope: trio.CancelScope = attrs.field(init=False, factory=trio.CancelScope)
    _stopping: bool = attrs.field(init=False, default=False)
    _sessions: int = attrs.field(init=False, default=0)
    _asking: NotedSeen | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.name = f"{self.device_id}#{self.number}"
        self.seen = ProcessSeen(self.name, self.device_id)
        self.evidence.processes.append(self.seen)
        self.microphone = Microphone(self.number)
        self.speaker = Loudspeaker(self.name, self.evidence)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Live; started as soon as it listens."""
        feed = WatchedFeed(self.on_published)
        self.client = WatchedClient(
            self,
            self._dial,
            Hello(protocol=1, device_id=self.device_id),
            rng=random.Random(self.seed * 100 + self.number),
            clock=trio.current_time,
            audio_limit=RESUMING_LIMIT if self.resume or self.notes else AUDIO_LIMIT,
        )
        listening = Listening(pre_roll=PRE_ROLL, frame=BLOCK)
        self.manager = SessionManager(
            self.client,
            feed,
            listening,
            SessionPolicy(resume_window=self.resume, offline_questions=self.notes, offline_max_age=KEPT_FOR),
            new_id=self._new_id,
            clock=trio.current_time,
        )
        self.evidence.note(self.name, "starts")
        try:
            with self._scope:
                async with trio.open_nursery() as self.nursery:
                    self.nursery.start_soon(self.manager.run, self._open_devices)
                    task_status.started()
        except* SeededBug:
            self.evidence.bugs_seen += 1
            self.evidence.note(self.name, "ends with its bug")
        finally:
            self._unlinked("the program ended")
            self._gone()
            self.ended.set()

    async def stop(self) -> None:
        """End as by SIGTERM."""
        if not self.ended.is_set():
            self._stopping = True
            await self.manager.stop()
            self._scope.cancel()
        await self.ended.wait()

    def power_off(self) -> None:
        """End as by a power cut: the network holds back whatever the program still says as it goes."""
        for wire in self.network.wires:
            if wire.owner == self.name:
                wire.set_stalled(True)
        self.evidence.note(self.name, "loses its power")
        self._gone()
        self._scope.cancel()

    # ---- what people do

    def hotword(self) -> None:
        """Somebody says it; it is noticed at once."""
        self.seen.nudges.append(trio.current_time())
        self.evidence.note(self.name, "hears the hotword")
        self._detect(Detection("hey_jarvis", 0.9, self.microphone.position * UNIT_BYTES))

    def press_button(self) -> None:
        """Somebody presses it."""
        self.seen.nudges.append(trio.current_time())
        self.evidence.note(self.name, "button")
        self.manager.press_button()

    def network_up(self) -> None:
        """The system says so."""
        self.seen.nudges.append(trio.current_time())
        self.client.nudge()

    def answered(self, question: int) -> bool:
        """Whether the reply to the question has been heard in this room, to its end."""
        now = trio.current_time()
        return any(
            played.process == self.name and played.unit.question == question
            for played in reversed(self.evidence.played)
            if played.at <= now and played.unit.part == played.unit.parts - 1
        )

    # ---- what it is made of

    def _new_id(self) -> str:
        self._sessions += 1
        return f"{self.device_id}-{self.number}-{self._sessions}"

    @asynccontextmanager
    async def _dial(self) -> AsyncGenerator[Connection, None]:
        self.seen.dials.append(trio.current_time())
        self.evidence.note(self.name, "dials")
        async with open_connection(URL, open_stream=partial(self.network.open_stream, self.name)) as connection:
            yield connection

    @asynccontextmanager
    async def _open_devices(self) -> AsyncGenerator[Devices, None]:
        detected, detections = trio.open_memory_channel[Detection](100)
        heard, blocks = trio.open_memory_channel[bytes](100)
        self._detect = detected.send_nowait
        async with open_player(self.speaker, trio.current_time) as player, trio.open_nursery() as nursery:
            nursery.start_soon(self.microphone.run, heard)
            yield Devices(blocks, trio.Event(), lambda _: None, detections, player)
            nursery.cancel_scope.cancel()

    # ---- what is seen of it

    def on_published(self, event: status.StatusEvent) -> None:
        """What it shows, at the moment it shows it."""
        now = trio.current_time()
        if not isinstance(event, status.LinkChanged):
            self.evidence.note(self.name, event)
        match event:
            case status.SessionStarted(session_id):
                noted, self._asking = self._asking, None
                self.evidence.sessions[session_id] = SessionSeen(
                    session_id,
                    self.name,
                    self.number,
                    now,
                    self._pre_roll() if noted is None else noted.first_unit,
                    noted=noted,
                    live_from=self.microphone.position - UNITS_PER_BLOCK,
                )
            case status.OfflineQuestion(step):
                self._on_noted(step)
            case status.AudioDropped():
                self.evidence.dropped += 1
            case status.SessionEnded(session_id, reason):
                seen = self.evidence.sessions[session_id]
                seen.ended, seen.reason = (now if seen.ended is None else seen.ended), reason
                seen.last_unit = self.microphone.position
                seen.ends += 1
                if seen.noted is not None and not seen.confirmed and reason == EndReason.DISCONNECT:
                    seen.noted.cut_off.append(now)

    def _on_noted(self, step: OfflineStep) -> None:
        now, asked_before = trio.current_time(), [n for n in self.evidence.noted if n.process == self.name]
        if step is OfflineStep.RECORDING:
            self.evidence.noted.append(NotedSeen(self.name, now, self._pre_roll()))
        elif step is OfflineStep.KEPT:
            asked_before[-1].kept, asked_before[-1].end_unit = now, self.microphone.position
        else:
            asked_before[-1].outcomes.append((step, now))
            self._asking = asked_before[-1] if step is OfflineStep.ASKED else None

    def _pre_roll(self) -> int:
        """The first unit that belongs to what begins now. A block may be heard at the very same moment."""
        return max(0, self.microphone.position - round(PRE_ROLL / UNIT) - UNITS_PER_BLOCK)

    def on_told_about(self, session_id: str) -> None:
        """The server said something about a session."""
        if session_id in self.evidence.sessions:
            self.evidence.sessions[session_id].confirmed = True

    def on_end_told(self, session_id: str) -> None:
        """The server said that a session is over."""
        self.evidence.ends_told.append(session_id)

    def on_restarting(self, retry_after: float) -> None:
        """The server said that it restarts."""
        now = trio.current_time()
        self.seen.restarts_told.append((now, now + retry_after))

    def on_linked(self) -> None:
        """It has been welcomed."""
        self.linked = True
        self.seen.linked_since = trio.current_time()
        self.evidence.note(self.name, "is linked")
        if self.eager:
            self.eager = False
            self.hotword()

    def on_unlinked(self, reason: str) -> None:
        """It has noticed that its link is gone."""
        self.evidence.note(self.name, f"has no link: {reason}")
        self._unlinked(reason)

    def _gone(self) -> None:
        self.seen.gone, self.seen.gone_at = True, min(self.seen.gone_at, trio.current_time())

    def _unlinked(self, reason: str) -> None:
        self.linked = False
        if self.seen.linked_since is not None:
            link = LinkSeen(self.seen.linked_since, trio.current_time(), reason, self._stopping)
            self.seen.links.append(link)
            self.seen.linked_since = None
