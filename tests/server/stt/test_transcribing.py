"""Free words from a transcriber, everything else from the recogniser inside; in virtual time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
import trio.testing

from tars.audio.formats import MICROPHONE
from tars.server.brains.grammar import Grammar, GrammarSpec
from tars.server.stt.recogniser import HotwordAlone, Pause, RecogniserFailed, SpeechEvent, SpeechStarted, Utterance
from tars.server.stt.transcriber import TranscriberFailed
from tars.server.stt.transcribing import TranscribingListening, TranscribingPolicy, TranscribingRecogniser
from tests.server.fakes import FakeListening, FakeRecogniser
from tests.support.virtual import run_virtual

GRAMMAR = Grammar(GrammarSpec({"clock": ("what time is it",)}), ["hey_jarvis"])
LEAD_IN = TranscribingPolicy().lead_in


@attrs.define(eq=False)
class FakeTranscription:
    owner: "FakeTranscriber"
    fed: bytearray = attrs.field(factory=bytearray)
    left: bool = False

    def feed(self, pcm: bytes) -> None:
        self.fed += pcm

    async def text(self) -> str:
        await trio.sleep(self.owner.takes)
        if self.owner.breaks:
            raise TranscriberFailed("no credit")
        return self.owner.says


@attrs.define(eq=False)
class FakeTranscriber:
    says: str = "Where is Kiruna?"
    takes: float = 0.1
    opens_after: float = 0.0
    refuses: bool = False
    breaks: bool = False
    opened: list[FakeTranscription] = attrs.field(factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[FakeTranscription]:
        await trio.sleep(self.opens_after)
        if self.refuses:
            raise TranscriberFailed("no such server")
        transcription = FakeTranscription(self)
        self.opened.append(transcription)
        try:
            yield transcription
        finally:
            transcription.left = True


@attrs.define(eq=False)
class Bench:
    transcriber: FakeTranscriber
    inner: FakeListening
    listening: TranscribingListening
    recogniser: FakeRecogniser

    async def speak(self, seconds: float, mark: bytes = b"s") -> None:
        """Audio as it is spoken, of which every byte is `mark`."""
        for _ in range(round(seconds * 50)):
            self.listening.feed(mark * MICROPHONE.bytes_in(0.02))
            await trio.sleep(0.02)

    async def ask(self, text: str = "where is cairo", source: str = "free") -> None:
        """Two seconds of silence, and a question of one second."""
        await self.speak(2.0, b".")
        self.inner.start()
        await self.speak(1.0)
        self.say(text, source)

    def say(self, text: str, source: str = "free") -> None:
        at = self.inner.at
        self.inner.send.send_nowait(Utterance(text, source, at - 1.0, at - 0.1, at, text))  # type: ignore[arg-type]

    async def next(self) -> SpeechEvent:
        return await self.listening.events.receive()

    async def utterance(self) -> Utterance:
        while True:
            if isinstance(event := await self.next(), Utterance):
                return event


def with_bench(story: Callable[[Bench], Awaitable[None]], transcriber: FakeTranscriber | None = None) -> None:
    async def run() -> None:
        inner = FakeRecogniser()
        recogniser = TranscribingRecogniser(inner, transcriber or FakeTranscriber(), GRAMMAR)
        async with recogniser.open("s1") as listening:
            await story(Bench(recogniser.transcriber, inner.ears, listening, inner))  # type: ignore[arg-type]
        assert all(each.left for each in recogniser.transcriber.opened)  # type: ignore[attr-defined]

    run_virtual(run)


def test_free_words_are_the_transcribers_who_heard_the_utterance_as_it_was_spoken() -> None:
    async def story(bench: Bench) -> None:
        await bench.ask()
        (transcription,) = bench.transcriber.opened
        assert len(transcription.fed) == pytest.approx(MICROPHONE.bytes_in(1.0 + LEAD_IN), abs=2)
        assert transcription.fed.count(b"s") == MICROPHONE.bytes_in(1.0)
        asked = trio.current_time()
        utterance = await bench.utterance()
        assert (utterance.text, utterance.words, utterance.source) == (
            "Where is Kiruna?",
            "where is kiruna",
            "free",
        )
        assert trio.current_time() - asked == pytest.approx(0.1)

    with_bench(story)


def test_what_the_grammar_explains_is_answered_at_once_and_its_transcription_dropped() -> None:
    async def story(bench: Bench) -> None:
        await bench.ask("what time is it", "grammar")
        asked = trio.current_time()
        assert (await bench.utterance()).text == "what time is it"
        assert trio.current_time() == asked
        await trio.testing.wait_all_tasks_blocked()
        assert [each.left for each in bench.transcriber.opened] == [True]

    with_bench(story)


def test_a_transcription_that_is_a_sentence_of_the_grammar_is_one() -> None:
    async def story(bench: Bench) -> None:
        await bench.ask("hot limes it")
        utterance = await bench.utterance()
        assert (utterance.text, utterance.words, utterance.source) == (
            "What time is it?",
            "what time is it",
            "grammar",
        )

    with_bench(story, FakeTranscriber("Hey Jarvis, what time is it?"))


@pytest.mark.parametrize(
    ("transcriber", "after"),
    [
        (FakeTranscriber(breaks=True), 0.1),
        (FakeTranscriber(refuses=True), 0.0),
        (FakeTranscriber(opens_after=10.0), 2.0),
        (FakeTranscriber(takes=10.0), 2.0),
    ],
    ids=["breaks", "refuses", "hangs while opening", "too slow"],
)
def test_where_the_transcriber_has_no_words_in_time_those_inside_are_taken(
    transcriber: FakeTranscriber, after: float
) -> None:
    async def story(bench: Bench) -> None:
        await bench.ask()
        asked = trio.current_time()
        utterance = await bench.utterance()
        assert (utterance.text, utterance.source) == ("where is cairo", "free")
        assert trio.current_time() - asked == pytest.approx(after)
        transcriber.breaks = transcriber.refuses = False
        transcriber.opens_after = transcriber.takes = 0.0
        await bench.ask()
        assert (await bench.utterance()).text == "Where is Kiruna?"

    with_bench(story, transcriber)


def test_a_restart_while_the_words_are_awaited_forgets_them() -> None:
    async def story(bench: Bench) -> None:
        await bench.ask()
        assert isinstance(await bench.next(), SpeechStarted)
        await trio.testing.wait_all_tasks_blocked()
        bench.listening.restart()
        assert bench.inner.restarted == 1
        await bench.ask("what time is it", "grammar")
        assert isinstance(await bench.next(), SpeechStarted)
        assert (await bench.utterance()).text == "what time is it"

    with_bench(story, FakeTranscriber(takes=1.0))


def test_of_audio_that_comes_in_a_burst_only_the_utterance_is_transcribed() -> None:
    async def story(bench: Bench) -> None:
        bench.listening.feed(b"." * MICROPHONE.bytes_in(2.0))
        bench.listening.feed(b"s" * MICROPHONE.bytes_in(1.0))
        bench.listening.feed(b"n" * MICROPHONE.bytes_in(5.0))
        bench.inner.send.send_nowait(SpeechStarted(2.0))
        await trio.testing.wait_all_tasks_blocked()
        bench.inner.send.send_nowait(Utterance("where is cairo", "free", 2.0, 2.9, 3.0))
        assert (await bench.utterance()).text == "Where is Kiruna?"
        heard = bench.transcriber.opened[-1].fed
        assert heard == b"." * MICROPHONE.bytes_in(LEAD_IN) + b"s" * MICROPHONE.bytes_in(1.0)

    with_bench(story)


def test_pauses_are_told_only_where_the_grammar_explains_them() -> None:
    async def story(bench: Bench) -> None:
        bench.inner.start()
        bench.inner.send.send_nowait(Pause("Where is Cairo", 1.0, 1.1))
        bench.inner.send.send_nowait(Pause("What time is it?", 1.0, 1.1, "what time is it", source="grammar"))
        bench.inner.send.send_nowait(HotwordAlone(2.0))
        kinds = [await bench.next() for _ in range(3)]
        assert [type(event) for event in kinds] == [SpeechStarted, Pause, HotwordAlone]
        await trio.testing.wait_all_tasks_blocked()
        assert [each.left for each in bench.transcriber.opened] == [True]

    with_bench(story)


def test_nothing_said_is_not_transcribed() -> None:
    async def story(bench: Bench) -> None:
        await bench.speak(1.0, b".")
        bench.say("")
        assert (await bench.utterance()).text == ""
        assert bench.transcriber.opened == []

    with_bench(story)


def test_the_death_of_the_recogniser_inside_is_told_as_such() -> None:
    async def story() -> None:
        inner = FakeRecogniser()
        recogniser = TranscribingRecogniser(inner, FakeTranscriber(), GRAMMAR)
        with pytest.raises(RecogniserFailed, match="the worker died"):  # noqa: PT012
            async with recogniser.open("s1"):
                inner.ears.start()
                await trio.sleep(0.1)
                inner.ears.dead.set()
                await trio.sleep_forever()

    run_virtual(story)
