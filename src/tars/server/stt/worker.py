"""The speech worker process: `python -m tars.server.stt.worker`, started by a worker pool.

The main thread looks at the audio of all sessions by turns; a second one decodes utterances, one at a time.
"""

import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

import attrs

from tars.audio.formats import MICROPHONE
from tars.runtime.memory import settle
from tars.server.stt import wire
from tars.server.stt.commands import CommandRecogniser
from tars.server.stt.decoding import Decoder, Decoding, DecodingThread
from tars.server.stt.embedded import load_commands, load_voice_activity
from tars.server.stt.recogniser import PROGRESS, Activation, SpeechEvent
from tars.server.stt.scheduler import FairScheduler
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.stop_watch import StopWatch
from tars.server.stt.utterance_recogniser import UtteranceRecogniser
from tars.server.stt.vad import VoiceActivity
from tars.server.workers.child import ChildLine, GiveUp, LineHandler, serve_lines

T = TypeVar("T")

MAX_WAITING = MICROPHONE.bytes_in(40)
"""Audio of a session that waits for its turn: what a device may hand over at once (see `LinkPolicy`). A session
that is further behind gets no useful answer any more, and fails."""
_PROGRESS = MICROPHONE.bytes_in(PROGRESS)
MAX_DECODING_TIME = 10.0
"""Seconds. A decoding takes a tenth of a second, and two seconds where the machine is busy with other things. One
that takes so long never ends, and the process must be replaced."""


@attrs.define(eq=False)
class Session:
    """One line: one session's recognition. What comes in waits for its turn."""

    line: ChildLine
    work: "SpeechWork"
    activation: Activation | None
    generation: int = 0
    recogniser: UtteranceRecogniser = attrs.field(init=False)
    _stop_watch: StopWatch | None = None
    """Listens in the recogniser's place while TARS speaks."""
    _inbox: deque[bytes] = attrs.field(factory=deque)
    _waiting: int = 0
    """Bytes in it."""
    _received: int = 0
    """Bytes of audio that have come in, and how many of them the server knows to have been looked at."""
    _told: int = 0

    def __attrs_post_init__(self) -> None:
        work = self.work
        queue = SessionDecodings(self.line, self, work)
        self.recogniser = UtteranceRecogniser(
            work.settings, work.commands, work.make_voice_activity(), queue, self._emit, work.now, self.activation
        )

    def receive(self, body: bytes) -> None:
        """Queue what came in. A restart goes first: what is queued was said before it."""
        match body[:1]:
            case wire.RESTART:
                self._restart()
            case wire.WATCH:
                self._watch_for_stop()
            case _:
                self._queue(body)

    def advance(self) -> bool:
        """Take a moment of what came in; False where there is no more to do now."""
        listener = self._stop_watch or self.recogniser
        if listener.advance():
            return True
        if self.recogniser.waits:
            return False
        if not self._inbox:
            self._tell_progress()
            return False
        body = self._inbox.popleft()
        self._waiting -= len(body)
        if body[:1] == wire.AUDIO:
            listener.feed(body[1:])
        else:
            self.recogniser.finish()
        return True

    def close(self) -> None:
        """The session is over."""
        self.work.scheduler.remove(self)
        self._end_stop_watch()
        self.recogniser.close()
        # The two hold each other. The garbage collector, which counts objects and not megabytes, would let the
        # recognisers of thousands of sessions lie about, with 3 MB of voice activity detector each.
        del self.recogniser

    def _tell_progress(self) -> None:
        if self._received - self._told >= _PROGRESS:
            self._told = self._received
            self.line.send(wire.encode_event(self.generation, wire.Progress(self._told)))

    def _queue(self, body: bytes) -> None:
        if body[:1] == wire.AUDIO:
            self._received += len(body) - 1
        self._inbox.append(body)
        self._waiting += len(body)
        if self._waiting > MAX_WAITING:
            raise GiveUp(f"it is too far behind ({MICROPHONE.seconds(self._waiting):.0f} s wait to be heard)")
        self.work.scheduler.add(self)

    def _restart(self) -> None:
        self.generation += 1
        self._end_stop_watch()
        self.recogniser.forget()
        unheard = sum(len(body) - 1 for body in self._inbox if body[:1] == wire.AUDIO)
        self.recogniser.skip(MICROPHONE.seconds(unheard))
        self._inbox.clear()
        self._waiting = 0

    def _watch_for_stop(self) -> None:
        self._end_stop_watch()
        work, recogniser = self.work, self.recogniser
        self._stop_watch = StopWatch(
            work.settings,
            work.commands,
            recogniser.voice_activity,
            recogniser.queue,
            self._emit,
            work.now,
            recogniser.position,
        )

    def _end_stop_watch(self) -> None:
        if self._stop_watch is not None:
            self._stop_watch.close()
            self.recogniser.skip(self._stop_watch.received - self.recogniser.position)
            self._stop_watch = None

    def _emit(self, event: SpeechEvent) -> None:
        self.line.send(wire.encode_event(self.generation, event))


@attrs.frozen(eq=False)
class SessionDecodings:
    """A session's way to the decodings: what goes wrong with its own ends it alone."""

    line: ChildLine
    session: "Session"
    work: "SpeechWork"

    def submit(
        self, since: float, work: Callable[[Callable[[], bool]], T], then: Callable[[Callable[[], T]], None]
    ) -> Decoding:
        """See `DecodingQueue`."""
        return self.work.decodings.submit(since, work, partial(self._deliver, then))

    def _deliver(self, then: Callable[[Callable[[], T]], None], outcome: Callable[[], T]) -> None:
        def take() -> bool:
            then(outcome)
            return True

        if self.line.attempt(take):
            self.work.scheduler.add(self.session)  # audio may have waited for it


@attrs.define(eq=False)
class SpeechWork:
    """What a speech worker holds for all its sessions."""

    settings: SpeechSettings
    commands: CommandRecogniser
    make_voice_activity: Callable[[], VoiceActivity]
    decodings: Decoder
    now: Callable[[], float] = time.monotonic
    scheduler: FairScheduler[Session] = attrs.field(factory=FairScheduler)

    def open(self, line: ChildLine, opening: bytes) -> LineHandler:
        """Serve a new session."""
        return Session(line, self, wire.decode_opening(opening).activation)

    def idle(self) -> bool:
        """Take a moment of one session's audio, by turns, or a decoding's result. Raises `Hung`."""
        self._watch()
        if self.decodings.deliver():
            return True
        session = self.scheduler.next()
        if session is None:
            return False
        if not session.line.attempt(session.advance):
            self.scheduler.remove(session)
        return True

    def renew(self, setup: bytes) -> None:
        """Go on with the names of another setup."""
        names = wire.decode_setup(setup).grammar.names
        # in the decoding thread, and before all that waits
        self.decodings.submit(0.0, lambda wanted: self._use_names(names), lambda outcome: outcome())

    def _use_names(self, names: Mapping[str, Sequence[str]]) -> None:
        self.commands.use_names(names)
        settle()  # the grammar that was dropped is a knot

    def _watch(self) -> None:
        """A ping reaches this thread only. Where the other one hangs, the process has to end by itself."""
        began = self.decodings.running_since
        if began is not None and self.now() - began > MAX_DECODING_TIME:
            raise Hung(f"a decoding has taken {MAX_DECODING_TIME:g} s")


class Hung(Exception):
    """The decoding thread does not come back."""


def prepare(setup_bytes: bytes, decodings: Decoder) -> SpeechWork:
    """Load the models."""
    setup = wire.decode_setup(setup_bytes)
    return SpeechWork(setup.settings, load_commands(setup), load_voice_activity, decodings)


def main() -> None:
    """Be a speech worker."""
    alarm, ring = os.pipe()
    os.set_blocking(ring, False)
    decodings = DecodingThread(lambda: _ring(ring), time.monotonic)
    decodings.start()
    serve_lines(partial(_prepare_for_long, decodings=decodings), alarm)


def _prepare_for_long(setup_bytes: bytes, decodings: Decoder) -> SpeechWork:
    work = prepare(setup_bytes, decodings)
    settle()
    return work


def _ring(fd: int) -> None:
    with suppress(BlockingIOError):  # it rings already
        os.write(fd, b"!")


if __name__ == "__main__":
    main()
