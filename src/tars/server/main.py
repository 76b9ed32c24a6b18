"""The server itself: hears, thinks and speaks for any number of devices."""

from collections.abc import Iterator, Sequence
from functools import partial

import trio
from structlog import get_logger

from tars.audio.formats import MICROPHONE
from tars.link import SERVER_POLICY, LinkPolicy
from tars.messages import (
    BadMessage,
    CloseCode,
    EndReason,
    Error,
    FromDevice,
    HotwordDetected,
    Interrupt,
    PlaybackComplete,
    PlaybackProgress,
    Restarting,
    Resume,
    Resumed,
    SessionEnd,
)
from tars.server.authorisation import Gatekeeper
from tars.server.bad_messages import DEFAULT_SERVICE_POLICY, ServicePolicy
from tars.server.conversation.engine import Conversation
from tars.server.conversation.interlocutor import Providers
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.states import Event
from tars.server.devices import Device, DeviceRegistry
from tars.server.findings import Finding
from tars.server.metrics import Part
from tars.server.pi_websocket_service import STOPS, Callbacks, PiWebsocketService
from tars.server.stopping import Stop, comebacks
from tars.server.stt.recogniser import Activation

BUTTON = "button"
"""What a device names as its hotword when the button was pressed instead."""
MOST_WAITING = 128
"""Sessions that wait for their devices: each keeps its ears, and links do not bound them. Of more, those that have
waited longest end."""
BUSY = "too many people speak just now"
GOODBYES = 1.5
"""Seconds for all goodbyes: Ctrl-C leaves 2 s for everything."""
FINISH_SPEAKING = 2.0
"""Seconds that an answer under way may still take when the server restarts; a longer one is cut. With the
goodbyes, and half a second for each kind of worker, a restart stays below 5 s."""
SPEAKING_GRACE = 0.3
"""Seconds beyond that for the device to report the last sample."""

log = get_logger()


class TARSAssistant:
    """Holds conversations with the devices that the service connects."""

    def __init__(
        self,
        devices: DeviceRegistry,
        providers: Providers,
        policy: SessionPolicy,
        gatekeeper: Gatekeeper,
        service_policy: ServicePolicy = DEFAULT_SERVICE_POLICY,
    ) -> None:
        self._devices, self._providers, self._policy = devices, providers, policy
        self._service = PiWebsocketService(
            devices,
            Callbacks(
                self._on_client_returned,
                self._on_client_connected,
                self._on_client_disconnected,
                self._on_audio,
                self._on_message,
            ),
            gatekeeper,
            service_policy,
        )
        self._nursery: trio.Nursery | None = None

    def findings(self) -> Iterator[Finding]:
        """What keeps conversations from succeeding, or will."""
        yield from (*self._service.findings(), *self._devices.tally.findings())
        if self._providers.recogniser.busy:
            yield Finding("a new conversation is refused, since as many people speak as can be heard at once")

    async def run(
        self,
        listeners: Sequence[trio.abc.Listener[trio.abc.Stream]],
        stop: Stop,
        *,
        link_policy: LinkPolicy = SERVER_POLICY,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until `stop` is asked for, then say goodbye to everyone; started when it really accepts."""
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self._devices.keep)
            await self._nursery.start(partial(self._service.serve, listeners, policy=link_policy))
            task_status.started()
            await stop.wait()
            await self._service.refuse_newcomers()
            await self._wind_down(comes_back=stop.comes_back)
            with trio.move_on_after(GOODBYES):
                await self._service.stop()
            self._nursery.cancel_scope.cancel()

    async def _wind_down(self, *, comes_back: bool) -> None:
        """End every session, and for a server that comes back, tell every device its own moment to do so too."""
        limit = FINISH_SPEAKING if comes_back else 0.0
        speaking = [device.session.wind_down(limit) for device in self._devices if device.session is not None]
        linked = [device for device in self._devices if device.link is not None]
        linked.sort(key=lambda device: device.session is not None)  # who is spoken to hears last, and returns last
        log.info("stopping", restart=comes_back, devices=len(linked))
        if not comes_back:
            return
        end = trio.current_time() + max(speaking, default=0.0)
        async with trio.open_nursery() as farewells:
            for device, seconds in zip(linked, comebacks(len(linked)), strict=True):
                farewells.start_soon(_send_away, device, end + seconds)

    def _on_client_returned(self, device: Device, resume: Resume | None) -> Resumed | None:
        """Which session goes on. One that the device does not name is over: the device has begun afresh."""
        session = device.session
        if session is None:
            return None
        if resume is not None and resume.session_id == session.session_id:
            return Resumed(session.session_id, session.received_bytes)
        session.end(Event.DISCONNECTED)
        return None

    def _on_client_connected(self, device: Device, resume: Resume | None) -> None:
        """What waits for the device can be delivered now."""
        if device.session is not None and resume is not None:
            device.session.resume(resume.playback)

    def _on_client_disconnected(self, device: Device) -> None:
        """With a session active, it waits or ends; otherwise there is nothing to do but to wait for the device."""
        if device.session is None:
            return
        device.session.suspend()
        sessions = [other.session for other in self._devices if other.session is not None]
        waiting = sorted((since, number) for number, one in enumerate(sessions) if (since := one.away_since))
        for _, number in waiting[:-MOST_WAITING]:
            sessions[number].end(Event.DISCONNECTED)

    def _on_audio(self, device: Device, pcm: bytes) -> None:
        if device.session is not None:  # else it is the tail of one that has just ended
            device.session.hear(pcm)

    def _on_message(self, device: Device, message: FromDevice) -> None:
        if device.session is not None and device.session.has_taken(message):
            return
        try:
            self._obey(device, message, trio.current_time())
        except BadMessage:
            if not (device.original and isinstance(message, PlaybackComplete | SessionEnd)):
                raise
            # An older device names no session and no utterance, answers `session_end` with its own, and plays to
            # the end what it has: it may speak of what is over, and that is no mistake.

    def _obey(self, device: Device, message: FromDevice, received: float) -> None:
        match message:
            case HotwordDetected():
                self._on_hotword(device, message, device.moment(message.device_time, received))
            case PlaybackProgress(utterance_id, played_bytes, device_time):
                at = device.moment(device_time, received)
                _session_of(device, "playback_progress").playback_progress(utterance_id, played_bytes, at)
            case PlaybackComplete(utterance_id, device_time):
                at = device.moment(device_time, received)
                _session_of(device, "playback_complete").playback_complete(utterance_id, at)
            case Interrupt(utterance_id):
                _session_of(device, "interrupt").interrupt(utterance_id)
            case SessionEnd(session_id) if device.session is None and session_id == device.refused_session:
                pass  # it knows already
            case SessionEnd(session_id):
                session = _session_of(device, "session_end")
                if session.session_id != session_id:
                    raise BadMessage("no_session", f"session_end: there is no session {session_id!r}")
                session.end(Event.DEVICE_ENDS)
            case Error():
                log.warning("device_error", code=message.code, reason=message.message, **device.log_fields)

    def _on_hotword(self, device: Device, message: HotwordDetected, at: float) -> None:
        present = device.session
        if present is not None and present.session_id == message.session_id:
            present.call()
            return
        if message.session_id == device.over_session:
            return  # it was called again when it had just ended: the device hears of that, and begins another
        if present is not None:
            present.end(Event.DEVICE_ENDS)
        if self._providers.recogniser.busy:
            self._refuse(device, message.session_id)
            return
        assert self._nursery is not None
        session = Conversation(message.session_id, device, self._providers, self._policy, at, _activation(message))
        device.conversation = session
        device.end_mute()
        device.counters.sessions += 1
        log.info(
            "session_started",
            session_id=message.session_id,
            hotword=message.hotword,
            score=round(message.score, 3),
            **device.log_fields,
        )
        session.start()
        self._nursery.start_soon(self._converse, device, session)

    def _refuse(self, device: Device, session_id: str) -> None:
        """Too many speak already: better to know at once than to be answered half a minute later."""
        log.warning("session_refused", session_id=session_id, reason=BUSY, **device.log_fields)
        device.tally.failures[Part.ROOM] += 1
        device.refused_session = session_id
        device.post(Error(Part.ROOM, BUSY, fatal=False))
        device.post(SessionEnd(session_id, EndReason.ERROR))

    async def _converse(self, device: Device, session: Conversation) -> None:
        """Run one session. A bug in it ends this device's connection, and is nothing to any other device."""
        try:
            await session.run()
        except Exception:
            log.exception("session_broken", session_id=session.session_id, **device.log_fields)
            if device.link is not None:
                device.link.close(CloseCode.INTERNAL_ERROR, "internal error")
        finally:
            if device.conversation is session:
                device.conversation = None  # and with it megabytes of audio that nobody needs any more
            if not session.cut_off:
                device.over_session = session.session_id


async def _send_away(device: Device, until: float) -> None:
    """End the device's link once nothing more is said to it, with the time that is left of its absence."""
    if device.session is not None:
        with trio.move_on_after(FINISH_SPEAKING + SPEAKING_GRACE):
            await device.session.ended.wait()
        if device.session is not None:  # it takes longer than it should, or another has begun
            device.session.end(Event.SHUTDOWN)
    if device.link is not None:
        device.post(Restarting(round(until - trio.current_time(), 3)))
        device.link.close(*STOPS)


def _activation(message: HotwordDetected) -> Activation | None:
    """Return how the session began; None where a button was pressed instead."""
    if message.hotword == BUTTON:
        return None
    return Activation(MICROPHONE.seconds(message.pre_roll_bytes or 0), message.hotword, message.score)


def _session_of(device: Device, what: str) -> Conversation:
    if device.session is None:
        raise BadMessage("no_session", f"{what}: there is no session")
    return device.session
