"""The device's sessions: begun by a hotword, carried over the link, ended by either side or by trouble.

Everything that moves a session is a plain call that never waits, made by the one task that noticed it: the
link's reader, the hotword's listener, the player's watcher. So each of them is atomic, and they happen in order.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

import trio

from tars.link import LinkState
from tars.messages import (
    EndReason,
    Error,
    FromServer,
    HotwordDetected,
    Interrupt,
    Notification,
    Reply,
    Resume,
    SessionEnd,
    Settings,
    StartOfTtsStream,
    StopPlayback,
    Transcript,
    TtsStreamEnd,
    Welcome,
)
from tars.pi import status
from tars.pi.chime import wait_to_chime
from tars.pi.devices import Devices
from tars.pi.listening import Listening
from tars.pi.offline import OfflineQuestions
from tars.pi.redial import hurry
from tars.pi.session import (
    BUTTON,
    BUTTON_PRE_ROLL,
    GOOD_ENDS,
    LOST_ANSWERS,
    REFUSAL,
    Question,
    Session,
    SessionPolicy,
    Wake,
)
from tars.pi.session_states import TALKING, SessionEvent, SessionState, next_state
from tars.pi.speech import Speech
from tars.pi.uplink import Uplink
from tars.pi.websocket_client import WaitForRoom, WebSocketClient

if TYPE_CHECKING:
    from tars.pi.hotword.detection import Detection  # its package loads numpy: beside the link, not before it


class SessionManager:
    """Runs the link from the start of the program, and on it one session after another."""

    def __init__(
        self,
        client: WebSocketClient,
        feed: status.StatusFeed,
        listening: Listening,
        policy: SessionPolicy | None = None,
        *,
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = SessionState.IDLE
        self._client = client
        self._feed = feed
        self._listening = listening
        self._policy = policy or SessionPolicy()
        self._new_id = new_id
        self._clock = clock
        self._uplink = Uplink(client)
        self._speech = Speech(self._uplink.say, feed, clock)
        self._session: Session | None = None
        max_age = self._policy.offline_max_age
        self._offline = OfflineQuestions(listening, feed, self._speech.sound, self._move, max_age)
        self._stopping = False
        self._nursery: trio.Nursery | None = None
        self._devices_scope = trio.CancelScope()

    async def run(self, open_devices: Callable[[], AbstractAsyncContextManager[Devices]]) -> None:
        """Connect, open the devices beside it, and run sessions until `stop()`ped."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            self._client.start(nursery, self)
            with self._devices_scope:
                async with open_devices() as devices, trio.open_nursery() as sound:
                    on_over = partial(self._move, SessionEvent.SPEECH_OVER)
                    sound.start_soon(self._speech.run, devices.player, on_over, self._sign_of_life)
                    sound.start_soon(self._listening.run, devices.blocks, devices.offer)
                    async for detection in devices.detections:
                        self.on_hotword(detection)

    async def stop(self) -> None:
        """End the session, if there is one, say goodbye to the server, and end the link."""
        self._stopping = True
        if self._session is not None:
            self._end_session(EndReason.DEVICE, tell=True)
        self._offline.stop()
        self._speech.hush()
        self._move(SessionEvent.ABORT)
        self._devices_scope.cancel()  # they close while the link says goodbye
        await self._client.stop()

    # ---- woken

    def on_hotword(self, detection: "Detection") -> None:
        """A hotword was heard."""
        self._wake(Wake(detection.hotword, detection.score, detection.position))

    def press_button(self) -> None:
        """Push to talk: begin a session, interrupt TARS, or, when it listens already, never mind."""
        if self.state is SessionState.LISTENING:
            self._end_session(EndReason.DEVICE, tell=True)
            self._move(SessionEvent.ABORT)
            self._speech.sound("done")
        else:
            self._wake(Wake(BUTTON, 1.0, self._listening.position))

    def _wake(self, wake: Wake) -> None:
        if self._stopping:
            return
        connected = self._client.connected
        self._feed.publish(status.HotwordHeard(wake.hotword, wake.score, connected))
        if not connected:
            self._client.nudge()
            if self._session is None:
                self._note(wake)
                return
        if self.state in TALKING:
            self._speech.interrupt()
        elif self.state is SessionState.WAITING:
            self._uplink.say(Interrupt())
        elif self._session is not None and not self._speech.legacy:
            self._uplink.say(self._session.call_again(wake, self._clock()))
        self._begin(wake)

    def _note(self, wake: Wake) -> None:
        """There is no link: keep the question for later, where that is wanted."""
        if self._policy.offline_questions and self._nursery is not None:
            self._offline.begin(self._nursery, wake, self._start_of(wake))
        else:
            self._speech.sound("not_connected", urgent=True)

    def _begin(self, wake: Wake, question: Question | None = None) -> None:
        self._move(SessionEvent.WAKE)
        if self._session is None:
            self._session = Session(self._new_id(), wake, question)
            self._uplink.begin(self._session.tape)
            self._feed.publish(status.SessionStarted(self._session.session_id))
            assert self._nursery is not None
            self._nursery.start_soon(self.handle_active_session, self._session)

    def _start_of(self, wake: Wake) -> int:
        return self._listening.pre_roll(wake.position, BUTTON_PRE_ROLL if wake.hotword == BUTTON else None)

    async def handle_active_session(self, session: Session) -> None:
        """Tell the server, send it what was just said and all that follows, and see the session to its end.

        Nothing is waited for: the link is up, and the audio goes out behind `hotword_detected` at once.
        """
        if session.over.is_set():  # the link was lost in the same instant
            return
        wake, start = session.wake, self._start_of(session.wake)
        asked = session.question or Question(wake, b"", max(0, wake.position - start), start)
        before = asked.pre_roll_bytes
        self._uplink.say(HotwordDetected(session.session_id, wake.hotword, wake.score, before, self._clock()))
        for piece in asked.pieces:
            self._uplink.hear(piece)
        live = self._listening.position if asked.position is None else asked.position
        self._listening.follow(live, self._uplink.hear)
        if self._client.connected and not self._client.confirms:
            session.confirmed.set()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_session, session)
            if self._policy.listening_sound:
                nursery.start_soon(self._chime, session)
            await session.over.wait()
            nursery.cancel_scope.cancel()

    async def _watch_session(self, session: Session) -> None:
        trouble = await session.wait_trouble(self._policy)
        if self._session is not session:
            return
        if session.suspended_at is None:
            self._give_up("server_silent", trouble)
        else:
            self._end_cut_off(trouble)

    async def _chime(self, session: Session) -> None:
        wanted = await wait_to_chime(session, self._listening)
        if wanted and self.state is SessionState.LISTENING and self._client.connected:
            self._speech.sound("listening")

    def _give_up(self, code: str, message: str) -> None:
        """Server trouble: say so, and be idle."""
        self._feed.publish(status.Trouble(code, message))
        self._speech.hush()
        self._end_session(EndReason.ERROR, tell=True)
        self._move(SessionEvent.ABORT)
        self._speech.sound("server_trouble", urgent=True)

    def _end_session(self, reason: str, *, tell: bool) -> Session:
        session, self._session = self._session, None
        assert session is not None
        self._listening.unfollow()
        self._client.forget_audio()
        self._speech.go_on()
        if tell:
            self._client.send(SessionEnd(session.session_id, reason))
            self._speech.refuse(session.session_id)
        if dropped := self._uplink.dropped_audio_bytes:
            self._feed.publish(status.AudioDropped(dropped))
        self._uplink.end()
        self._feed.publish(status.SessionEnded(session.session_id, reason))
        session.over.set()
        return session

    def _move(self, event: SessionEvent) -> None:
        state = next_state(self.state, event)
        if state is not self.state:
            self.state = state
            self._feed.publish(status.SessionChanged(state))

    # ---- the link's listener

    def on_link_state(self, state: LinkState) -> None:
        """The link is dialled, up, or down. While someone waits for it, it is dialled sooner than otherwise."""
        self._feed.publish(status.LinkChanged(state))
        if self._session is not None or self._offline.waits:
            assert self._nursery is not None
            hurry(self._client, state, self._nursery)

    def resume(self) -> Resume | None:
        """The session that waits for the link, if one does, and how much of its utterance is here."""
        if self._session is None or not self._policy.resume_window:
            return None
        return Resume(self._session.session_id, self._speech.playback_of(self._session.session_id))

    def on_connected(self, welcome: Welcome | None) -> None:
        """The link is up."""
        self._speech.legacy = welcome is None
        if welcome is not None and welcome.settings is not None:
            self._speech.apply(welcome.settings)
        session, resumed = self._session, welcome.resumed if welcome is not None else None
        if session is not None and (position := session.next_position(welcome)) is not None:
            self._go_on(session, position)
            return
        if resumed is not None:  # it ended here meanwhile, or cannot go on
            self._client.send(SessionEnd(resumed.session_id, EndReason.DISCONNECT))
            self._speech.refuse(resumed.session_id)
        if session is not None:
            self._end_cut_off("the session could not go on over the new link")
        elif (question := self._offline.take()) is not None:
            self._begin(question.wake, question)

    def _go_on(self, session: Session, position: int) -> None:
        """Send over the new link what the server does not have, faster than it was said; then go on live."""
        session.go_on()
        self._speech.go_on()
        sent_bytes = self._uplink.go_on(position)
        self._feed.publish(status.SessionResumed(session.session_id, sent_bytes))

    def on_connection_lost(self, reason: str) -> None:
        """The link is gone. A session waits for the next one, if it may; else it ends, in silence."""
        session = self._session
        if session is None:
            self._speech.hush()
            self._move(SessionEvent.LINK_LOST)
        elif self._policy.resume_window and not self._uplink.lost_on_the_way:
            session.suspend()
            self._speech.hold(session.session_id)
            self._feed.publish(status.SessionSuspended(session.session_id, self._policy.resume_window))
        else:
            self._end_cut_off()

    def _end_cut_off(self, trouble: str = "") -> None:
        """The session ends with its link: silence, and a sound where someone was waiting for more."""
        if trouble:
            self._feed.publish(status.Trouble("not_resumed", trouble))
        self._speech.hush()
        ended = self._end_session(EndReason.DISCONNECT, tell=False)
        if not self._offline.keep_again(ended):
            self._speech.sound("not_connected", urgent=True)
        self._move(SessionEvent.LINK_LOST)

    def on_audio(self, pcm: bytes) -> WaitForRoom | None:
        """Audio of the utterance that began last."""
        self._sign_of_life()
        return self._speech.on_audio(pcm)

    def on_message(self, message: FromServer) -> None:
        """The server said something; what is about a session that is over is too late."""
        self._sign_of_life()
        session = self._session
        if session is not None:
            session.take_note(message)
        match message:
            case Transcript(session_id, text, final) if session and session.session_id == session_id:
                self._feed.publish(status.TranscriptHeard(text, final))
                if text.strip():
                    self._move(SessionEvent.HEARD if final else SessionEvent.HEARING)
            case Reply(session_id, _, text, final) if not self._speech.is_refused(session_id):
                self._feed.publish(status.ReplySaid(text, final))
            case SessionEnd(session_id, reason) if session and session.session_id == session_id:
                self._on_session_end(reason)
            case Error():
                self._on_error(message)
            case Settings(settings):
                self._speech.apply(settings, told=session is not None)
            case Notification():
                self._feed.publish(status.Notified(message.kind, message.text))
            case StartOfTtsStream() | TtsStreamEnd() | StopPlayback():
                if self._speech.on_message(message):
                    self._move(SessionEvent.SPEECH)

    def _on_session_end(self, reason: str) -> None:
        session = self._end_session(reason, tell=False)
        self._speech.session_over()
        self._move(SessionEvent.END)
        if reason == EndReason.TIMEOUT and (wake := session.called_just_now) is not None:
            self._begin(wake)  # the hotword crossed the end of the session
        elif reason != EndReason.FALSE_WAKE:
            self._speech.sound("done" if reason in GOOD_ENDS else "server_trouble")

    def _on_error(self, error: Error) -> None:
        if self._session is None or not (error.fatal or error.code in LOST_ANSWERS or error.code == REFUSAL):
            self._feed.publish(status.ServerComplained(error.code, error.message))
        elif error.fatal or error.code == REFUSAL:
            self._give_up(error.code, error.message)
        else:
            self._feed.publish(status.Trouble(error.code, error.message))
            self._speech.sound("server_trouble")
            self._move(SessionEvent.FAILED)

    def _sign_of_life(self) -> None:
        if self._session is not None:
            self._session.last_sign = trio.current_time()
