"""Seeded defects: what has to be changed in the programs for each of `tests.fuzz.mutants`.

What is changed is named: a name that is no more fails at once, and a change without effect is not found.
"""

import contextlib
from functools import partial
from typing import Any

import attrs
import pytest
import trio

from tars.audio.formats import MICROPHONE
from tars.link import BackoffPolicy, Connection, LinkLost, Supervisor, dialling, errors, open_connection
from tars.link.heartbeat import Heartbeat
from tars.link.inbox import Inbox
from tars.link.source import Source
from tars.link.transport import Transport
from tars.messages import BadMessage, FromServer, Playback, SessionEnd, Welcome
from tars.pi import websocket_client
from tars.pi.listening import Listening
from tars.pi.offline import OfflineQuestions, _Recording
from tars.pi.outbox import Outbox
from tars.pi.session import Question, Session
from tars.pi.speech import Speech
from tars.pi.tape import Tape
from tars.pi.websocket_client import WaitForRoom
from tars.server.conversation.engine import Conversation
from tars.server.conversation.states import State
from tars.server.device_link import DeviceLink
from tars.server.devices import Device
from tars.server.pi_websocket_service import PiWebsocketService

FOR_EVER = 1e9
Patch = pytest.MonkeyPatch


@attrs.frozen
class Altered:
    """A module as it is, but for what is named."""

    module: Any
    changes: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.changes[name] if name in self.changes else getattr(self.module, name)


# ---- the link


def no_heartbeat(patch: Patch) -> None:
    patch.setattr(Heartbeat, "dead_at", lambda self: FOR_EVER)


def no_jitter(patch: Patch) -> None:
    patch.setattr(BackoffPolicy, "wait", lambda self, failures, *_: self.ceiling(failures))


def forgetful(patch: Patch) -> None:
    patch.setattr(websocket_client, "BackoffPolicy", partial(BackoffPolicy, stable_after=0.0))


def no_send_deadline(patch: Patch) -> None:
    async def send(self: Connection, message: str | bytes) -> None:
        self._check_up()
        if isinstance(message, bytes) and self._heartbeat.audio_sent(trio.current_time()):
            self._beat_now.unpark_all()
        await self._transport.send(message)

    patch.setattr(Connection, "send", send)


def no_dial_limit(patch: Patch) -> None:
    options: Any = open_connection.__wrapped__.__kwdefaults__  # type: ignore[attr-defined]
    patch.setitem(options, "policy", attrs.evolve(options["policy"], dial_timeout=FOR_EVER))


def impatient(patch: Patch) -> None:
    async def wait(self: Supervisor[Any], lost: LinkLost, dialled_at: float) -> None:
        seconds = self._policy.wait(self._failures, lost, self._rng, self._takeovers)
        self._nudged = trio.Event()
        with trio.move_on_after(max(seconds, self._policy.spacing)):
            await self._nudged.wait()

    patch.setattr(Supervisor, "_wait", wait)


def forgiving(patch: Patch) -> None:
    one_link = Supervisor._one_link

    async def retried(self: Supervisor[Any], serve: Any) -> LinkLost | None:
        try:
            return await one_link(self, serve)
        except* Exception:
            self._failures += 1
        return LinkLost("something went wrong")

    patch.setattr(Supervisor, "_one_link", retried)


def no_refusal_is_final(patch: Patch) -> None:
    patch.setattr(errors, "_REFUSALS", frozenset())
    wait = BackoffPolicy.wait
    patch.setattr(BackoffPolicy, "wait", lambda self, failures, lost, rng, *_: wait(self, failures, lost, rng))


def leaky_dial(patch: Patch) -> None:
    async def leave_open(_: trio.abc.AsyncResource) -> None:
        await trio.lowlevel.checkpoint()

    patch.setattr(dialling, "trio", Altered(trio, {"aclose_forcefully": leave_open}))


def reader_that_waits(patch: Patch) -> None:
    """The transport hears nothing while a message is not taken, and the server takes none while it thinks."""
    read, receive, inboxes = Transport._read, Source.receive, dict[Source, Inbox]()

    async def read_for(self: Transport, sink: Any) -> LinkLost:
        inboxes[self.source] = sink._inbox
        return await read(self, sink)

    async def receive_when_taken(self: Source) -> bytes:
        while self in inboxes and (inboxes[self]._audio or inboxes[self]._controls):  # noqa: ASYNC110
            await trio.sleep(0.05)
        return await receive(self)

    async def serve_one_by_one(self: PiWebsocketService, device: Device, link: DeviceLink) -> None:
        while True:
            self._take(device, link, await link.connection.receive())
            while device.session is not None and device.session.state is State.PROCESSING:  # noqa: ASYNC110
                await trio.sleep(0.05)

    patch.setattr(Transport, "_read", read_for)
    patch.setattr(Source, "receive", receive_when_taken)
    patch.setattr(PiWebsocketService, "_read", serve_one_by_one)


# ---- the server


def no_takeover(patch: Patch) -> None:
    patch.setattr(DeviceLink, "close", lambda self, code, reason: None)


def ghosts_are_heard(patch: Patch) -> None:
    async def read(self: PiWebsocketService, device: Device, link: DeviceLink) -> None:
        while True:
            with contextlib.suppress(BadMessage):
                self._take(device, link, await link.connection.receive())

    patch.setattr(PiWebsocketService, "_read", read)


def _end_told(patch: Patch, times: int) -> None:
    post = Device.post

    def post_so_often(self: Device, message: FromServer) -> None:
        for _ in range(times if isinstance(message, SessionEnd) else 1):
            post(self, message)

    patch.setattr(Device, "post", post_so_often)


def end_is_not_told(patch: Patch) -> None:
    _end_told(patch, 0)


def end_is_told_twice(patch: Patch) -> None:
    _end_told(patch, 2)


def goes_on_alone(patch: Patch) -> None:
    patch.setattr(Conversation, "suspend", lambda self: None)


def lingering(patch: Patch) -> None:
    run = Conversation.run

    async def run_on(self: Conversation) -> None:
        await run(self)
        await trio.sleep(3600)

    patch.setattr(Conversation, "run", run_on)


# ---- the device


def old_outbox(patch: Patch) -> None:
    the_one = Outbox()
    patch.setattr(websocket_client, "Outbox", lambda *limit: the_one)


def babbling(patch: Patch) -> None:
    patch.setattr(Speech, "hush", lambda self: None)
    patch.setattr(Speech, "sound", lambda self, name, urgent=False: None)  # an urgent one would hush it


def deaf_to_the_button(patch: Patch) -> None:
    patch.setattr(Speech, "refuse", lambda self, session_id: None)


def stammering(patch: Patch) -> None:
    follow = Listening.follow

    def follow_twice(self: Listening, start: int, sink: Any) -> None:
        follow(self, start, sink)
        follow(self, start, sink)

    patch.setattr(Listening, "follow", follow_twice)


# ---- sessions that outlive their links


def forgetful_tape(patch: Patch) -> None:
    patch.setattr(Tape, "since", lambda self, position: iter(()))


def tape_rewound_too_far(patch: Patch) -> None:
    next_position = Session.next_position

    def earlier(self: Session, welcome: Welcome | None) -> int | None:
        if welcome is not None and (resumed := welcome.resumed) is not None:
            position = max(self.tape.start, resumed.audio_received_bytes - MICROPHONE.bytes_in(0.2))
            welcome = attrs.evolve(welcome, resumed=attrs.evolve(resumed, audio_received_bytes=position))
        return next_position(self, welcome)

    patch.setattr(Session, "next_position", earlier)


def speech_counted_from_nothing(patch: Patch) -> None:
    playback_of = Speech.playback_of

    def none_of_it(self: Speech, session_id: str) -> Playback | None:
        playback = playback_of(self, session_id)
        return None if playback is None else attrs.evolve(playback, received_bytes=0)

    patch.setattr(Speech, "playback_of", none_of_it)


def first_of_the_rest_is_dropped(patch: Patch) -> None:
    hold, on_audio, dropping = Speech.hold, Speech.on_audio, set[Speech]()

    def hold_and_drop(self: Speech, session_id: str) -> None:
        dropping.add(self)
        hold(self, session_id)

    def drop_once(self: Speech, pcm: bytes) -> WaitForRoom | None:
        if self not in dropping:
            return on_audio(self, pcm)
        dropping.discard(self)
        return None

    patch.setattr(Speech, "hold", hold_and_drop)
    patch.setattr(Speech, "on_audio", drop_once)


# ---- questions without a link


def asked_again(patch: Patch) -> None:
    take = OfflineQuestions.take

    def take_and_keep(self: OfflineQuestions) -> Question | None:
        kept, question = self._kept, take(self)
        self._kept = kept
        return question

    patch.setattr(OfflineQuestions, "take", take_and_keep)


def asked_however_old(patch: Patch) -> None:
    async def record_only(self: OfflineQuestions, recording: Any, scope: trio.CancelScope) -> None:
        with scope:
            await self._record(recording)
            self._end(recording)

    patch.setattr(OfflineQuestions, "_run", record_only)


def forgotten_question(patch: Patch) -> None:
    patch.setattr(OfflineQuestions, "take", lambda self: None)


def eavesdropping(patch: Patch) -> None:
    """What is said in the room between the question and the link goes to the server, too."""
    question = _Recording.question

    def open_ended(self: _Recording, now: int | None = None) -> Question:
        return question(self, self.start + len(self.audio))

    patch.setattr(_Recording, "question", open_ended)
