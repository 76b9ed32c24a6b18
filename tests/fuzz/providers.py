"""Ears, a brain and a voice for marked audio. They behave, until they are told to die.

The ears make a text of what they heard that names the question and the session; the brain answers it; the voice
marks the reply's audio with both. So whoever hears a unit of a reply knows where it comes from.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from tars.audio.formats import AudioFormat
from tars.server.brains.brain import BrainFailed, Outcome, Request, Say
from tars.server.conversation.interlocutor import Providers
from tars.server.stt.recogniser import (
    Activation,
    Listening,
    Pause,
    RecogniserFailed,
    SpeechEvent,
    SpeechStarted,
    Utterance,
)
from tars.server.tts.voice import Play, VoiceFailed
from tests.fuzz.evidence import Evidence, Unit
from tests.fuzz.marks import UNIT, Microphones, Spoken
from tests.fuzz.story import Part, Question

PAUSE_UNITS, ENDPOINT_UNITS = 12, 30
"""Silence after which a reply is prepared, and after which the utterance is whole."""
REPLY_UNITS = {"short": 50, "long": 400, "goodbye": 30}
"""How long the answers are."""
PIECE = 8
"""Units that the voice makes at a time."""
THINKS, THINKS_LONG = 0.2, 9.0
"""Seconds; the longer is more than any heartbeat waits."""
_ANSWERED = re.compile(r"question (\d+) in (\S+)")


class SeededBug(Exception):
    """A bug on purpose. Whoever takes it for anything else has one."""


@attrs.define(eq=False)
class Ears:
    """One session's listening."""

    events: trio.MemoryReceiveChannel[SpeechEvent]
    dead: trio.Event
    _send: trio.MemorySendChannel[SpeechEvent]
    _session_id: str
    _evidence: Evidence
    _microphone: Microphones = attrs.field(factory=Microphones)
    _fed: int = 0
    _began: int = 0
    _question: int = 0
    _parts: list[int] = attrs.field(factory=list)
    _silent: int = 0
    unheard: float = 0.0
    _watching: bool = False
    """Whether only "stop" is to be heard, which nobody says here."""

    def feed(self, pcm: bytes) -> None:
        if self._watching:
            return
        now = trio.current_time()
        for unit in self._microphone.feed(pcm):
            self._evidence.recognised.append(Unit(now, self._session_id, unit, self._evidence.servers))
            self._fed += 1
            if unit.question:
                self._hear(unit.question, unit.part)
            elif self._parts:
                self._hear_silence()

    def finish(self) -> None:
        if self._parts:
            self._utter()

    def watch_for_stop(self) -> None:
        self.restart()
        self._watching = True

    def restart(self) -> None:
        self._parts, self._silent = [], 0
        self._watching = False

    def _hear(self, question: int, part: int) -> None:
        if not self._parts:
            self._began = self._fed
            self._send.send_nowait(SpeechStarted(self._began * UNIT))
        if question != self._question:
            self._parts = []
        self._question, self._silent = question, 0
        self._parts.append(part)

    def _hear_silence(self) -> None:
        self._silent += 1
        at = self._fed * UNIT
        if self._silent == PAUSE_UNITS and (text := self._text()):
            self._send.send_nowait(Pause(text, at - PAUSE_UNITS * UNIT, at))
        if self._silent == ENDPOINT_UNITS:
            self._utter()

    def _utter(self) -> None:
        at = self._fed * UNIT
        text, end = self._text(), at - self._silent * UNIT
        self.restart()
        self._send.send_nowait(Utterance(text, "free", self._began * UNIT, end, at))

    def _text(self) -> str:
        """What was said; nothing where it was not heard from its first unit to its last, each once."""
        whole = self._parts == list(range(len(self._parts))) and len(self._parts) == 50
        return f"question {self._question} in {self._session_id}" if whole else ""


@attrs.define(eq=False)
class MarkedProviders:
    """All three, and the book of what was asked."""

    evidence: Evidence
    format: AudioFormat = attrs.field(factory=lambda: AudioFormat(16_000))
    asked: dict[int, Question] = attrs.field(factory=dict)
    questions: int = 0
    open_ears: list[Ears] = attrs.field(factory=list)
    thinking: int = 0
    speaking: int = 0
    failing: set[Part] = attrs.field(factory=set)
    busy: bool = False

    @property
    def real(self) -> Providers:
        """As the server takes them."""
        return Providers(self, self, self)

    def ask(self, question: Question) -> int:
        """The number of a new question."""
        self.questions += 1
        number = self.questions
        self.asked[number] = question
        return number

    def fail(self, part: Part) -> None:
        """Let a worker die."""
        if part == "ears":
            for ears in self.open_ears:
                ears.dead.set()
        else:
            self.failing.add(part)

    @asynccontextmanager
    async def open(self, session_id: str, activation: Activation | None = None) -> AsyncIterator[Listening]:
        send, receive = trio.open_memory_channel[SpeechEvent](64)
        ears = Ears(receive, trio.Event(), send, session_id, self.evidence)
        self.open_ears.append(ears)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._live, ears, nursery.cancel_scope)
                yield ears
                nursery.cancel_scope.cancel()
        finally:
            self.open_ears.remove(ears)
        if ears.dead.is_set():
            raise RecogniserFailed("the worker died")

    async def _live(self, ears: Ears, scope: trio.CancelScope) -> None:
        await ears.dead.wait()
        scope.cancel()

    async def think(self, request: Request, say: Say) -> Outcome:
        self.thinking += 1
        try:
            kind = self._kind(request.text)
            await trio.sleep(THINKS_LONG if kind == "slow" else THINKS)
            if "brain" in self.failing:
                self.failing.discard("brain")
                raise BrainFailed("no idea")
            if kind == "bug":
                raise SeededBug(request.text)
            await say(f"The answer to {request.text}.")
            return Outcome(end_session=kind == "goodbye")
        finally:
            self.thinking -= 1

    async def speak(self, text: str, play: Play) -> None:
        self.speaking += 1
        try:
            await trio.sleep(0.05)
            if "voice" in self.failing:
                self.failing.discard("voice")
                raise VoiceFailed("hoarse")
            found = _ANSWERED.search(text)
            number, session_id = (int(found[1]), found[2].rstrip(".")) if found else (0, "")
            parts = REPLY_UNITS.get(self._kind(text), 20)
            for first in range(0, parts, PIECE):
                pieces = range(first, min(first + PIECE, parts))
                await play(b"".join(Spoken(session_id, number, part, parts).encode() for part in pieces))
        finally:
            self.speaking -= 1

    def _kind(self, text: str) -> Question:
        found = _ANSWERED.search(text)
        return self.asked.get(int(found[1]), "short") if found else "mumble"
