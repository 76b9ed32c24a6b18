"""The devices: each outlives its links, and keeps what it is told, what it counts and what it is owed."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

import attrs
import trio
from structlog import get_logger

from tars.messages import FromServer, Hello, Settings
from tars.runtime.local_time import local_time
from tars.server.brains.brain import LinkFacts, Outcome, Request
from tars.server.clock import DeviceClock
from tars.server.conversation.engine import Conversation
from tars.server.conversation.question import Question
from tars.server.device_link import DeviceLink
from tars.server.device_names import renamed
from tars.server.device_settings import DEFAULTS, SettingsFile
from tars.server.metrics import Disconnect, Tally
from tars.server.mute import ended, with_memory

MOST_DEVICES = 2048
"""Devices that are kept: twice the links. A few hundred bytes each, and a stranger may invent any number of names
on a server without a token."""

_PORT = re.compile(r":\d+$")

log = get_logger()


@attrs.define
class Counters:
    """What has happened with one device since the server started."""

    connections: int = 0
    sessions: int = 0
    bad_messages: int = 0
    audio_bytes: int = 0
    audio_bytes_sent: int = 0
    audio_bytes_dropped: int = 0
    """Over past links; the present one counts for itself."""

    def add(self, other: "Counters") -> None:
        """Count all of `other` as well."""
        self.connections += other.connections
        self.sessions += other.sessions
        self.bad_messages += other.bad_messages
        self.audio_bytes += other.audio_bytes
        self.audio_bytes_sent += other.audio_bytes_sent
        self.audio_bytes_dropped += other.audio_bytes_dropped


@attrs.define(eq=False)
class Device:
    """One device, connected or away. It is the `Interlocutor` of its conversations."""

    device_id: str
    now: Callable[[], datetime] = local_time
    on_settings: Callable[[], None] = lambda: None
    """Called when its settings have changed."""
    own_settings: dict[str, int] = attrs.field(factory=dict)
    """Those that were ever set."""
    name: str | None = None
    capabilities: frozenset[str] = frozenset()
    """What it can do besides speaking and listening."""
    client: str | None = None
    """Its program and version, in its own words."""
    left_at: datetime | None = None
    """When its last link ended."""
    link: DeviceLink | None = None
    conversation: Conversation | None = None
    """The one under way, or just over."""
    refused_session: str | None = None
    """The last that was refused it."""
    over_session: str | None = None
    """The last that has ended, other than with its link."""
    clock: DeviceClock = attrs.field(factory=DeviceClock)
    counters: Counters = attrs.field(factory=Counters)
    tally: Tally = attrs.field(factory=Tally)
    """Where things of all devices are counted."""
    away_because: Disconnect | None = None
    """Why its last link ended."""
    last_reply: str | None = None

    @property
    def session(self) -> Conversation | None:
        """The conversation under way."""
        conversation = self.conversation
        return None if conversation is None or conversation.ended.is_set() else conversation

    @property
    def settings(self) -> Mapping[str, int]:
        """All settings, in percent."""
        return {**DEFAULTS, **self.own_settings}

    @property
    def shown_settings(self) -> dict[str, int]:
        """Those that the device itself is told."""
        return {name: value for name, value in self.settings.items() if name in DEFAULTS}

    @property
    def log_fields(self) -> Mapping[str, object]:
        """What names it in the log."""
        return {"device_id": self.device_id}

    @property
    def original(self) -> bool:
        """Whether it speaks the original message set."""
        return self.link is not None and self.link.original

    @property
    def round_trip(self) -> float | None:
        """Seconds, as last measured; None while it is away."""
        return None if self.link is None else self.link.connection.round_trip

    def post(self, message: FromServer) -> None:
        """Send `message`, if it is connected."""
        if self.link is not None:
            self.link.post(message)

    async def send_audio(self, pcm: bytes) -> None:
        """Send a frame of audio, if it is connected."""
        await trio.lowlevel.checkpoint()
        if self.link is not None:
            self.counters.audio_bytes_sent += len(pcm)
            await self.link.send_audio(pcm)

    def greet(self, link: DeviceLink, hello: Hello | None) -> None:
        """It has connected by `link`."""
        self.link = link
        self.counters.connections += 1
        if self.away_because is not None:
            self.tally.reconnects[self.away_because] += 1
        self.clock = DeviceClock()  # it may have restarted, and its clock with it
        self.capabilities = frozenset(link.capabilities)
        if hello is not None:
            self.name = hello.name or self.name
            self.client = hello.client
            if hello.device_time is not None:
                self.clock.observe(hello.device_time, trio.current_time())

    def moment(self, device_time: float | None, received: float) -> float:
        """When something happened at the device, on the server's clock, that was reported at `received`."""
        if device_time is None:
            return received - (self.round_trip or 0.0) / 2
        self.clock.observe(device_time, received)
        return min(received, self.clock.at_server(device_time, self.round_trip))

    def request(self, question: Question) -> Request:
        """The question, with what a brain may want to know."""
        up_since = self.link.up_since if self.link is not None else trio.current_time()
        facts = LinkFacts(self.round_trip, trio.current_time() - up_since, max(0, self.counters.connections - 1))
        return Request(
            question.text,
            self.now(),
            facts,
            self.settings,
            self.last_reply,
            question.words,
            question.follow_up,
            question.doubtful,
            question.asked,
            self.capabilities,
            device_id=self.device_id,
        )

    def remember(self, reply: str, outcome: Outcome) -> None:
        """TARS said `reply`, and `outcome` follows from it."""
        self.last_reply = reply or self.last_reply
        self._change(with_memory(self.settings, outcome.settings, self.now()))

    def end_mute(self) -> None:
        """Let it be heard again where it was muted on another day."""
        self._change(ended(self.settings, self.now()))

    def _change(self, settings: Mapping[str, int]) -> None:
        changed = {name: value for name, value in settings.items() if self.settings.get(name) != value}
        if not changed:
            return
        self.own_settings.update(changed)
        log.info("settings_changed", settings=changed, **self.log_fields)
        self.on_settings()
        if self.link is not None and "volume" in self.link.capabilities:
            self.post(Settings({name: value for name, value in changed.items() if name in DEFAULTS}))


class DeviceRegistry:
    """The devices that have connected since the server started, and the settings of all that ever did: so many of
    each that nobody can fill the memory with names."""

    def __init__(
        self, file: SettingsFile | None = None, now: Callable[[], datetime] = local_time, most: int = MOST_DEVICES
    ) -> None:
        self._file, self._now, self._most = file, now, most
        self._remembered = file.load() if file is not None else {}
        """Settings by device; those of a device that is known here may be outdated."""
        self._saved = dict(self._remembered)
        """What was saved last."""
        self._devices: dict[str, Device] = {}
        self._forgotten = Counters()
        self.tally = Tally()
        """What all its devices have in common to count."""
        self._changed = trio.Event()

    def __iter__(self) -> Iterator[Device]:
        return iter(list(self._devices.values()))

    def __getitem__(self, device_id: str) -> Device:
        """The device of that name, made when it is new; then one that is away may be forgotten for it."""
        device = self._devices.pop(device_id, None)
        if device is None:
            self._make_room()
            settings = dict(self._remembered.get(device_id, {}))  # what is remembered does not change by itself
            device = Device(device_id, self._now, self._on_settings, settings, tally=self.tally)
        self._devices[device_id] = device  # at the end: those that nobody asked for in a long time come first
        return device

    def get(self, device_id: str) -> Device | None:
        """The device of that name, if it has been here."""
        return self._devices.get(device_id)

    def totals(self) -> Counters:
        """What has happened with all devices, those that are forgotten too."""
        totals = Counters()
        totals.add(self._forgotten)
        for device in self._devices.values():
            totals.add(device.counters)
            if device.link is not None:
                totals.audio_bytes_dropped += device.link.connection.dropped_audio_bytes
        return totals

    def rename(self, names: Mapping[str, str]) -> None:
        """Give devices their new names, by the former ones; what they have been and are doing goes on."""
        moved = {new: device for old, new in names.items() if (device := self._devices.pop(old, None)) is not None}
        for new in names.values():
            if (former := self._devices.pop(new, None)) is not None:
                self._forgotten.add(former.counters)
        for new, device in moved.items():
            device.device_id = new
            self._devices[new] = device
        self._remembered = renamed(self._remembered, names)
        self._on_settings()

    def _make_room(self) -> None:
        """Forget whoever has been away longest; those with settings of their own only when all others are gone.
        Whoever is connected, or has a session that waits for it, stays: there are no more of those than links."""
        if len(self._devices) < self._most:
            return
        away = [device for device in self._devices.values() if device.link is None and device.session is None]
        for device in sorted(away, key=lambda device: bool(device.own_settings))[:1]:
            del self._devices[device.device_id]
            self._forgotten.add(device.counters)
            if device.own_settings:
                self._remember(device)

    def _remember(self, device: Device) -> None:
        """Keep the settings of a device that is forgotten, as the file does, and no more of them than devices."""
        self._remembered.pop(device.device_id, None)
        self._remembered[device.device_id] = dict(device.own_settings)
        while len(self._remembered) > self._most:
            del self._remembered[next(iter(self._remembered))]

    def name_after(self, peer: str) -> str:
        """A name for an older device: its address, with a number where another from there is connected."""
        host = re.sub(r"[^A-Za-z0-9._-]", "-", _PORT.sub("", peer))[:60]
        number = 1
        while self[name := host if number == 1 else f"{host}-{number}"].link is not None:
            number += 1
        return name

    async def keep(self) -> None:
        """Save settings when they change, and a last time when this is cancelled."""
        if self._file is None:
            return
        try:
            while True:
                await self._changed.wait()
                self._changed = trio.Event()
                settings = self._all_settings()
                await trio.to_thread.run_sync(self._file.save, settings)
                self._saved = settings
        finally:
            if self._all_settings() != self._saved:
                self._file.save(self._all_settings())  # there is nobody left whom a slow disk could hold up

    def _on_settings(self) -> None:
        self._changed.set()

    def _all_settings(self) -> dict[str, dict[str, int]]:
        known = {device.device_id: dict(device.own_settings) for device in self if device.own_settings}
        return {**self._remembered, **known}
