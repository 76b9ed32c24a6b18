"""One session's ears, in a speech worker: detector, endpointing and decoders put together."""

from collections import deque
from collections.abc import Callable
from typing import Protocol

import attrs

from tars.audio.formats import MICROPHONE
from tars.server.brains.grammar import Grammar
from tars.server.stt.attempt import Attempt, Reading
from tars.server.stt.decoders import GrammarDecoder
from tars.server.stt.endpointing import Endpointer, Step, Words
from tars.server.stt.followers import Followers
from tars.server.stt.recogniser import (
    HotwordAlone,
    PartialTranscript,
    Pause,
    Resumed,
    SpeechEvent,
    SpeechStarted,
    Utterance,
)
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.stock import Stock

FRAME_BYTES = 1024
"""The voice activity detector's frame: 512 samples, 32 ms."""
FRAME = MICROPHONE.seconds(FRAME_BYTES)


class Detector(Protocol):
    """A voice activity detector, which remembers what it heard before."""

    def __call__(self, frame: bytes, /) -> float:
        """The probability that somebody speaks in a frame of 32 ms."""

    def reset(self) -> None:
        """Forget what was heard."""


@attrs.define(eq=False)
class Ear:
    """Hears audio, calls `emit` with events. For an utterance it needs a decoder of the stock: see `stuck`."""

    settings: SpeechSettings
    grammar: Grammar
    followers: Followers
    detector: Detector
    decoders: Stock[GrammarDecoder]
    emit: Callable[[SpeechEvent], None]
    pre_roll: float | None = None
    """See `Recogniser.open`."""
    _endpointer: Endpointer = attrs.field(init=False)
    _rest: bytearray = attrs.field(factory=bytearray)
    _recent: deque[tuple[bytes, bool]] = attrs.field(init=False)
    _spoken: bytearray = attrs.field(factory=bytearray)
    _attempt: Attempt | None = None
    _paused_with: str | None = None
    """The text of the `Pause` under way, if one was announced."""
    _partial: str = ""
    _partial_at: float = 0.0

    def __attrs_post_init__(self) -> None:
        self._endpointer = Endpointer(self.settings)
        self._recent = deque(maxlen=round((self.settings.lead_in + self.settings.onset) / FRAME))

    @property
    def stuck(self) -> bool:
        """Whether it needs a decoder to go on: `borrow` one."""
        return self._attempt is not None and self._attempt.stuck

    @property
    def lent(self) -> bool:
        """Whether it has one."""
        return self._attempt is not None and not self._attempt.stuck

    def borrow(self) -> bool:
        """Take a decoder; False where there is none."""
        assert self._attempt is not None
        if (decoder := self.decoders.take()) is not None:
            self._attempt.take_up(decoder)
        return decoder is not None

    def put_down(self) -> None:
        """Give the decoder back, in the middle of an utterance, which goes on when there is one again."""
        if self._attempt is not None and (decoder := self._attempt.put_down()) is not None:
            self.decoders.give_back(decoder)

    def feed(self, pcm: bytes) -> None:
        """Here is more audio, for `hear`."""
        self._rest += pcm

    def hear(self) -> bool:
        """Hear a moment of it; False where there is no more. Not while it is `stuck`."""
        if self._attempt is not None and self._attempt.catch_up():
            return True
        if len(self._rest) < FRAME_BYTES:
            return False
        frame = bytes(self._rest[:FRAME_BYTES])
        del self._rest[:FRAME_BYTES]
        self._hear_frame(frame)
        return True

    def finish(self) -> None:
        """Take what has been heard as the whole utterance. Not while it is `stuck`."""
        if self._attempt is None:
            here = self._endpointer.position
            self.emit(Utterance("", "free", here, here, here))
            return
        self._attempt.reconsider()
        self._conclude(self._attempt, self._attempt.read(), finished=True)

    def forget(self) -> None:
        """Drop the utterance under way."""
        if self._attempt is not None:
            self._attempt.abandon()
            self._release(self._attempt)
        self._endpointer.end()
        self.detector.reset()
        self._recent.clear()
        self._rest.clear()

    def _hear_frame(self, frame: bytes) -> None:
        step = self._endpointer.hear(self.detector(frame), FRAME)
        if self._attempt is not None:
            self._attempt.hear(frame, self._endpointer.voiced)
        else:
            self._recent.append((frame, self._endpointer.voiced))
        if step is Step.BEGIN:
            self._begin()
        elif step is Step.GO_ON and self._paused_with is not None:
            self._paused_with = None
            self.emit(Resumed(self._endpointer.position))
        if self._attempt is None or self._attempt.stuck:
            return
        if self._endpointer.paused:
            self._judge_pause(self._attempt)
        elif self._endpointer.position - self._endpointer.speech_start >= self.settings.warm_up:
            self._attempt.start()
            self._show_progress(self._attempt)

    def _begin(self) -> None:
        self._attempt = Attempt(
            self.grammar,
            self.followers,
            known_speech=bytes(self._spoken),
            enough_trust=self.settings.trust,
            called=self.pre_roll is not None and self._endpointer.speech_start < self.pre_roll,
        )
        for frame, voiced in self._recent:
            self._attempt.hear(frame, voiced)
        self._recent.clear()
        self._partial = ""
        self.emit(SpeechStarted(self._endpointer.speech_start))

    def _judge_pause(self, attempt: Attempt) -> None:
        attempt.reconsider()
        reading = attempt.read()
        whole = reading.words is not Words.OPEN
        text = reading.text if whole else attempt.read_general()
        if self._paused_with is None and text and (whole or reading.text):
            self._paused_with = text
            self.emit(Pause(text, self._endpointer.speech_end, self._endpointer.position))
        if self._endpointer.is_over(reading.words):
            self._conclude(attempt, reading)

    def _show_progress(self, attempt: Attempt) -> None:
        now = self._endpointer.position
        if now - self._partial_at < self.settings.partial_interval:
            return
        self._partial_at = now
        reading = attempt.read()
        text = reading.text if reading.explained else attempt.read_general()
        if text and text != self._partial:
            self._partial = text
            self.emit(PartialTranscript(text, now))

    def _conclude(self, attempt: Attempt, reading: Reading, *, finished: bool = False) -> None:
        """The speech is over: say what it was, at once or when the general model has heard it all."""
        where = self._endpointer.speech_start, self._endpointer.speech_end
        now = self._endpointer.position
        emit, cut = self.emit, self.grammar.without_hotword
        sentence = reading if finished else self._sentence(attempt, reading)
        if sentence is None:
            attempt.follower.over = True
            emit(HotwordAlone(now))
        elif sentence.words is not Words.OPEN:
            attempt.follower.over = True
            emit(Utterance(sentence.text, "grammar", *where, now))
        else:
            attempt.follower.conclude(lambda text: emit(Utterance(cut(text), "free", *where, now)))
        self._release(attempt)
        self._endpointer.end()

    def _sentence(self, attempt: Attempt, reading: Reading) -> Reading | None:
        """Return the reading that holds what was said; None where that was the hotword alone.

        Where the speech stands decides nothing by itself: the hotword must have been heard in it, and a second
        look must find no whole sentence either.
        """
        end, settings = self._endpointer.speech_end, self.settings
        if self.pre_roll is not None and end < settings.hotword_rest:
            return None
        if reading.words is not Words.OPEN:
            return reading
        heard = attempt.called or self.grammar.is_hotword(reading.hotword)
        if heard and attempt.hotword_share(reading) >= settings.hotword_share:
            return None
        if attempt.called and end < (self.pre_roll or 0.0) + settings.detection_delay:
            again = attempt.read_again()
            return None if again.words is Words.OPEN else again
        return reading

    def _release(self, attempt: Attempt) -> None:
        self._spoken += attempt.speech
        del self._spoken[: -MICROPHONE.bytes_in(self.settings.remembered_speech)]
        self.put_down()
        self._attempt = None
        self._paused_with = None
