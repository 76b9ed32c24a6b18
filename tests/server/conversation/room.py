"""A room in virtual time: people and a television, a loudspeaker that is late, and a microphone that hears all.

The speech worker's insides run in this process, with the real models; decodings take no time.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.server.conversation.interlocutor import Providers
from tars.server.stt.recogniser import Activation, Listening, SpeechEvent
from tars.server.stt.wire import AUDIO, FINISH, RESTART, WATCH, Opening, Progress, decode_event, encode_opening
from tars.server.tts.voice import Play
from tars.server.workers.child import ChildLine, LineHandler
from tests.server.fakes import HandDevice
from tests.server.stt.hearing import Hearing
from tests.support.voices import noise, speak

BLOCK = 0.04
"""Seconds that the microphone sends at a time."""
SAMPLES = MICROPHONE.bytes_in(BLOCK) // 2
Samples = NDArray[np.float64]


class _Line(ChildLine):
    """A worker's line that ends in the same process."""

    def __init__(self, sender: trio.MemorySendChannel[SpeechEvent]) -> None:
        self.generation = 0
        self._sender = sender

    def send(self, body: bytes) -> None:
        generation, event = decode_event(body)
        if generation == self.generation and not isinstance(event, Progress):
            self._sender.send_nowait(event)

    def attempt(self, job) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return bool(job())


@attrs.define(eq=False)
class InlineListening:
    """One session's recognition, done at once whenever audio comes in."""

    events: trio.MemoryReceiveChannel[SpeechEvent]
    _line: _Line
    _session: LineHandler
    _hearing: Hearing
    unheard: float = 0.0

    def feed(self, pcm: bytes) -> None:
        self._receive(AUDIO + pcm)

    def finish(self) -> None:
        self._receive(FINISH)

    def restart(self) -> None:
        self._line.generation += 1
        while self.events.statistics().current_buffer_used:
            self.events.receive_nowait()
        self._receive(RESTART)

    def watch_for_stop(self) -> None:
        self.restart()
        self._receive(WATCH)

    def _receive(self, body: bytes) -> None:
        self._session.receive(body)
        while self._hearing.work.idle():
            pass


@attrs.define(eq=False)
class InlineRecogniser:
    """A `Recogniser` without processes."""

    hearing: Hearing
    busy: bool = False

    @asynccontextmanager
    async def open(self, session_id: str, activation: Activation | None = None) -> AsyncIterator[Listening]:
        send, receive = trio.open_memory_channel[SpeechEvent](256)
        line = _Line(send)
        session = self.hearing.work.open(line, encode_opening(Opening(session_id, activation)))
        with send, receive:
            yield InlineListening(receive, line, session, self.hearing)
        session.close()


@attrs.define(eq=False)
class Espeak:
    """A `Voice` without a process."""

    format: AudioFormat = MICROPHONE

    async def speak(self, text: str, play: Play) -> None:
        await play(speak(text, "en-us", 165))


@attrs.define(eq=False)
class HeardProviders:
    """Recognition and voice as above, and a brain."""

    recogniser: InlineRecogniser
    brain: object
    voice: Espeak = attrs.field(factory=Espeak)

    @property
    def real(self) -> Providers:
        return Providers(self.recogniser, self.brain, self.voice)  # type: ignore[arg-type]


@attrs.define(eq=False)
class Utterance:
    """What the loudspeaker plays, and since when."""

    utterance_id: str
    began: float = 0.0
    pcm: bytearray = attrs.field(factory=bytearray)
    whole: bool = False
    over: bool = False

    def ends(self, now: float) -> bool:
        """Whether all of it has just been played."""
        return self.whole and not self.over and now >= self.began + MICROPHONE.seconds(len(self.pcm))


@attrs.define(eq=False)
class Room:
    """Runs one device's microphone and loudspeaker, in virtual time."""

    device: HandDevice
    delay: float = 0.0
    """Seconds by which the loudspeaker sounds later than the device believes."""
    echo: float = 0.0
    """How loud the microphone hears it, as a factor."""
    played: list[Utterance] = attrs.field(factory=list)
    ended: trio.Event = attrs.field(factory=trio.Event)
    """Set when the first answer has been played."""
    _said: Samples = attrs.field(factory=lambda: np.zeros(0))
    _read: int = 0
    _blocks: int = 0

    def say(self, pcm: bytes, gain: float = 1.0) -> float:
        """Say it, from now on, over what is being said; returns how long it takes, in seconds."""
        samples = np.frombuffer(pcm, "<i2") * gain
        said = np.zeros(max(len(self._said), len(samples)))
        said[: len(self._said)] = self._said
        said[: len(samples)] += samples
        self._said = said
        return MICROPHONE.seconds(len(pcm))

    @property
    def left(self) -> float:
        """Seconds until nobody says anything any more."""
        return len(self._said) / MICROPHONE.rate

    async def silence(self) -> float:
        """Wait for the end of the first answer, as the device believes; when it was."""
        await self.ended.wait()
        return trio.current_time()

    async def live(self) -> None:
        """Be heard and spoken to, until cancelled."""
        tick = trio.current_time()
        while True:
            await self._play()
            await self.device.send(self._hear())
            tick += BLOCK
            await trio.sleep_until(tick)

    async def _play(self) -> None:
        now = trio.current_time()
        while self._read < len(self.device.heard):
            frame = self.device.heard[self._read]
            self._read += 1
            if isinstance(frame, bytes):
                self.played[-1].pcm += frame
            elif frame["type"] == "start_of_tts_stream":
                self.played.append(Utterance(frame["utterance_id"], now))
            elif frame["type"] == "tts_stream_end":
                self.played[-1].whole = True
            elif frame["type"] == "stop_playback":
                self.played[-1].over = True
                del self.played[-1].pcm[MICROPHONE.bytes_in(now - self.played[-1].began) :]
        if self.played and self.played[-1].ends(now):
            self.played[-1].over = True
            self.ended.set()
            utterance_id = self.played[-1].utterance_id
            await self.device.send(type="playback_complete", utterance_id=utterance_id, device_time=now)

    def _hear(self) -> bytes:
        self._blocks += 1
        heard = np.frombuffer(noise(BLOCK, 20, seed=self._blocks), "<i2").astype(float)
        said, self._said = self._said[:SAMPLES], self._said[SAMPLES:]
        heard[: len(said)] += said
        if self.echo and self.played:
            heard += self.echo * self._loudspeaker(trio.current_time() - self.delay)
        pcm: bytes = np.clip(heard, -32_768, 32_767).astype("<i2").tobytes()
        return pcm

    def _loudspeaker(self, now: float) -> Samples:
        """What has just sounded, in a block that ends at `now`."""
        sound = np.zeros(SAMPLES)
        for utterance in self.played[-2:]:
            pcm = np.frombuffer(bytes(utterance.pcm), "<i2")
            first = round((now - utterance.began) * MICROPHONE.rate) - SAMPLES
            piece = pcm[max(0, first) : max(0, first + SAMPLES)]
            start = max(0, -first)
            sound[start : start + len(piece)] += piece[: SAMPLES - start]
        return sound
