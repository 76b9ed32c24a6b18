"""Ears that hear by the byte, and a voice of which no two places are alike: for whoever counts bytes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

from tars.server.stt.recogniser import Activation, Listening, SpeechEvent
from tars.server.tts.voice import Play
from tests.server.fakes import FakeListening, FakeRecogniser, FakeVoice


@attrs.define(eq=False)
class AttentiveListening(FakeListening):
    """Ears that know by the count of bytes when a question is whole, and then hear nothing until restarted.

    A question begins with the first sound: whole samples of silence before it are skipped.
    """

    lengths: Sequence[int] = ()
    questions: list[bytes] = attrs.field(factory=list)
    """What was heard of each."""

    def feed(self, pcm: bytes) -> None:
        FakeListening.feed(self, pcm)
        turn = len(self.questions) - 1
        if turn < 0 or (len(self.questions[turn]) == self.lengths[turn] and self.restarted > turn):
            silent = len(pcm) - len(pcm.lstrip(b"\0"))
            if silent == len(pcm) or turn + 1 == len(self.lengths):
                return
            pcm = pcm[silent // 2 * 2 :]
            self.questions.append(b"")
            turn += 1
            self.start()
        missing = self.lengths[turn] - len(self.questions[turn])
        self.questions[turn] += pcm[:missing]
        if 0 < missing <= len(pcm):
            self.utter(f"question {turn}")


@attrs.define(eq=False)
class AttentiveRecogniser(FakeRecogniser):
    """Opens such ears, for questions of these lengths in bytes."""

    lengths: Sequence[int] = ()

    @asynccontextmanager
    async def open(self, session_id: str, activation: Activation | None = None) -> AsyncIterator[Listening]:
        send, receive = trio.open_memory_channel[SpeechEvent](64)
        ears = AttentiveListening(receive, send, lengths=self.lengths)
        self.opened.append(ears)
        yield ears

    @property
    def heard(self) -> list[bytes]:
        """What was heard of each question."""
        (ears,) = self.opened
        assert isinstance(ears, AttentiveListening)
        return ears.questions


@attrs.define(eq=False)
class CountingVoice(FakeVoice):
    """Says numbers: no two places in it look the same. A tenth of a second per letter."""

    said: int = 0

    async def speak(self, text: str, play: Play) -> None:
        letter = self.format.rate // 10
        for _ in text:
            numbers = range(self.said, self.said + letter)
            await play(b"".join((number % 65_536).to_bytes(2, "little") for number in numbers))
            self.said += letter
