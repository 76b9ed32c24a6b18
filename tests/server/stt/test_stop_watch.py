"""Listening for stop words while TARS speaks, with voice activity and decodings by hand."""

import attrs
import pytest

from tars.server.stt.recogniser import SpeechEvent, StopWord
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.stop_watch import StopWatch
from tars.server.stt.vad import FRAME, FRAME_BYTES
from tests.server.stt.fakes import FakeCommands, HandQueue, LetterActivity, audio


@attrs.define(eq=False)
class Bench:
    commands: FakeCommands = attrs.field(factory=FakeCommands)
    queue: HandQueue = attrs.field(factory=HandQueue)
    events: list[SpeechEvent] = attrs.field(factory=list)
    watch: StopWatch = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.watch = StopWatch(
            SpeechSettings(), self.commands, LetterActivity(), self.queue, self.events.append, lambda: 0.0, 10.0
        )

    def hear(self, pattern: str, *, decode: bool = True) -> None:
        for letter in pattern:
            self.watch.feed(audio(letter))
            assert self.watch.advance()
            if decode:
                self.queue.run()
        assert not self.watch.advance()


def test_a_stop_word_in_the_last_moments_is_told_once_with_its_place() -> None:
    bench = Bench()
    bench.hear("s" * 30)
    assert bench.events == []
    bench.commands.stop_word = True
    bench.hear("s" * 8)
    (event,) = bench.events
    assert isinstance(event, StopWord)
    assert event.at == pytest.approx(10.0 + 38 * FRAME, abs=8 * FRAME)


def test_every_sound_is_whole_in_two_windows_at_the_least() -> None:
    bench = Bench()
    bench.hear("s" * 100)
    longest = max(len(pcm) for pcm in bench.commands.stop_audio) // FRAME_BYTES * FRAME
    assert longest >= 1.0  # a stop word lasts half a second
    assert len(bench.commands.stop_audio) == pytest.approx(100 * FRAME / 0.25, abs=1)


def test_silence_is_not_searched() -> None:
    bench = Bench()
    bench.hear("." * 100)
    assert bench.commands.stop_audio == []


def test_a_search_that_takes_long_is_not_begun_twice() -> None:
    bench = Bench()
    bench.hear("s" * 100, decode=False)
    assert len(bench.queue.waiting) == 1


def test_after_the_end_no_search_is_wanted() -> None:
    bench = Bench(FakeCommands(stop_word=True))
    bench.hear("s" * 20, decode=False)
    bench.watch.close()
    bench.queue.run()
    assert bench.events == []
