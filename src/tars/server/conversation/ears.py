"""One session's hearing: opened once, reopened when it dies; while TARS thinks or speaks it hears "stop" alone."""

from collections import deque
from collections.abc import Callable

import trio
from structlog import get_logger

from tars.audio.formats import MICROPHONE
from tars.audio.ring import AudioRing
from tars.server.conversation.policy import SessionPolicy
from tars.server.conversation.trace import AudioClock
from tars.server.stt.recogniser import Activation, Listening, Recogniser, RecogniserFailed, SpeechEvent

BACKLOG = MICROPHONE.bytes_in(40)
"""Audio that waits for ears to open: what a device may hand over at once (see `LinkPolicy`). The oldest of more is
dropped, and counted."""

log = get_logger()


class Ears:
    """Feeds the recogniser with what is to be heard, and keeps the rest for a moment.

    `on_event` gets what was heard; `on_failure` is called each time the recogniser dies, after which another is
    opened at once, and hears from there on.
    """

    def __init__(
        self,
        session_id: str,
        activation: Activation | None,
        recogniser: Recogniser,
        policy: SessionPolicy,
        on_event: Callable[[SpeechEvent], None],
        on_failure: Callable[[str], None],
    ) -> None:
        self.clock = AudioClock()
        self.dropped_bytes = 0
        self._session_id, self._recogniser, self._policy = session_id, recogniser, policy
        self._activation = activation
        self._on_event, self._on_failure = on_event, on_failure
        self._listening: Listening | None = None
        self._backlog: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._ring = AudioRing(policy.barge_in_memory)
        self._held = False
        self._kept = False
        self.hotword_end = activation.pre_roll if activation is not None else 0.0
        """Where in the audio, in seconds, the last hotword ends, and a question may begin."""
        self._scope = trio.CancelScope()
        self._reason = ""

    @property
    def behind(self) -> bool:
        """Whether audio waits for ears to open: nobody knows yet whether someone speaks in it."""
        return self._listening is None and bool(self._backlog)

    @property
    def unheard(self) -> float:
        """Seconds of audio that the ears have been given and may not have heard yet."""
        return 0.0 if self._listening is None else self._listening.unheard

    async def run(self) -> None:
        """Keep ears open, until cancelled."""
        while True:
            reason = "it stopped"
            try:
                await self._hear_out()
            except RecogniserFailed as failed:
                reason = str(failed)
            self._listening = None
            self.clock = AudioClock()
            self._activation = None  # the hotword has been heard
            self.hotword_end = 0.0
            self._on_failure(reason)
            await trio.lowlevel.checkpoint()

    def hear(self, pcm: bytes) -> None:
        """Microphone audio came in."""
        now = trio.current_time()
        if self._held and not self._kept:
            self._ring.append(pcm)
            if self._listening is not None:
                self._feed(self._listening, pcm, now)
        elif self._listening is not None and not self._held:
            self._feed(self._listening, pcm, now)
        else:
            self._store(pcm)

    def hold(self) -> None:
        """TARS thinks or speaks: what comes in from now on is no question, and only "stop" is heard in it."""
        self._held = True
        self._kept = False
        self._ring.clear()
        if self._listening is not None:
            self._listening.watch_for_stop()

    def keep(self) -> None:
        """The reply has been heard: what comes in from now on is for the next `listen`, a moment away.

        After a blackout the report and the words that followed it come in one burst.
        """
        if self._held and not self._kept:
            self._kept = True
            self._drop_backlog()

    def listen(self, *, back: bool) -> None:
        """Hear afresh, and what was kept; `back` begins with what came in during the last moment of being held."""
        kept, self._kept, self._held = self._kept, False, False
        self.clock.gap()
        if self._listening is not None:
            self._listening.restart()
        if not kept:
            self._drop_backlog()
        elif self._listening is not None:
            self._feed_backlog(self._listening)
        if back and not kept and (recent := self._ring.last(self._policy.barge_in_memory)):
            self.hear(recent)

    def called(self) -> None:
        """A hotword has been heard in what came in so far."""
        self.hotword_end = self.clock.position

    def finish(self) -> None:
        """Take what has been heard as the whole utterance."""
        if self._listening is not None:
            self._listening.finish()

    def fail(self, reason: str) -> None:
        """It does not answer: give it up, and open another."""
        self._reason = reason
        self._scope.cancel()

    async def _hear_out(self) -> None:
        limit = self._policy.open_limit
        self._reason = f"no recogniser within {limit:g} s"
        with trio.move_on_after(limit) as self._scope:
            async with self._recogniser.open(self._session_id, self._activation) as listening:
                self._scope.deadline = float("inf")
                self._listening = listening
                if self._held:
                    listening.watch_for_stop()
                else:
                    self._feed_backlog(listening)
                async for event in listening.events:
                    self._on_event(event)
        if self._scope.cancelled_caught:
            raise RecogniserFailed(self._reason)

    def _feed(self, listening: Listening, pcm: bytes, now: float) -> None:
        listening.feed(pcm)
        self.clock.fed(MICROPHONE.seconds(len(pcm)), now)

    def _feed_backlog(self, listening: Listening) -> None:
        now = trio.current_time()
        while self._backlog:
            self._feed(listening, self._backlog.popleft(), now)
        self._backlog_bytes = 0

    def _drop_backlog(self) -> None:
        self._backlog.clear()
        self._backlog_bytes = 0

    def _store(self, pcm: bytes) -> None:
        self._backlog.append(pcm)
        self._backlog_bytes += len(pcm)
        while self._backlog_bytes > BACKLOG:
            dropped = len(self._backlog.popleft())
            self._backlog_bytes -= dropped
            self.dropped_bytes += dropped
