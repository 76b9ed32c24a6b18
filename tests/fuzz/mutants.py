"""Seeded defects, each with a story that brings it out and the promise that it breaks.

They are what the fuzzing is measured by: an oracle that lets one pass judges nothing. The stories were found by
the search, or written where it takes too long; each of them passes without the defect.
"""

import contextlib
from collections.abc import Callable
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
from tars.pi.outbox import Outbox
from tars.pi.session import Session
from tars.pi.speech import Speech
from tars.pi.tape import Tape
from tars.server.conversation.engine import Conversation
from tars.server.conversation.states import State
from tars.server.device_link import DeviceLink
from tars.server.devices import Device
from tars.server.main import TARSAssistant
from tars.server.pi_websocket_service import PiWebsocketService
from tests.fuzz.story import (
    Ask,
    Bug,
    Button,
    Hotword,
    Move,
    Network,
    NetworkUp,
    Story,
    Twin,
    Until,
    Wait,
)

FOR_EVER = 1e9
Patch = pytest.MonkeyPatch


@attrs.frozen
class Mutant:
    """A defect, and how it comes out."""

    seed: Callable[[Patch], None]
    """Puts the defect into the programs."""
    story: Story
    breaks: str
    """What the oracle says, as a regular expression."""


@attrs.frozen
class Altered:
    """A module as it is, but for what is named."""

    module: Any
    changes: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.changes[name] if name in self.changes else getattr(self.module, name)


def talk(question: Any = "short") -> tuple[Move, ...]:
    """Somebody asks something."""
    return Hotword(), Wait(0.3), Ask(question)


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
        inboxes[self._source] = sink._inbox
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
    patch.setattr(TARSAssistant, "_on_client_disconnected", lambda self, device: None)


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
        position = next_position(self, welcome)
        return None if position is None else max(self.tape.start, position - MICROPHONE.bytes_in(0.2))

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

    def drop_once(self: Speech, pcm: bytes) -> None:
        if self in dropping:
            dropping.discard(self)
        else:
            on_audio(self, pcm)

    patch.setattr(Speech, "hold", hold_and_drop)
    patch.setattr(Speech, "on_audio", drop_once)


CUT = (Network("stall"), Wait(1), Network("cut"), Wait(6))
CUT_QUESTION = Story((Hotword(), Wait(0.5), Ask(), Wait(0.5), *CUT), resume=12.0)
CUT_ANSWER = Story((*talk("long"), Until("speaking"), Wait(1), Network("cut"), Wait(6)), resume=12.0)

MUTANTS: dict[str, Mutant] = {
    "no heartbeat": Mutant(no_heartbeat, Story((Network("stall"), Wait(12))), "said that it was linked"),
    "no jitter": Mutant(
        no_jitter, Story((Network("cut"), Network("refuse"), Wait(25)), hall=True), "dial in lockstep"
    ),
    "the count of failures is forgotten at the handshake": Mutant(
        forgetful, Story((Network("flap"), Network("cut"), Wait(60))), "times in 60 s"
    ),
    "a send may take for ever": Mutant(no_send_deadline, Story((Network("choke"),)), "no answer for 60 s"),
    "a dial may take for ever": Mutant(
        no_dial_limit, Story((Network("mute"), Network("cut"), Wait(6))), "no answer for 60 s"
    ),
    "a nudge dials at once": Mutant(
        impatient,
        Story((Network("refuse"), Network("cut"), Wait(5), NetworkUp(), Wait(0.1), NetworkUp())),
        "dialled again after 0.1",
    ),
    "bugs are retried": Mutant(forgiving, Story((Bug(), Hotword(), Wait(2))), "met a bug and went on"),
    "a device whose place was taken dials at once": Mutant(
        no_refusal_is_final, Story((Twin(), Wait(60))), "took over from each other"
    ),
    "a dial that fails leaves its connection open": Mutant(
        leaky_dial, Story((Network("mute"), Network("cut"), Wait(12))), "connections"
    ),
    "the reader waits for its consumer": Mutant(
        reader_that_waits, Story((*talk("slow"), Wait(12))), "lost its link though nothing was wrong"
    ),
    "nobody is taken over": Mutant(no_takeover, Story((Twin(), Wait(10))), "were both linked|no answer for 60 s"),
    "a ghost's frames are taken": Mutant(
        ghosts_are_heard,
        Story((*talk("long"), Until("speaking"), Network("stall_down"), Wait(1.8), Twin(eager=True), Wait(2))),
        "heard room 1 in kitchen-2-1",
    ),
    "session_end is lost": Mutant(end_is_not_told, Story(talk()), "did not come to rest"),
    "session_end is said twice": Mutant(end_is_told_twice, Story(talk()), "told 2 times"),
    "a session goes on without its device": Mutant(
        goes_on_alone,
        Story((*talk("long"), Until("speaking"), Network("refuse"), Network("cut"), Wait(4))),
        "after its device was gone",
    ),
    "a session leaves a task": Mutant(lingering, Story(talk()), "tasks were left behind"),
    "what was queued goes over the next link": Mutant(
        old_outbox,
        Story((Hotword(), Wait(2), Network("stall"), Wait(1.5), Button(), Hotword(), Network("refuse"), Wait(6))),
        "on a later link",
    ),
    "TARS speaks on without a link": Mutant(
        babbling,
        Story((*talk("long"), Until("speaking"), Wait(1), Network("cut"), Network("refuse"), Wait(4))),
        "was over .disconnect., and was heard",
    ),
    "TARS speaks on after the button": Mutant(
        deaf_to_the_button,
        Story((Network("lag"), *talk("long"), Wait(3.5), Button(), Wait(6))),
        "was over .device., and was heard",
    ),
    "what was said before the hotword comes twice": Mutant(stammering, Story(talk()), "again"),
    "a resumed session has not kept what was cut off": Mutant(forgetful_tape, CUT_QUESTION, "never came"),
    "a resumed session says some of it again": Mutant(tape_rewound_too_far, CUT_QUESTION, "came to .* again"),
    "a resumed answer begins again": Mutant(speech_counted_from_nothing, CUT_ANSWER, "was played again"),
    "a resumed answer leaves something out": Mutant(first_of_the_rest_is_dropped, CUT_ANSWER, "was left out"),
}
