"""One session's recognition, in a speech worker: voice activity, endpointing and decoding put together.

An utterance's audio is kept from its first sound on. At each short pause it is decoded. Where the pause is over by
then, the result is thrown away. The words decide how long a pause ends the utterance.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

import attrs

from tars.audio.formats import MICROPHONE
from tars.server.brains.grammar import Completeness
from tars.server.stt.commands import LONGEST_HOTWORD, CommandRecogniser, Reading
from tars.server.stt.decoding import Decoding, DecodingQueue
from tars.server.stt.endpointing import Endpointer, Step
from tars.server.stt.recogniser import (
    Activation,
    FalseWake,
    HotwordAlone,
    PartialTranscript,
    Pause,
    Resumed,
    SpeechEvent,
    SpeechStarted,
    Utterance,
)
from tars.server.stt.second_look import SecondLook, second_look
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.utterance_audio import UtteranceAudio
from tars.server.stt.vad import FRAME, FRAME_BYTES, VoiceActivity, loudness

MAX_UTTERANCE = MICROPHONE.bytes_in(30)
"""An utterance that is longer is taken as it is. Sessions end one after 15 s; this is what bounds the memory."""
_AFTER_HOTWORD = 0.5
"""Seconds of speech behind a hotword's detection that are more than the hotword: it may be detected 0.3 s before
its last sound, and the shortest word takes 0.2 s."""
_DETECTED_LATE = 0.3
_DETECTED_EARLY = 0.1
"""Seconds by which a hotword is detected after its end, or before it; further off, the softest moment is the
speaker's next pause."""


@attrs.define(eq=False)
class UtteranceRecogniser:
    """Takes audio, calls `emit` with events. Decodings happen in `queue`, the rest in the caller's thread."""

    settings: SpeechSettings
    commands: CommandRecogniser
    voice_activity: VoiceActivity
    queue: DecodingQueue
    emit: Callable[[SpeechEvent], None]
    now: Callable[[], float]
    activation: Activation | None = None
    """See `Recogniser.open`."""
    _endpointer: Endpointer = attrs.field(init=False)
    _rest: bytearray = attrs.field(factory=bytearray)
    """Audio that waits for its turn."""
    _recent: deque[tuple[bytes, float]] = attrs.field(init=False)
    _audio: UtteranceAudio | None = None
    """The utterance under way."""
    _reading: Reading | None = None
    """What it says, where no voice came in since it was decoded."""
    _decoding: Decoding | None = None
    _announced: bool = False
    """Whether the pause under way was told by a `Pause`."""
    _second_look: SecondLook | None = attrs.field(init=False)
    _looking: Decoding | None = None
    _finishing: bool = False
    """The utterance ends here, as soon as its words are known."""

    def __attrs_post_init__(self) -> None:
        self._endpointer = Endpointer(self.settings)
        self._second_look = second_look(self.settings, self.activation)
        self._recent = deque(maxlen=round((self.settings.lead_in + self.settings.onset) / FRAME))

    def feed(self, pcm: bytes) -> None:
        """Take more audio, for `advance`."""
        self._rest += pcm

    def advance(self) -> bool:
        """Look at a moment of the audio; False where there is no more, or the words must be known first."""
        if self.waits or len(self._rest) < FRAME_BYTES:
            return False
        frame = bytes(self._rest[:FRAME_BYTES])
        del self._rest[:FRAME_BYTES]
        self._take(frame)
        return True

    @property
    def waits(self) -> bool:
        """Whether audio waits until the words before it are known: they may say that the utterance ended there.

        So what is heard depends on the audio alone, and not on how fast it comes or how long a decoding takes.
        """
        pending = self._decoding is not None and self._endpointer.is_over(Completeness.COMPLETE)
        return self._finishing or pending

    def finish(self) -> None:
        """Take what has been heard as the whole utterance."""
        if self._audio is None:
            here = self._endpointer.position
            self.emit(Utterance("", "free", here, here, here))
            return
        self._finishing = True
        if self._reading is not None:
            self._conclude(self._reading)
        elif self._decoding is None:
            self._decode(self._audio)

    @property
    def position(self) -> float:
        """Seconds of audio that have been heard, or forgotten."""
        return self._endpointer.position

    def skip(self, seconds: float) -> None:
        """Count audio that is heard by nobody, or by others."""
        self._endpointer.position += seconds

    def forget(self) -> None:
        """Drop the utterance under way, and hear afresh."""
        self._drop()
        self._look_no_more()
        self.voice_activity.reset()
        self._recent.clear()
        self.skip(MICROPHONE.seconds(len(self._rest)))
        self._rest.clear()

    def close(self) -> None:
        """Hear no more."""
        self.forget()

    def _take(self, frame: bytes) -> None:
        if self._second_look is not None and (pcm := self._second_look.feed(frame)) is not None:
            look = partial(self.commands.has_hotword, pcm, self._second_look.hotword)
            self._second_look = None
            self._looking = self.queue.submit(self.now(), look, self._on_second_look)
        level = loudness(frame)
        step = self._endpointer.feed(self.voice_activity(frame), FRAME, level)
        if self._audio is None:
            self._recent.append((frame, level))
            if step is Step.BEGIN:
                self._audio = UtteranceAudio()
                for earlier in self._recent:
                    self._audio.append(*earlier)
                self._recent.clear()
                self.emit(SpeechStarted(self._endpointer.speech_start))
            return
        audio = self._audio
        audio.append(frame, level)
        if step is Step.RESUME:
            self._resume()
        elif step is Step.PAUSE:
            self._decode(audio)
        elif self._endpointer.paused and self._reading is not None:
            self._judge(self._reading)
        if len(audio) >= MAX_UTTERANCE and self._audio is audio:
            self.finish()

    def _resume(self) -> None:
        if self._decoding is not None:
            self._decoding.cancel()
        self._decoding = self._reading = None
        if self._announced:
            self._announced = False
            self.emit(Resumed(self._endpointer.position))

    def _decode(self, audio: UtteranceAudio) -> None:
        foreground = self._endpointer.foreground
        if foreground.background is not None:  # others were heard before the speaker
            cut = audio.seconds_before(foreground.is_speaker, self.settings.lead_in)
            audio.cut(cut)
            self._endpointer.speech_start += cut
        # it is said again within a session as well
        hotword = None if self.activation is None else self.activation.hotword
        read = partial(self.commands.read, audio.pcm(), hotword, behind=self._behind_hotword(audio))
        self._decoding = self.queue.submit(self.now(), read, self._on_reading)

    def _behind_hotword(self, audio: UtteranceAudio) -> float | None:
        """Where in an utterance's audio the hotword is over, in seconds; None where it does not begin with it."""
        if self.activation is None or self.activation.pre_roll == 0.0:
            return None
        detected = self.activation.pre_roll - (self._endpointer.position - audio.seconds)
        return audio.softest(detected - _DETECTED_LATE, detected + _DETECTED_EARLY) if detected > 0.0 else None

    def _on_reading(self, outcome: Callable[[], Reading]) -> None:
        self._decoding = None
        self._reading = outcome()
        if self._finishing:
            self._conclude(self._reading)
        else:
            self._judge(self._reading)

    def _look_no_more(self) -> None:
        """What comes after the first words is no false wake, whatever woke the device."""
        self._second_look = None
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _on_second_look(self, outcome: Callable[[], bool]) -> None:
        self._looking = None
        if not outcome():
            self.emit(FalseWake(self._endpointer.position))

    def _judge(self, reading: Reading) -> None:
        """The speaker makes a pause, and this is what was said: is it all?"""
        if self._endpointer.is_over(reading.completeness):
            self._conclude(reading)
        elif not self._announced and reading.text:
            self._announced = True
            here, end = self._endpointer.position, self._endpointer.speech_end
            self.emit(PartialTranscript(reading.text, here))
            self.emit(Pause(reading.text, end, here, reading.words, reading.doubtful, reading.source))

    def _conclude(self, reading: Reading) -> None:
        start, end = self._endpointer.speech_start, self._endpointer.speech_end
        here = self._endpointer.position
        self._drop()
        if reading.hotword and not reading.text and not self._goes_beyond_hotword(start, end):
            self.emit(HotwordAlone(here))
            return
        self.emit(
            Utterance(
                reading.text,
                reading.source,
                start,
                end,
                here,
                reading.words,
                doubtful=reading.doubtful,
                score=reading.score,
            )
        )

    def _goes_beyond_hotword(self, start: float, end: float) -> bool:
        """Whether speech goes on behind the hotword that it holds: a question, misheard."""
        if end - start >= LONGEST_HOTWORD:
            return True
        woken = 0.0 if self.activation is None else self.activation.pre_roll
        return start < woken and end >= woken + _AFTER_HOTWORD

    def _drop(self) -> None:
        if self._decoding is not None:
            self._decoding.cancel()
        self._audio = self._reading = self._decoding = None
        self._announced = self._finishing = False
        self._endpointer.end()
