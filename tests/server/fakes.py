"""Ears, a brain and a voice that do as they are told, and a device that speaks the protocol by hand."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.link import Connection
from tars.server.brains.brain import BrainFailed, Outcome, Request, Say
from tars.server.conversation.interlocutor import Providers
from tars.server.stt.recogniser import (
    Activation,
    FalseWake,
    HotwordAlone,
    Listening,
    PartialTranscript,
    Pause,
    RecogniserFailed,
    Resumed,
    SpeechEvent,
    SpeechStarted,
    StopWord,
    Utterance,
)
from tars.server.tts.voice import Play, VoiceFailed

VIRTUAL_HOUR = 3600.0
"""Seconds of a clock that jumps."""


@attrs.define(eq=False)
class FakeListening:
    """Ears whose events the test makes up; `at` is wherever the audio fed has come to."""

    events: trio.MemoryReceiveChannel[SpeechEvent]
    send: trio.MemorySendChannel[SpeechEvent]
    fed: bytearray = attrs.field(factory=bytearray)
    """What was fed to be understood."""
    overheard: bytearray = attrs.field(factory=bytearray)
    """What was fed while TARS thought or spoke."""
    watching: bool = False
    finished: int = 0
    restarted: int = 0
    answers_finish: bool = True
    dead: trio.Event = attrs.field(factory=trio.Event)
    unheard: float = 0.0
    """Seconds."""
    _began: float = 0.0

    def feed(self, pcm: bytes) -> None:
        if self.watching:
            self.overheard += pcm
        else:
            self.fed += pcm

    def finish(self) -> None:
        self.finished += 1
        if self.answers_finish:
            self.utter("as far as it goes")

    def restart(self) -> None:
        self.restarted += 1
        self.watching = False

    def watch_for_stop(self) -> None:
        self.watching = True

    @property
    def at(self) -> float:
        return MICROPHONE.seconds(len(self.fed) + len(self.overheard))

    def start(self) -> None:
        self._began = self.at
        self.send.send_nowait(SpeechStarted(self._began))

    def partial(self, text: str) -> None:
        self.send.send_nowait(PartialTranscript(text, self.at))

    def pause(self, text: str) -> None:
        self.send.send_nowait(Pause(text, self.at, self.at))

    def resume(self) -> None:
        self.send.send_nowait(Resumed(self.at))

    def hotword(self) -> None:
        """The hotword, and nothing after it."""
        self.start()
        self.send.send_nowait(HotwordAlone(self.at))

    def utter(self, text: str, seconds: float = 1.0, **more: Any) -> None:
        began = min(self._began, self.at - seconds)
        self.send.send_nowait(Utterance(text, "grammar", began, self.at, self.at, **more))

    def hear(self, text: str, seconds: float = 1.0, **more: Any) -> None:
        """A whole utterance, from its first sound to its endpoint."""
        self.start()
        self.utter(text, seconds, **more)

    def false_wake(self) -> None:
        """No hotword after all."""
        self.send.send_nowait(FalseWake(self.at))

    def stop_word(self) -> None:
        """Somebody says "stop" over TARS's voice."""
        self.send.send_nowait(StopWord(self.at))


@attrs.define(eq=False)
class FakeRecogniser:
    opened: list[FakeListening] = attrs.field(factory=list)
    open_after: float = 0.0
    """Seconds until ears open."""
    fails_to_open: bool = False
    busy: bool = False
    open_now: int = 0
    activations: list[Activation | None] = attrs.field(factory=list)
    """What each of the ears was told."""

    @property
    def ears(self) -> FakeListening:
        return self.opened[-1]

    @asynccontextmanager
    async def open(self, session_id: str, activation: Activation | None = None) -> AsyncIterator[Listening]:
        self.activations.append(activation)
        await trio.sleep(self.open_after)
        if self.fails_to_open:
            raise RecogniserFailed("no worker")
        send, receive = trio.open_memory_channel[SpeechEvent](64)
        ears = FakeListening(receive, send)
        self.opened.append(ears)
        self.open_now += 1
        died = False
        try:
            async with trio.open_nursery() as nursery:

                async def die() -> None:
                    nonlocal died
                    await ears.dead.wait()
                    died = True
                    nursery.cancel_scope.cancel()

                nursery.start_soon(die)
                yield ears
                nursery.cancel_scope.cancel()
        finally:
            self.open_now -= 1
        if died:
            raise RecogniserFailed("the worker died")


@attrs.define(eq=False)
class FakeBrain:
    """Answers with what `replies` holds, or by repeating the question."""

    replies: dict[str, str] = attrs.field(factory=dict)
    outcomes: dict[str, Outcome] = attrs.field(factory=dict)
    foreign: set[str] = attrs.field(factory=set)
    """What it does not understand; of a follow-up, it then says nothing."""
    silent: bool = False
    """It says nothing to what it does not understand, with a hotword or without."""
    takes: float = 0.0
    asked: list[Request] = attrs.field(factory=list)
    thinking: int = 0
    fails: bool = False
    bugs: dict[str, Exception] = attrs.field(factory=dict)

    async def think(self, request: Request, say: Say) -> Outcome:
        self.asked.append(request)
        if request.text in self.bugs:
            raise self.bugs[request.text]
        self.thinking += 1
        try:
            await trio.sleep(self.takes)
            if self.fails:
                raise BrainFailed("no idea")
            if request.text in self.foreign and (request.follow_up or self.silent):
                return Outcome(understood=False)
            await say(self.replies.get(request.text, f"You said {request.text}."))
            return self.outcomes.get(request.text, Outcome(understood=request.text not in self.foreign))
        finally:
            self.thinking -= 1


@attrs.define(eq=False)
class FakeVoice:
    """A tenth of a second of audio per character; every byte of it is the character."""

    format: AudioFormat = attrs.field(factory=lambda: AudioFormat(16_000))
    spoken: list[str] = attrs.field(factory=list)
    takes: float = 0.0
    fails: bool = False
    seconds_per_letter: float = 0.1

    async def speak(self, text: str, play: Play) -> None:
        self.spoken.append(text)
        await trio.sleep(self.takes)
        for letter in text:
            if self.fails:
                raise VoiceFailed("hoarse")
            await play(bytes([ord(letter) % 256]) * self.format.bytes_in(self.seconds_per_letter))


@attrs.define(eq=False)
class FakeProviders:
    recogniser: FakeRecogniser = attrs.field(factory=FakeRecogniser)
    brain: FakeBrain = attrs.field(factory=FakeBrain)
    voice: FakeVoice = attrs.field(factory=FakeVoice)

    @property
    def real(self) -> Providers:
        return Providers(self.recogniser, self.brain, self.voice)


Frame = dict[str, Any] | bytes


@attrs.define(eq=False)
class HandDevice:
    """A device driven by the test, message by message; what the server sends is in `heard`, in order."""

    connection: Connection
    heard: list[Frame] = attrs.field(factory=list)
    times: list[float] = attrs.field(factory=list)
    lost: trio.Event = attrs.field(factory=trio.Event)
    code: int | None = None
    _news: trio.Event = attrs.field(factory=trio.Event)
    _read: int = 0

    async def send(self, raw: str | bytes | None = None, /, **fields: object) -> None:
        await self.connection.send(json.dumps(fields) if raw is None else raw)

    def take(self, frame: str | bytes) -> None:
        self.heard.append(json.loads(frame) if isinstance(frame, str) else frame)
        self.times.append(trio.current_time())
        self._news.set()
        self._news = trio.Event()

    async def next(self, kind: str, **fields: object) -> dict[str, Any]:
        """The next message of that type (and with those fields) not yet asked for, waiting for it if need be."""
        while True:
            while self._read < len(self.heard):
                frame = self.heard[self._read]
                self._read += 1
                if isinstance(frame, dict) and frame["type"] == kind and fields.items() <= frame.items():
                    return frame
            with trio.fail_after(VIRTUAL_HOUR):
                await self._news.wait()

    async def frame(self, number: int) -> Frame:
        """The frame of that number, from 0, waiting for it."""
        while len(self.heard) <= number:
            await self._news.wait()
        return self.heard[number]

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.heard if isinstance(frame, dict) and frame["type"] == kind]

    def audio(self) -> bytes:
        return b"".join(frame for frame in self.heard if isinstance(frame, bytes))

    async def hello(self, device_id: str = "kitchen", **fields: object) -> dict[str, Any]:
        await self.send(type="hello", protocol=1, device_id=device_id, **fields)
        return await self.next("welcome")

    async def hotword(self, session_id: str = "s1", **fields: object) -> dict[str, Any]:
        await self.send(type="hotword_detected", session_id=session_id, hotword="hey_jarvis", score=0.9, **fields)
        return await self.next("session_started", session_id=session_id)

    async def speak(self, seconds: float, *, burst: bool = False) -> None:
        """Send silence from the microphone, in real time or all at once."""
        frame = bytes(MICROPHONE.bytes_in(0.08))
        for _ in range(round(seconds / 0.08)):
            await self.send(frame)
            if not burst:
                await trio.sleep(0.08)

    async def played(self) -> dict[str, Any]:
        """Wait for the end of an utterance, and report it played at once."""
        end = await self.next("tts_stream_end")
        await self.send(type="playback_complete", utterance_id=end["utterance_id"])
        return end
