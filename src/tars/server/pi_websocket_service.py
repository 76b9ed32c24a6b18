"""The devices' end of the link: who they are, what they say, and when they are gone.

A link is only a device's present connection. When it ends, nothing of the device is torn down here; whoever has
to know is told, once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import attrs
import trio
from structlog import get_logger

import tars
from tars.audio.formats import MAX_AUDIO_FRAME, MICROPHONE
from tars.link import SERVER_POLICY, Connection, LinkLost, LinkPolicy, serve_connections
from tars.link.door import Door, Visit
from tars.link.listener import FULL
from tars.link.told import Told
from tars.messages import (
    BadMessage,
    CloseCode,
    EndReason,
    Error,
    FromDevice,
    Hello,
    Resume,
    Resumed,
    SessionEnd,
    Welcome,
)
from tars.server.absences import Absences
from tars.server.authorisation import Admission, Gatekeeper
from tars.server.bad_messages import DEFAULT_SERVICE_POLICY, BadMessageBudget, ServicePolicy
from tars.server.device_link import DeviceLink
from tars.server.devices import Device, DeviceRegistry
from tars.server.door_findings import door_findings
from tars.server.findings import Finding
from tars.server.greeting import Introduction, Refused, introduce
from tars.server.metrics import EXPECTED, Disconnect, why_lost, why_sent_away

SERVER = f"tars-server/{tars.__version__}"

GOODBYE_LIMIT = 1.5
"""Seconds; a close keeps its own, shorter limit, and this is for the day when it does not."""
ABSENCE_CHECK = 60.0
"""Seconds between two looks at who has been away for long."""
PASS_CHECK = 1.0
"""Seconds between two looks at who may still be here; a device that is unpaired has to go within seconds."""
STOPS = (int(CloseCode.GOING_AWAY), "the server stops")

log = get_logger()


@attrs.frozen
class Callbacks:
    """Who is told what the devices do. None of these waits; all but the first and third may object with
    `BadMessage`."""

    returned: Callable[[Device, Resume | None], Resumed | None]
    """It has connected, and would like to go on with a session, or not; which one goes on, for the `welcome`."""
    connected: Callable[[Device, Resume | None], None]
    """It has a link and has been welcomed, and nothing has come over the link yet."""
    disconnected: Callable[[Device], None]
    """Its link is gone, or gives way to a newer one."""
    audio: Callable[[Device, bytes], None]
    """Microphone audio came in."""
    message: Callable[[Device, FromDevice], None]
    """A message came in, other than `hello`."""


class PiWebsocketService:
    """Serves any number of devices at once."""

    def __init__(
        self,
        devices: DeviceRegistry,
        callbacks: Callbacks,
        gatekeeper: Gatekeeper,
        policy: ServicePolicy = DEFAULT_SERVICE_POLICY,
    ) -> None:
        self._devices, self._callbacks, self._gatekeeper, self._policy = devices, callbacks, gatekeeper, policy
        self._door = Door(SERVER_POLICY)
        self._told = Told()
        self._greetings: set[trio.CancelScope] = set()
        self._links: dict[DeviceLink, Admission] = {}
        self._absences = Absences()
        self._serving = 0
        self._one_less = trio.Event()
        self._listeners: Sequence[trio.abc.Listener[trio.abc.Stream]] = ()
        self._stopping = False

    async def serve(
        self,
        listeners: Sequence[trio.abc.Listener[trio.abc.Stream]],
        *,
        policy: LinkPolicy = SERVER_POLICY,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve whoever connects, until cancelled; started when it really accepts."""
        self._door = Door(policy)
        self._listeners = listeners
        self._gatekeeper.on_renamed = self._rename
        async with trio.open_nursery() as nursery:
            await nursery.start(
                partial(
                    serve_connections,
                    listeners,
                    self._connection_handler,
                    policy=policy,
                    authorise=self._gatekeeper.authorise,
                    door=self._door,
                    proxies=self._gatekeeper.proxies,
                    on_refused=self._devices.tally.refused,
                )
            )
            nursery.start_soon(self._expel_strangers)
            nursery.start_soon(self._miss_devices)
            nursery.start_soon(self._gatekeeper.keep_book, self._links.values)
            task_status.started()

    async def refuse_newcomers(self) -> None:
        """From now on a dial is refused at once, and whoever has not said hello is sent away."""
        self._stopping = True
        for listener in self._listeners:
            await listener.aclose()
        for greeting in self._greetings:
            greeting.cancel()

    async def stop(self) -> None:
        """Say goodbye to every device; returns when each has heard it, or its link's limits are over."""
        await self.refuse_newcomers()
        for link in self._links:
            link.close(*STOPS)
        while self._serving:
            await self._one_less.wait()

    async def _connection_handler(self, connection: Connection) -> None:
        """Serve one long-lived connection."""
        goodbye: tuple[int, str] = STOPS
        self._serving += 1
        try:
            introduction = await self._greet(connection)
            if introduction is not None:
                self._let_in(connection, introduction)
                goodbye = await self._serve_device(connection, introduction)
        except Refused as refused:
            self._devices.tally.refused(refused.code)
            self._tell_of(refused, connection)
            goodbye = (refused.code, refused.reason)
        except LinkLost as lost:
            log.debug("connection_lost", peer=connection.peer, reason=lost.reason)
        finally:
            with trio.move_on_after(GOODBYE_LIMIT, shield=True):
                await connection.close(*goodbye)
            self._serving -= 1
            one_less, self._one_less = self._one_less, trio.Event()
            one_less.set()

    def _tell_of(self, refused: Refused, connection: Connection) -> None:
        """A stranger who comes again and again is news once an hour: the log must not fill the disk."""
        news = self._told.is_news(_visit(connection).address, refused.reason, trio.current_time())
        tell = log.warning if news else log.debug
        tell("device_refused", peer=connection.peer, reason=refused.reason)

    async def _greet(self, connection: Connection) -> Introduction | None:
        """Who it is; None where the server stops meanwhile."""
        introduction = None
        visit = _visit(connection)
        with trio.CancelScope() as greeting:
            visit.give_way = greeting.cancel
            if visit.sent_away or self._stopping:  # while the upgrade was on its way out
                greeting.cancel()
            self._greetings.add(greeting)
            try:
                introduction = await introduce(connection, self._gatekeeper)
            finally:
                self._greetings.discard(greeting)
        if visit.sent_away and not self._stopping:
            raise Refused(CloseCode.TRY_LATER, "too many others are at the door")
        return None if self._stopping else introduction

    def _let_in(self, connection: Connection, introduction: Introduction) -> None:
        """Count it as a link from now on. A device takes the place of its own ghost, however full it is."""
        known = self._devices.get(introduction.device_id) if introduction.device_id else None
        ghost = known.link if known else None
        if not self._door.enter(_visit(connection), instead_of=_visit(ghost.connection) if ghost else None):
            raise Refused(CloseCode.TRY_LATER, FULL)

    async def _serve_device(self, connection: Connection, introduction: Introduction) -> tuple[int, str]:
        """Serve a device until its link ends; returns the goodbye to say, where it can still be said."""
        hello = introduction.hello
        link = DeviceLink(connection, introduction.dialect, (hello and hello.capabilities) or ())
        device = self._attach(link, introduction)
        self._absences.come_back(device.device_id)
        reason, why = STOPS[1], None
        connection.on_round_trip = self._devices.tally.round_trips.observe
        self._links[link] = introduction.admission
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._deliver, link, nursery.cancel_scope)
                await self._read(device, link)
        except* LinkLost as group:
            lost = _first(group)
            reason, why = lost.reason, why_lost(lost, given_up=connection.given_up)
        finally:
            admission = self._links.pop(link)
            if link.goodbye:
                reason, why = link.goodbye[1], why_sent_away(link.goodbye[0])
            self._detach(device, link, reason, why or (Disconnect.STOPPED if self._stopping else Disconnect.BUG))
            if device.link is None and self._devices.get(device.device_id) is device:
                self._absences.leave(device.device_id, admission, device.now(), trio.current_time())
        return link.goodbye or STOPS

    async def _expel_strangers(self) -> None:
        """Close the links of those who would no longer be let in."""
        checked = self._gatekeeper.generation
        while True:
            await trio.sleep(PASS_CHECK)
            if (present := self._gatekeeper.generation) == checked:
                continue
            checked = present
            for link, admission in self._links.items():
                if not self._gatekeeper.holds(admission):
                    log.warning("device_expelled", peer=link.connection.peer, device_id=admission.device_id)
                    link.close(CloseCode.UNAUTHORISED, "the token is not valid any more")

    async def _miss_devices(self) -> None:
        """Name each device that has been away for long; those that were here before this server began, too."""
        for name, seen in self._gatekeeper.last_seen():
            self._absences.leave(name, Admission(device_id=name), seen, trio.current_time())
        while True:
            await trio.sleep(ABSENCE_CHECK)
            for absence in self._absences.take_long(trio.current_time()):
                if self._gatekeeper.expects(absence.admission):
                    since = absence.since.isoformat(timespec="seconds")
                    log.warning("device_away", device_id=absence.device_id, since=since)

    def _rename(self, names: Mapping[str, str]) -> None:
        """Devices have new names, by their former ones. Their links and conversations go on."""
        for new in names.values():
            if new not in names and (other := self._devices.get(new)) is not None:
                self._make_way(other)  # with the token of all devices, under a name that is another's now
        for link, admission in list(self._links.items()):
            if (name := names.get(admission.device_id or "")) is not None:
                self._links[link] = attrs.evolve(admission, device_id=name)
        self._devices.rename(names)
        self._absences.rename(names)
        for old, new in names.items():
            log.info("device_renamed", device_id=new, former=old)

    async def _deliver(self, link: DeviceLink, whole: trio.CancelScope) -> None:
        await link.deliver()
        whole.cancel()

    def findings(self) -> Iterator[Finding]:
        """What keeps devices from connecting, or will."""
        yield from self._gatekeeper.findings()
        yield from door_findings(self._door, trio.current_time())

    # A device and its link

    def _attach(self, link: DeviceLink, introduction: Introduction) -> Device:
        hello = introduction.hello
        device = self._devices[introduction.device_id or self._devices.name_after(link.connection.peer)]
        self._make_way(device)
        resume = hello.resume if hello is not None else None
        resumed = self._callbacks.returned(device, resume)
        device.greet(link, hello)
        log.info("device_connected", peer=link.connection.peer, original=link.original, **device.log_fields)
        if hello is not None:
            link.post(Welcome(1, SERVER, device.device_id, resumed, device.shown_settings))
        else:  # an older device whose server died while it spoke still streams its microphone, until it hears this
            link.post(SessionEnd("none", EndReason.DISCONNECT))
        try:
            self._callbacks.connected(device, resume)
        except BadMessage as bad:
            self._object(device, link, bad)
        return device

    def _make_way(self, device: Device) -> None:
        """End the device's link, where it has one, in favour of a newer one."""
        if (ghost := device.link) is not None:
            self._detach(device, ghost, "taken over by a newer connection", Disconnect.TAKEN_OVER)
            ghost.close(CloseCode.TAKEN_OVER, "the same device connected again")

    def _detach(self, device: Device, link: DeviceLink, reason: str, why: Disconnect) -> None:
        if device.link is not link:
            return  # a newer one has its place, and its end has been told
        device.away_because, device.left_at = why, device.now()
        self._devices.tally.disconnects[why] += 1
        device.counters.audio_bytes_dropped += link.connection.dropped_audio_bytes
        self._callbacks.disconnected(device)
        device.link = None
        tell = log.info if why in EXPECTED else log.warning
        tell("device_disconnected", reason=reason, cause=why.value, **device.log_fields)

    # What it says

    async def _read(self, device: Device, link: DeviceLink) -> None:
        budget = BadMessageBudget(self._policy.bad_messages, self._policy.bad_messages_window)
        while True:
            frame = await link.connection.receive()
            if not link.open:
                return  # what still comes in over a ghost is nobody's
            try:
                self._take(device, link, frame)
            except BadMessage as bad:
                self._object(device, link, bad)
                # a type that is not known is another age's, not a mistake: the link is never closed for it
                if bad.code != "unknown_type" and not budget.spend(trio.current_time()):
                    link.close(CloseCode.POLICY, "too many bad messages")

    def _object(self, device: Device, link: DeviceLink, bad: BadMessage) -> None:
        device.counters.bad_messages += 1
        log.debug("bad_message", code=bad.code, reason=bad.message, **device.log_fields)
        link.post(Error(bad.code, bad.message, fatal=False))

    def _take(self, device: Device, link: DeviceLink, frame: str | bytes) -> None:
        if isinstance(frame, str):
            message = link.dialect.decode(frame)
            if isinstance(message, Hello):
                raise BadMessage("bad_message", "hello: it was said already")
            self._callbacks.message(device, message)
            return
        if len(frame) % MICROPHONE.frame_bytes or len(frame) > MAX_AUDIO_FRAME:
            raise BadMessage(
                "bad_message", f"audio: {len(frame)} bytes are not whole 16-bit samples, 32 KiB at most"
            )
        device.counters.audio_bytes += len(frame)
        self._callbacks.audio(device, frame)


def _visit(connection: Connection) -> Visit:
    assert connection.visit is not None, "a link that was dialled"
    return connection.visit


def _first(group: BaseExceptionGroup[LinkLost]) -> LinkLost:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
