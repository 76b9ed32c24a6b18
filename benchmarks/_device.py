"""A device with a stopwatch: says what it is given in real time, and notes when each answer reaches it.

It speaks the protocol over the project's own link, as tars-pi does, but knows to the sample when its microphone
heard what, and its loudspeaker is infinitely fast, so that the next question can follow at once.
"""

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from tars.audio.formats import MICROPHONE
from tars.link import Connection, open_connection
from tars.messages import (
    EndReason,
    Error,
    Hello,
    HotwordDetected,
    PlaybackComplete,
    PlaybackProgress,
    SessionEnd,
    StartOfTtsStream,
    Transcript,
    TtsStreamEnd,
    Welcome,
    decode_from_server,
    encode,
)
from tests.support.voices import in_room, noise, speak, voiced

FRAME_SECONDS = 0.04
ROOM_RMS = 20
"""A quiet room, in samples' units."""
PATIENCE = 6.0
"""Seconds after the end of speech in which an answer is expected; the slowest endpoint is far below."""


@attrs.frozen
class Clip:
    """What is said: the hotword (already over when the session starts) and the sentence after it."""

    text: str
    pre_roll: bytes
    sentence: bytes
    speech_end: float
    """Seconds into `sentence` where the last sample of the voice is."""


def clip(*parts: str, voice: str, pause: float = 0.4) -> Clip:
    """A sentence in a quiet room after "hey jarvis"; its parts are `pause` seconds apart, to the sample."""
    spoken = b""
    for part in parts:
        pcm = speak(part, voice)
        start, end = voiced(pcm)
        spoken += (bytes(MICROPHONE.bytes_in(pause)) if spoken else b"") + pcm[start:end]
    hotword = in_room(speak("hey jarvis", voice), ROOM_RMS, before=0.5, after=0.1)
    before = 0.15
    sentence = in_room(spoken, ROOM_RMS, before=before, after=0.2)
    return Clip(" ".join(parts), hotword, sentence, before + MICROPHONE.seconds(len(spoken)))


@attrs.define
class Answer:
    """What came of one clip; times of the monotonic clock."""

    hotword: float
    speech_end: float
    """When the last sample of the voice was spoken."""
    transcripts: list[tuple[float, str]] = attrs.field(factory=list)
    """Final ones, with the time of their arrival."""
    first_sample: float | None = None
    """When the reply's first audio arrived."""
    errors: list[tuple[float, str]] = attrs.field(factory=list)
    """Codes of what went wrong, with the time of their arrival; there is no answer then."""

    @property
    def latency(self) -> float | None:
        """Seconds from the end of speech to the reply's first sample; None where there was no reply."""
        return None if self.first_sample is None else self.first_sample - self.speech_end

    @property
    def heard(self) -> str:
        """The first final transcript."""
        return self.transcripts[0][1] if self.transcripts else ""

    @property
    def cut_off(self) -> bool:
        """Whether the sentence was taken for whole, or answered, while it was still being spoken."""
        taken = [at for at, _ in self.transcripts] + ([self.first_sample] if self.first_sample else [])
        return any(at < self.speech_end for at in taken)


class Device:
    """One device on its link; asks one thing at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._answer = Answer(0, 0)
        self._session_id = ""
        self._utterance: StartOfTtsStream | None = None
        self._played = 0
        self._answered = trio.Event()

    async def ask(self, said: Clip) -> Answer:
        """Say the clip in a session of its own and wait until the answer has been played."""
        now = time.monotonic()
        self._session_id = str(uuid.uuid4())
        answer = self._answer = Answer(now, now + said.speech_end)
        self._answered = trio.Event()
        self._utterance, self._played = None, 0
        size = len(said.pre_roll)
        await self._connection.send(
            encode(HotwordDetected(self._session_id, "hey_jarvis", 0.9, pre_roll_bytes=size, device_time=now))
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._stream, said, now)
            with trio.move_on_after(said.speech_end + PATIENCE):
                await self._answered.wait()
            nursery.cancel_scope.cancel()
        await self._connection.send(encode(SessionEnd(self._session_id, EndReason.DEVICE)))
        return answer

    async def _stream(self, said: Clip, start: float) -> None:
        frame = MICROPHONE.bytes_in(FRAME_SECONDS)
        for at in range(0, len(said.pre_roll), frame):
            await self._connection.send(said.pre_roll[at : at + frame])
        live = said.sentence + noise(said.speech_end + PATIENCE, ROOM_RMS, seed=1)
        for number, at in enumerate(range(0, len(live) - frame, frame), 1):
            await trio.sleep(max(0.0, start + number * FRAME_SECONDS - time.monotonic()))
            await self._connection.send(live[at : at + frame])

    async def listen(self) -> None:
        """Take what the server sends; run this beside everything else."""
        while True:
            message = await self._connection.receive()
            now = time.monotonic()
            if isinstance(message, bytes):
                await self._play(message, now)
                continue
            match decode_from_server(message):
                case Transcript(session_id, text, True) if session_id == self._session_id:
                    self._answer.transcripts.append((now, text))
                case StartOfTtsStream() as utterance:
                    self._utterance, self._played = utterance, 0
                case Error(code=code):
                    self._answer.errors.append((now, code))
                    self._answered.set()
                case TtsStreamEnd(utterance_id):
                    await self._connection.send(encode(PlaybackComplete(utterance_id, device_time=now)))
                    self._answered.set()

    async def _play(self, pcm: bytes, now: float) -> None:
        if self._utterance is None:
            return
        if self._answer.first_sample is None:
            self._answer.first_sample = now
        self._played += len(pcm)
        progress = PlaybackProgress(self._utterance.utterance_id, self._played, device_time=now)
        await self._connection.send(encode(progress))


@asynccontextmanager
async def open_device(url: str, device_id: str) -> AsyncIterator[Device]:
    """A device that has been welcomed."""
    async with open_connection(url) as connection:
        await connection.send(encode(Hello(protocol=1, device_id=device_id, device_time=time.monotonic())))
        while not isinstance(decode_from_server(str(await connection.receive())), Welcome):
            pass
        device = Device(connection)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(device.listen)
            yield device
            nursery.cancel_scope.cancel()
