"""The work of one speech worker, in this process, with voice activity and commands by hand."""

import gc
import threading
import weakref
from collections.abc import Callable
from typing import cast

import attrs
import pytest

from tars.server.stt.commands import CommandRecogniser
from tars.server.stt.decoding import DecodingThread
from tars.server.stt.recogniser import SpeechEvent, SpeechStarted, StopWord, Utterance
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.vad import FRAME, FRAME_BYTES
from tars.server.stt.wire import AUDIO, FINISH, RESTART, WATCH, Opening, Progress, decode_event, encode_opening
from tars.server.stt.worker import MAX_DECODING_TIME, MAX_WAITING, Hung, SpeechWork
from tars.server.workers.child import ChildLine, GiveUp, LineHandler
from tests.server.stt.fakes import FakeCommands, LetterActivity, audio
from tests.support.limits import HANG

SENTENCE = audio("." * 10 + "s" * 20 + "." * 30)


@attrs.define(eq=False)
class Line:
    sent: list[tuple[int, SpeechEvent]] = attrs.field(factory=list)
    looked_at: list[int] = attrs.field(factory=list)
    """Bytes, as they are told."""
    broken: list[Exception] = attrs.field(factory=list)

    def send(self, body: bytes) -> None:
        generation, event = decode_event(body)
        if isinstance(event, Progress):
            self.looked_at.append(event.byte_count)
        else:
            self.sent.append((generation, event))

    def attempt(self, job: Callable[[], bool]) -> bool:
        try:
            return job()
        except ValueError as exc:
            self.broken.append(exc)
            return False

    @property
    def kinds(self) -> list[type[SpeechEvent]]:
        return [type(event) for _, event in self.sent]


@attrs.define(eq=False)
class Bench:
    commands: FakeCommands = attrs.field(factory=FakeCommands)
    woken: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    now: float = 0.0
    work: SpeechWork = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        commands = cast("CommandRecogniser", self.commands)
        decodings = DecodingThread(self.woken.release, lambda: self.now)
        decodings.start()
        self.work = SpeechWork(SpeechSettings(), commands, LetterActivity, decodings, lambda: self.now)

    def open(self, line: Line) -> LineHandler:
        return self.work.open(cast("ChildLine", line), encode_opening(Opening("s1", None)))

    def settle(self, decodings: int) -> None:
        """Do all there is to do, of which so many decodings."""
        while self.work.idle():
            pass
        for _ in range(decodings):
            assert self.woken.acquire(timeout=HANG)
            while self.work.idle():
                pass


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_sentence_from_its_first_sound_to_its_words(bench: Bench) -> None:
    line = Line()
    bench.open(line).receive(AUDIO + SENTENCE)
    bench.settle(decodings=1)
    assert line.kinds[0] is SpeechStarted
    assert line.kinds[-1] is Utterance


def test_audio_behind_a_finish_waits_for_the_words_and_is_heard_then(bench: Bench) -> None:
    line = Line()
    session = bench.open(line)
    session.receive(AUDIO + audio("." * 10 + "s" * 20))
    session.receive(FINISH)
    session.receive(AUDIO + SENTENCE)
    bench.settle(decodings=2)
    assert [kind for kind in line.kinds if kind in (SpeechStarted, Utterance)] == [SpeechStarted, Utterance] * 2


def test_after_a_restart_nothing_of_what_was_said_before_is_heard(bench: Bench) -> None:
    line = Line()
    session = bench.open(line)
    session.receive(AUDIO + audio("." * 10 + "s" * 20))
    bench.settle(decodings=0)
    session.receive(AUDIO + SENTENCE)
    session.receive(RESTART)
    session.receive(AUDIO + audio("." * 60))
    bench.settle(decodings=0)
    assert [(generation, type(event)) for generation, event in line.sent] == [(0, SpeechStarted)]
    session.receive(AUDIO + SENTENCE)
    bench.settle(decodings=1)
    assert {generation for generation, _ in line.sent[1:]} == {1}


def test_a_decoding_that_breaks_ends_its_own_session_alone(bench: Bench) -> None:
    broken, fine = Line(), Line()
    bench.commands.breaks_at = 1
    for line in (broken, fine):
        bench.open(line).receive(AUDIO + SENTENCE)
    bench.settle(decodings=2)
    assert [str(error) for error in broken.broken] == ["no such sound"]
    assert fine.kinds[-1] is Utterance
    assert fine.broken == []


def test_it_tells_how_far_it_has_come_once_it_has_caught_up(bench: Bench) -> None:
    line = Line()
    session = bench.open(line)
    session.receive(AUDIO + SENTENCE)
    session.receive(AUDIO + audio("." * 10))
    assert line.looked_at == []
    bench.settle(decodings=1)
    assert line.looked_at == [len(SENTENCE) + len(audio("." * 10))]
    for _ in range(10):
        session.receive(AUDIO + audio("."))
        bench.settle(decodings=0)
    assert len(line.looked_at) == 2  # a quarter of a second at a time


def test_a_session_too_far_behind_is_given_up(bench: Bench) -> None:
    session = bench.open(Line())
    session.receive(AUDIO + bytes(MAX_WAITING // 2))
    with pytest.raises(GiveUp, match="too far behind"):
        session.receive(AUDIO + bytes(MAX_WAITING // 2))


def test_a_session_that_is_over_leaves_nothing_for_the_garbage_collector(bench: Bench) -> None:
    line = Line()
    gc.disable()
    try:
        session = bench.open(line)
        session.receive(AUDIO + SENTENCE)
        bench.settle(decodings=1)
        session.receive(AUDIO + SENTENCE[: len(SENTENCE) // 2])
        bench.settle(decodings=0)
        held = weakref.ref(session)
        session.close()
        del session
        assert held() is None
    finally:
        gc.enable()


def test_a_decoding_that_never_comes_back_ends_the_process(bench: Bench) -> None:
    stuck, let_go = threading.Event(), threading.Event()

    def hang(wanted: Callable[[], bool]) -> None:
        stuck.set()
        let_go.wait(HANG)

    bench.work.decodings.submit(0.0, hang, lambda outcome: outcome())
    assert stuck.wait(HANG)
    bench.now = MAX_DECODING_TIME
    assert not bench.work.idle()
    bench.now += 0.1
    with pytest.raises(Hung):
        bench.work.idle()
    let_go.set()


def test_while_tars_speaks_only_stop_words_are_told_and_afterwards_sentences_at_their_places(bench: Bench) -> None:
    line = Line()
    session = bench.open(line)
    session.receive(AUDIO + audio("." * 30))
    bench.settle(decodings=0)
    bench.commands.stop_word = True
    session.receive(RESTART)
    session.receive(WATCH)
    session.receive(AUDIO + audio("s" * 12))
    bench.settle(decodings=1)
    assert line.kinds == [StopWord]
    assert line.sent[0] == (1, StopWord(pytest.approx(38 * FRAME, abs=5 * FRAME)))  # type: ignore[arg-type]
    session.receive(RESTART)
    session.receive(AUDIO + SENTENCE)
    bench.settle(decodings=1)
    assert line.kinds[1] is SpeechStarted
    assert line.sent[1] == (2, SpeechStarted(pytest.approx(52 * FRAME)))  # type: ignore[arg-type]
    assert line.kinds[-1] is Utterance


def test_audio_that_a_restart_throws_away_counts_for_the_places_of_what_follows(bench: Bench) -> None:
    line = Line()
    session = bench.open(line)
    session.receive(AUDIO + audio("." * 20))
    session.receive(RESTART)
    session.receive(AUDIO + SENTENCE)
    bench.settle(decodings=1)
    assert line.sent[0] == (1, SpeechStarted(pytest.approx(30 * FRAME)))  # type: ignore[arg-type]


def test_the_rest_of_a_frame_that_the_stop_watch_did_not_hear_counts_as_well(bench: Bench) -> None:
    line = Line()
    session = bench.open(line)
    half = audio(".")[: FRAME_BYTES // 2]
    for _ in range(4):
        session.receive(RESTART)
        session.receive(WATCH)
        session.receive(AUDIO + audio("." * 5) + half)
        bench.settle(decodings=0)
    session.receive(RESTART)
    session.receive(AUDIO + audio("." * 10) + SENTENCE)
    bench.settle(decodings=1)
    started = next(event for _, event in line.sent if isinstance(event, SpeechStarted))
    before = 4 * 5.5 + 10 + 10
    assert started.at == pytest.approx(before * FRAME)
