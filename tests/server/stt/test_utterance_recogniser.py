"""One session's recognition, with voice activity and decodings by hand."""

import attrs
import pytest

from tars.server.brains.grammar import Completeness
from tars.server.stt.commands import Reading
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
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.utterance_recogniser import MAX_UTTERANCE, UtteranceRecogniser
from tars.server.stt.vad import FRAME, FRAME_BYTES
from tests.server.stt.fakes import SILENCE, VOICE, FakeCommands, HandQueue, LetterActivity, audio, free, sentence


@attrs.define(eq=False)
class Bench:
    """A recogniser with all that it needs; a decoding lasts as long as `lag` frames take to come in."""

    lag: int = 1
    activation: Activation | None = None
    settings: SpeechSettings = attrs.field(factory=SpeechSettings)
    commands: FakeCommands = attrs.field(factory=FakeCommands)
    queue: HandQueue = attrs.field(factory=HandQueue)
    events: list[SpeechEvent] = attrs.field(factory=list)
    recogniser: UtteranceRecogniser = attrs.field(init=False)
    frames: int = 0
    """That have come in."""
    _submitted_at: int | None = None

    def __attrs_post_init__(self) -> None:
        self.recogniser = UtteranceRecogniser(
            self.settings,
            self.commands,
            LetterActivity(),
            self.queue,
            self.events.append,
            lambda: self.frames * FRAME,
            self.activation,
        )

    def hear(self, pattern: str) -> list[SpeechEvent]:
        """All that happens in this audio."""
        before = len(self.events)
        for letter in pattern:
            self.frames += 1
            self.recogniser.feed(audio(letter))
            self._advance()
            self._decode()
            self._advance()
        return self.events[before:]

    def _advance(self) -> None:
        while self.recogniser.advance():
            pass

    def _decode(self) -> None:
        wanted = [decoding for _, decoding in self.queue.waiting if decoding.wanted]
        if not wanted:
            self._submitted_at = None
        elif self._submitted_at is None:
            self._submitted_at = self.frames
        if self._submitted_at is not None and self.frames - self._submitted_at >= self.lag:
            self._submitted_at = None
            self.queue.run()

    @property
    def utterances(self) -> list[Utterance]:
        return [event for event in self.events if isinstance(event, Utterance)]


def kinds(events: list[SpeechEvent]) -> list[type[SpeechEvent]]:
    return [type(event) for event in events]


@pytest.mark.parametrize(
    ("reading", "pause"),
    [
        (sentence("what time is it"), 5),
        (sentence("what is the date", Completeness.CONTINUING), 10),
        (free("cats and dogs"), 25),
        (attrs.evolve(free("cats are no dogs."), completeness=Completeness.FOREIGN), 16),
    ],
    ids=["complete", "may go on", "open", "foreign"],
)
def test_the_words_decide_when_it_is_over_and_are_sought_once(reading: Reading, pause: int) -> None:
    bench = Bench(commands=FakeCommands(reading))
    bench.hear("." * 20 + "s" * 40 + "." * 40)
    (utterance,) = bench.utterances
    assert utterance.speech_end == pytest.approx(60 * FRAME)
    assert utterance.at == pytest.approx((60 + pause) * FRAME)
    assert (utterance.text, utterance.words, utterance.source) == (reading.text, reading.words, reading.source)
    assert len(bench.commands.read_audio) == 1


def test_a_pause_is_told_as_soon_as_the_words_are_known_and_says_what_the_utterance_will() -> None:
    bench = Bench(lag=2, commands=FakeCommands(sentence("turn it up", Completeness.CONTINUING, doubtful=True)))
    bench.hear("." * 20 + "s" * 40 + "." * 40)
    started, partial, pause, utterance = bench.events
    assert isinstance(started, SpeechStarted)
    assert isinstance(partial, PartialTranscript)
    assert isinstance(pause, Pause)
    assert isinstance(utterance, Utterance)
    assert pause.at == pytest.approx(64 * FRAME)  # two frames of silence, two of decoding
    assert (pause.text, pause.words, pause.source, pause.doubtful) == ("Turn it up", "turn it up", "grammar", True)
    assert (utterance.text, utterance.words, utterance.source, utterance.doubtful, utterance.score) == (
        "Turn it up",
        "turn it up",
        "grammar",
        True,
        -6.0,
    )


def test_what_is_decoded_begins_a_moment_before_the_speech_and_ends_in_the_pause() -> None:
    bench = Bench()
    bench.hear("." * 30 + "s" * 40 + "." * 10)
    (pcm,) = bench.commands.read_audio
    assert pcm == SILENCE * FRAME_BYTES * 9 + VOICE * FRAME_BYTES * 40 + SILENCE * FRAME_BYTES * 2


def test_a_speaker_who_goes_on_before_the_words_are_known_is_decoded_later_as_a_whole() -> None:
    bench = Bench(lag=4)
    bench.hear("." * 10 + "s" * 20 + "..." + "s" * 20 + "." * 30)
    assert kinds(bench.events) == [SpeechStarted, Utterance]
    assert [len(pcm) // FRAME_BYTES for pcm in bench.commands.read_audio] == [9 + 20 + 3 + 20 + 2]


def test_a_speaker_who_goes_on_after_a_pause_was_told_resumes() -> None:
    bench = Bench()
    assert kinds(bench.hear("." * 10 + "s" * 20 + "....")) == [SpeechStarted, PartialTranscript, Pause]
    assert kinds(bench.hear("s")) == [Resumed]
    assert kinds(bench.hear("s" * 20 + "." * 20)) == [PartialTranscript, Pause, Utterance]
    assert len(bench.commands.read_audio) == 2


@pytest.mark.parametrize("lag", [0, 1, 3, 20, 100])
def test_two_sentences_are_two_utterances_however_long_their_decodings_take(lag: int) -> None:
    bench = Bench(lag=lag)
    bench.hear("." * 10 + "s" * 20 + "." * 10 + "s" * 20 + "." * 230)
    assert [event for event in kinds(bench.events) if event in (SpeechStarted, Utterance)] == [
        SpeechStarted,
        Utterance,
    ] * 2
    assert [utterance.at for utterance in bench.utterances] == pytest.approx([35 * FRAME, 65 * FRAME])


def test_the_hotword_alone_is_no_utterance() -> None:
    bench = Bench(commands=FakeCommands(attrs.evolve(free(""), hotword=True)))
    assert kinds(bench.hear("." * 10 + "s" * 20 + "." * 40)) == [SpeechStarted, HotwordAlone]


@pytest.mark.parametrize(
    ("speech", "told"),
    [
        ("." * 20 + "s" * 32, HotwordAlone),
        ("." * 25 + "s" * 40, Utterance),
        ("." * 60 + "s" * 20, HotwordAlone),
        ("." * 60 + "s" * 45, Utterance),
    ],
    ids=["the hotword", "more than it", "the hotword once more", "more than it once more"],
)
def test_speech_that_goes_on_behind_the_hotword_is_more_than_it(speech: str, told: type[SpeechEvent]) -> None:
    """What nobody understood is asked for again; the hotword alone would be met with silence."""
    reading = attrs.evolve(free(""), hotword=True)
    bench = Bench(commands=FakeCommands(reading), activation=Activation(1.5, "hey_jarvis", 0.9))
    assert kinds(bench.hear(speech + "." * 40)) == [SpeechStarted, told]


def test_speech_in_which_nothing_was_understood_is_an_empty_utterance() -> None:
    bench = Bench(commands=FakeCommands(free("")))
    assert kinds(bench.hear("." * 10 + "s" * 20 + "." * 40)) == [SpeechStarted, Utterance]
    assert bench.utterances[0].text == ""


def test_finish_in_silence_is_answered_at_once_with_nothing() -> None:
    bench = Bench()
    bench.hear("." * 10)
    bench.recogniser.finish()
    assert kinds(bench.events) == [Utterance]
    assert bench.utterances[0].at == pytest.approx(10 * FRAME)


def test_finish_in_the_middle_of_a_word_takes_what_there_is_and_keeps_what_comes_after_it() -> None:
    bench = Bench(lag=3)
    bench.hear("." * 10 + "s" * 20)
    bench.recogniser.finish()
    bench.recogniser.feed(audio("." * 10 + "s" * 20 + "." * 20))
    assert not bench.recogniser.advance()
    bench.queue.run()
    assert kinds(bench.events) == [SpeechStarted, Utterance]
    assert kinds(bench.hear("." * 30)) == [SpeechStarted, Utterance]


def test_finish_in_a_pause_whose_words_are_known_decodes_nothing_more() -> None:
    bench = Bench(commands=FakeCommands(free("cats and dogs")))
    bench.hear("." * 10 + "s" * 20 + "....")
    bench.recogniser.finish()
    assert len(bench.utterances) == len(bench.commands.read_audio) == 1


def test_forgetting_drops_the_utterance_and_its_decoding() -> None:
    bench = Bench(lag=10)
    bench.hear("." * 10 + "s" * 20 + "....")
    bench.recogniser.forget()
    assert bench.queue.run() == 0
    assert kinds(bench.hear("." * 60)) == []
    assert kinds(bench.hear("s" * 20 + "." * 30)) == [SpeechStarted, Utterance]


def test_speech_without_end_is_cut_where_it_would_take_too_much_memory() -> None:
    bench = Bench(lag=0)
    bench.hear("s" * (MAX_UTTERANCE // FRAME_BYTES + 2))
    assert kinds(bench.events)[:2] == [SpeechStarted, Utterance]
    assert 0 <= len(bench.commands.read_audio[0]) - MAX_UTTERANCE < FRAME_BYTES


def test_words_that_are_waited_for_longest_come_first() -> None:
    queue, commands = HandQueue(), FakeCommands()
    first, second = Bench(lag=999, queue=queue, commands=commands), Bench(lag=999, queue=queue, commands=commands)
    second.frames = 1_000
    second.hear("." * 10 + "s" * 20 + "....")
    first.hear("." * 10 + "s" * 30 + "....")
    queue.run()
    assert [len(pcm) // FRAME_BYTES for pcm in commands.read_audio] == [9 + 30 + 2, 9 + 20 + 2]


BELOW = SpeechSettings(doubtful_hotword=0.7)


@pytest.mark.parametrize(("found", "told"), [(True, []), (False, [FalseWake])])
def test_a_doubtful_hotword_is_looked_for_in_the_audio_around_its_detection(
    found: bool, told: list[type[SpeechEvent]]
) -> None:
    bench = Bench(settings=BELOW, activation=Activation(1.5, "hey_jarvis", 0.6))
    bench.commands.hotword = found
    bench.hear("s" * 10 + "." * 90)
    assert [kind for kind in kinds(bench.events) if kind is FalseWake] == told
    (looked_at,) = bench.commands.hotword_audio
    assert len(looked_at) / 32_000 == pytest.approx(1.7)


def test_the_second_look_does_not_wait_for_the_end_of_the_sentence() -> None:
    bench = Bench(settings=BELOW, activation=Activation(1.5, "hey_jarvis", 0.6))
    bench.commands.hotword = False
    bench.hear("." * 20 + "s" * 100)
    assert kinds(bench.events) == [SpeechStarted, FalseWake]


@pytest.mark.parametrize(
    ("activation", "settings"),
    [
        (None, BELOW),
        (Activation(1.5, "hey_jarvis", 0.8), BELOW),
        (Activation(0.0, "hey_jarvis", 0.6), BELOW),
        (Activation(1.5, "hey_jarvis", 0.6), SpeechSettings(doubtful_hotword=0.0)),
    ],
    ids=["a button", "a sure device", "no audio from before", "switched off"],
)
def test_there_is_no_second_look_where_there_is_no_doubt_or_nothing_to_look_at(
    activation: Activation | None, settings: SpeechSettings
) -> None:
    bench = Bench(settings=settings, activation=activation)
    bench.commands.hotword = False
    bench.hear("." * 20 + "s" * 30 + "." * 60)
    assert FalseWake not in kinds(bench.events)
    assert bench.commands.hotword_audio == []


def test_a_long_pre_roll_is_looked_at_near_the_detection_only() -> None:
    bench = Bench(settings=BELOW, activation=Activation(10.0, "hey_jarvis", 0.6))
    bench.hear("." * 340)
    assert [len(pcm) / 32_000 for pcm in bench.commands.hotword_audio] == [pytest.approx(3.2)]


def test_the_hotword_that_woke_the_session_may_stand_before_every_sentence() -> None:
    bench = Bench(activation=Activation(1.5, "hey_jarvis", 0.9))
    bench.hear(("." * 10 + "s" * 20 + "." * 60) * 2)
    assert bench.commands.expected == ["hey_jarvis"] * 2


def test_a_second_look_that_is_late_ends_no_later_turn() -> None:
    bench = Bench(settings=BELOW, activation=Activation(1.5, "hey_jarvis", 0.6))
    bench.commands.hotword = False
    bench.recogniser.feed(audio("." * 60))
    while bench.recogniser.advance():
        pass
    bench.recogniser.forget()
    bench.hear("." * 20 + "s" * 30 + "." * 60)
    assert FalseWake not in kinds(bench.events)


def test_where_the_hotword_is_over_is_told_while_it_is_in_the_audio() -> None:
    detected = (10 + 25 + 8) * FRAME
    bench = Bench(activation=Activation(detected, "hey_jarvis"))
    bench.hear("." * 10 + "s" * 25 + "..." + "s" * 20 + "." * 30)
    lead = SpeechSettings().lead_in + SpeechSettings().onset
    begins = 10 * FRAME + SpeechSettings().onset - lead
    assert bench.commands.behind[-1] == pytest.approx(36.5 * FRAME - begins, abs=FRAME / 2)
    bench.hear("s" * 20 + "." * 30)
    assert bench.commands.behind[-1] is None


@pytest.mark.parametrize("activation", [None, Activation(0.0, "hey_jarvis")])
def test_where_no_hotword_is_in_the_audio_none_is_over(activation: Activation | None) -> None:
    bench = Bench(activation=activation)
    bench.hear("." * 10 + "s" * 30 + "." * 30)
    assert set(bench.commands.behind) == {None}
