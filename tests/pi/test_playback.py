"""The player: order, bounds, truth about what was heard. In virtual time, on a loudspeaker that keeps nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tars.audio.formats import AudioFormat
from tars.pi.playback import (
    FAINT,
    PROGRESS_EVERY,
    SILENT_SERVER,
    STRAGGLERS,
    PlaybackComplete,
    PlaybackEvent,
    PlaybackFailed,
    PlaybackStarted,
    PlaybackStopped,
    Player,
    Progress,
    open_player,
)
from tars.pi.playlist import MAX_QUEUED, MAX_QUEUED_BYTES, MAX_QUEUED_UNPACED
from tars.pi.sound_names import Sound
from tars.pi.sounds import Clip
from tars.pi.speaker.clocked_speaker import open_null_speaker
from tars.pi.speaker.pulled_speaker import PulledSpeaker
from tests.support.virtual import run_virtual

SPEECH = AudioFormat(22_050)
BLOCK_BYTES = 900
"""Of 20 ms: the first block may wait for a second piece of speech."""


def speech(seconds: float) -> bytes:
    return b"\x10\x20" * round(seconds * SPEECH.rate)


@attrs.define
class Stage:
    player: Player
    speaker: PulledSpeaker
    events: list[tuple[float, PlaybackEvent]] = attrs.field(factory=list)

    def say(self, utterance_id: str, seconds: float) -> None:
        self.player.offer_start(utterance_id, SPEECH)
        for _ in range(round(seconds * 20)):
            self.player.offer_audio(speech(0.05))
        self.player.offer_end(utterance_id)

    def finals(self) -> list[PlaybackEvent]:
        return [event for _, event in self.events if not isinstance(event, PlaybackStarted | Progress)]


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    async with open_null_speaker() as speaker, open_player(speaker, trio.current_time) as player:
        stage = Stage(player, speaker)

        async def listen() -> None:
            async for event in player.events:
                stage.events.append((trio.current_time(), event))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            yield stage
            nursery.cancel_scope.cancel()


def on_stage(play: Callable[[Stage], Awaitable[None]]) -> Stage:
    async def story() -> Stage:
        async with open_stage() as stage:
            await play(stage)
            return stage

    return run_virtual(story)


def test_an_utterance_starts_at_once_progresses_and_completes_when_its_last_sample_was_heard() -> None:
    async def play(stage: Stage) -> None:
        await trio.sleep(5)
        stage.say("one", 2.5)
        await trio.sleep(10)

    events = on_stage(play).events
    assert [type(event) for _, event in events] == [PlaybackStarted, Progress, Progress, PlaybackComplete]
    (at, started), _, _, (completed_at, completed) = events
    assert at == pytest.approx(5, abs=0.021)
    assert started.at == pytest.approx(at, abs=0.001)
    assert completed_at == pytest.approx(at + 2.5, abs=0.002)
    assert [event.played_bytes for _, event in events if isinstance(event, Progress)] == [
        pytest.approx(second * SPEECH.bytes_per_second, abs=100) for second in (1, 2)
    ]
    assert completed == PlaybackComplete("one", 50 * len(speech(0.05)), completed_at)


def test_utterances_follow_one_another_in_order_without_a_gap() -> None:
    async def play(stage: Stage) -> None:
        for name in "abc":
            stage.say(name, 1)
        await trio.sleep(10)

    stage = on_stage(play)
    finals = stage.finals()
    assert [event.utterance_id for event in finals] == ["a", "b", "c"]
    assert [event.at for event in finals] == [pytest.approx(end, abs=0.06) for end in (1, 2, 3)]


def test_an_interruption_is_silent_at_once_and_knows_what_was_heard() -> None:
    result: list[tuple[str, int] | None] = []

    async def play(stage: Stage) -> None:
        stage.say("one", 3)
        stage.player.offer_start("two", SPEECH)
        await trio.sleep(1.5)
        result.append(stage.player.interrupt())
        assert stage.speaker.buffer.queued == 0
        stage.player.offer_audio(speech(1))  # was on its way: it must not be heard
        stage.player.offer_end("two")
        for _ in range(50):
            await trio.sleep(0.1)
            assert stage.speaker.buffer.queued == 0
        result.append(stage.player.interrupt())

    stage = on_stage(play)
    first, second = result
    assert first is not None
    assert first[0] == "one"
    assert first[1] == pytest.approx(1.5 * SPEECH.bytes_per_second, abs=BLOCK_BYTES)
    assert second is None
    assert [(type(event), event.utterance_id) for event in stage.finals()] == [
        (PlaybackStopped, "one"),
        (PlaybackStopped, "two"),
    ]


@given(schedule=st.random_module())
def test_a_stop_at_the_very_end_leaves_one_truth(schedule: object) -> None:
    async def play(stage: Stage) -> None:
        stage.player.offer_start("one", SPEECH)
        stage.player.offer_audio(speech(0.1))
        stage.player.offer_end("one")
        await trio.sleep(0.09)
        last = stage.speaker.buffer.silent_at
        assert last is not None
        await trio.sleep_until(last)  # as the player does: either may wake first
        stage.player.stop("one")
        await trio.sleep(1)

    assert len(on_stage(play).finals()) == 1


@given(schedule=st.random_module())
def test_nothing_is_told_of_an_utterance_after_its_end(schedule: object) -> None:
    async def play(stage: Stage) -> None:
        stage.say("one", 3)
        await trio.sleep(0.5)
        ((started_at, _),) = stage.events
        await trio.sleep_until(started_at + PROGRESS_EVERY)  # as the player does: either may wake first
        stage.player.stop("one")
        await trio.sleep(3)

    assert isinstance(on_stage(play).events[-1][1], PlaybackStopped)


def test_a_long_answer_of_an_older_server_sent_all_at_once_is_played_whole() -> None:
    async def play(stage: Stage) -> None:
        stage.player.offer_start("long", SPEECH)
        stage.player.offer_audio(speech(30))
        stage.player.offer_end("long")
        await trio.sleep(40)

    (complete,) = on_stage(play).finals()
    assert isinstance(complete, PlaybackComplete)
    assert SPEECH.seconds(complete.played_bytes) == pytest.approx(30, abs=0.01)


@pytest.mark.parametrize(
    ("unpaced", "most"),
    [(False, MAX_QUEUED), (True, min(MAX_QUEUED_UNPACED, MAX_QUEUED_BYTES / SPEECH.bytes_per_second))],
)
def test_what_waits_is_bounded_by_whoever_reads_and_every_sample_is_played(unpaced: bool, most: float) -> None:
    waited = []

    async def play(stage: Stage) -> None:
        stage.player.offer_start("long", SPEECH, unpaced=unpaced)
        for sent in range(round(most) + 60):
            if stage.player.full:
                waited.append(sent - trio.current_time())
                await stage.player.wait_for_room()
                assert not stage.player.full
            stage.player.offer_audio(speech(1))
        stage.player.offer_end("long")
        await trio.sleep(most + 70)

    (complete,) = on_stage(play).finals()
    assert isinstance(complete, PlaybackComplete)
    assert SPEECH.seconds(complete.played_bytes) == round(most) + 60
    assert waited
    assert all(most <= seconds <= most + 3 for seconds in waited)


@pytest.mark.parametrize("silenced", ["what is played", "what waits"])
def test_silence_makes_room_at_once(silenced: str) -> None:
    async def play(stage: Stage) -> None:
        if silenced == "what waits":
            stage.say("short", 2)
        stage.player.offer_start("long", SPEECH)
        for _ in range(round(MAX_QUEUED) + 10):
            stage.player.offer_audio(speech(1))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stage.player.wait_for_room)
            await trio.sleep(0.5)
            assert stage.player.full
            stage.player.stop("long")
            began = trio.current_time()
        assert trio.current_time() == began

    on_stage(play)


def tail_after_the_end(seconds: float, overtaken: float, later: float = 0.0) -> Stage:
    """An older server's utterance of `seconds`, whose end overtakes the last `overtaken` of them, `later`."""

    async def play(stage: Stage) -> None:
        stage.player.offer_start("old", SPEECH, unpaced=True)
        stage.player.offer_audio(speech(seconds - overtaken))
        stage.player.offer_end("old")
        await trio.sleep(later)
        stage.player.offer_audio(speech(overtaken))
        await trio.sleep(seconds + 3)

    return on_stage(play)


@pytest.mark.parametrize(
    ("seconds", "overtaken", "later"), [(15, 0.1, 0.003), (0.3, 0.3, 0.0), (0.4, 0.1, 0.2), (3, 0.1, 2.0)]
)
def test_the_end_of_an_older_servers_utterance_may_overtake_its_audio(
    seconds: float, overtaken: float, later: float
) -> None:
    stage = tail_after_the_end(seconds, overtaken, later)
    (complete,) = stage.finals()
    assert isinstance(complete, PlaybackComplete)
    assert SPEECH.seconds(complete.played_bytes) == pytest.approx(seconds, abs=0.01)
    assert complete.at == pytest.approx(max(seconds, later + STRAGGLERS), abs=0.06)


def test_audio_long_after_an_older_servers_utterance_is_nobodys() -> None:
    (complete,) = tail_after_the_end(0.2, 0.1, later=STRAGGLERS + 0.2).finals()
    assert isinstance(complete, PlaybackComplete)
    assert SPEECH.seconds(complete.played_bytes) == pytest.approx(0.1, abs=0.01)


def test_the_next_start_ends_an_older_servers_utterance() -> None:
    async def play(stage: Stage) -> None:
        stage.player.offer_start("old", SPEECH, unpaced=True)
        stage.player.offer_audio(speech(0.1))
        stage.player.offer_end("old")
        stage.player.offer_start("new", SPEECH, unpaced=True)
        stage.player.offer_audio(speech(0.3))
        stage.player.offer_end("new")
        await trio.sleep(3)

    old, new = on_stage(play).finals()
    assert isinstance(old, PlaybackComplete)
    assert isinstance(new, PlaybackComplete)
    assert [old.played_bytes, new.played_bytes] == [len(speech(0.1)), len(speech(0.3))]
    assert old.at < STRAGGLERS


def test_a_format_that_cannot_be_played_fails_alone() -> None:
    async def play(stage: Stage) -> None:
        stage.player.offer_start("odd", AudioFormat(16_000, width=5))
        stage.player.offer_audio(bytes(100))
        stage.player.offer_end("odd")
        stage.say("next", 0.1)
        await trio.sleep(1)

    failed, complete = on_stage(play).finals()
    assert isinstance(failed, PlaybackFailed)
    assert failed.reason == "the server sent samples of 5 bytes (1 to 4 are understood)"
    assert isinstance(complete, PlaybackComplete)


def test_a_server_that_falls_silent_in_mid_utterance_does_not_hold_up_the_next() -> None:
    async def play(stage: Stage) -> None:
        stage.player.offer_start("stuck", SPEECH)
        stage.player.offer_audio(speech(0.5))
        await trio.sleep(60)
        stage.say("next", 0.1)
        await trio.sleep(1)

    failed, complete = on_stage(play).finals()
    assert isinstance(failed, PlaybackFailed)
    assert isinstance(complete, PlaybackComplete)


def test_while_the_link_is_away_an_utterance_waits_for_its_rest_without_a_limit() -> None:
    async def play(stage: Stage) -> None:
        stage.player.offer_start("long", SPEECH)
        stage.player.offer_audio(speech(0.5))
        await trio.sleep(SILENT_SERVER - 1)
        stage.player.hold(True)
        await trio.sleep(200)
        assert stage.finals() == []
        stage.player.hold(False)
        await trio.sleep(SILENT_SERVER - 1)
        stage.player.offer_audio(speech(0.5))
        stage.player.offer_end("long")
        await trio.sleep(1)
        stage.player.offer_start("stuck", SPEECH)
        await trio.sleep(SILENT_SERVER + 1)

    complete, failed = on_stage(play).finals()
    assert isinstance(complete, PlaybackComplete)
    assert complete.played_bytes == 2 * len(speech(0.5))
    assert isinstance(failed, PlaybackFailed)


def test_words_take_the_place_of_sounds_of_the_same_meaning() -> None:
    async def play(stage: Stage) -> None:
        before = stage.player.play_sound("noted")
        await trio.sleep(1)
        stage.player.learn({Sound.NOTED: Clip(SPEECH, speech(1.5))})
        assert before == pytest.approx(0.2)
        assert stage.player.play_sound("noted") == 1.5
        await trio.sleep(0.5)
        assert stage.speaker.buffer.queued > 0.2
        assert stage.player.play_sound("done") == pytest.approx(0.2)
        await trio.sleep(3)

    on_stage(play)


@attrs.define
class LevelMeter:
    """A loudspeaker that notes how loud each piece of audio begins."""

    _speaker: PulledSpeaker
    levels: list[int] = attrs.field(factory=list)

    async def start(self, audio_format: AudioFormat) -> None:
        await self._speaker.start(audio_format)
        self.levels.append(self._speaker.volume)

    @property
    def volume(self) -> int:
        return self._speaker.volume

    @volume.setter
    def volume(self, percent: int) -> None:
        self._speaker.volume = percent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._speaker, name)


def heard_levels(stage: Stage) -> list[int]:
    """How loud each piece begins that the stage plays from now on."""
    meter = LevelMeter(stage.speaker)
    stage.player._speaker = meter
    return meter.levels


def test_a_mute_is_told_faintly_and_what_follows_is_a_faint_tone_and_no_speech() -> None:
    async def play(stage: Stage) -> None:
        levels = heard_levels(stage)
        stage.player.volume = 60
        stage.say("loud", 0.5)
        await trio.sleep(1)
        stage.player.mute(after_speech=True)
        stage.say("muted", 0.5)
        await trio.sleep(1)
        stage.say("shown only", 0.5)
        await trio.sleep(1)
        stage.player.play_sound("listening")
        await trio.sleep(1)
        assert levels == [60, FAINT, FAINT, 0, FAINT]
        assert stage.player.volume == 0
        stage.player.volume = 60
        stage.say("again", 0.5)
        await trio.sleep(1)
        assert levels[5:] == [60]
        assert [type(event) for event in stage.finals()] == [PlaybackComplete] * 4

    on_stage(play)


def test_a_mute_while_something_is_said_is_faint_at_once_and_silent_after_it() -> None:
    async def play(stage: Stage) -> None:
        stage.player.volume = 80
        stage.say("long", 1)
        await trio.sleep(0.5)
        stage.player.mute(after_speech=True)
        assert stage.speaker.volume == FAINT
        stage.player.mute(after_speech=False)  # as it is already: nothing changes
        await trio.sleep(1)
        stage.say("next", 0.5)
        await trio.sleep(0.4)
        assert stage.speaker.volume == 0

    on_stage(play)


def test_a_mute_that_nobody_asked_for_just_now_is_silent_from_the_first_word() -> None:
    async def play(stage: Stage) -> None:
        levels = heard_levels(stage)
        stage.player.mute(after_speech=False)
        stage.say("one", 0.5)
        await trio.sleep(1)
        assert levels == [FAINT, 0]

    on_stage(play)


def test_sounds_come_before_waiting_utterances_and_urgent_ones_instead_of_the_current() -> None:
    async def play(stage: Stage) -> None:
        stage.say("one", 1)
        stage.say("two", 1)
        await trio.sleep(0.5)
        stage.player.play_sound("listening")
        await trio.sleep(2.5)
        stage.say("three", 5)
        await trio.sleep(1)
        stage.player.play_sound("not_connected", urgent=True)
        await trio.sleep(1)

    one, two, three = on_stage(play).finals()
    assert one.at == pytest.approx(1, abs=0.06)
    assert two.at == pytest.approx(2.17, abs=0.1)
    assert isinstance(three, PlaybackStopped)
    assert three.at == pytest.approx(4, abs=0.01)


def test_a_loudspeaker_that_is_lost_fails_the_utterance_and_plays_the_next_when_it_is_back() -> None:
    async def play(stage: Stage) -> None:
        stage.say("one", 3)
        await trio.sleep(1)
        stage.speaker.lose("it was pulled out")
        await trio.sleep(0.1)
        stage.player.play_sound("not_connected")
        stage.say("two", 1)
        await trio.sleep(1)
        stage.speaker.find()
        stage.say("three", 1)
        await trio.sleep(2)

    one, two, three = on_stage(play).finals()
    assert isinstance(one, PlaybackFailed)
    assert one.reason == "it was pulled out"
    assert isinstance(two, PlaybackFailed)
    assert isinstance(three, PlaybackComplete)


def test_the_volume_is_kept_between_nothing_and_full() -> None:
    async def play(stage: Stage) -> None:
        for asked, got in ((30, 30), (-5, 0), (250, 100)):
            stage.player.volume = asked
            assert stage.player.volume == stage.speaker.buffer.volume == got

    on_stage(play)


STEPS = st.one_of(
    st.tuples(st.just("start"), st.sampled_from("abc")),
    st.tuples(st.just("audio"), st.integers(0, 30_000)),
    st.tuples(st.just("end"), st.sampled_from("abc")),
    st.tuples(st.just("stop"), st.sampled_from("abc")),
    st.tuples(st.just("interrupt"), st.none()),
    st.tuples(st.just("abandon"), st.none()),
    st.tuples(st.just("sound"), st.booleans()),
    st.tuples(st.just("sleep"), st.integers(0, 30)),
)


@given(steps=st.lists(STEPS, max_size=40), schedule=st.random_module())
def test_whatever_happens_each_utterance_ends_once_and_never_says_more_than_is_true(
    steps: list[tuple[str, Any]], schedule: object
) -> None:
    offered: dict[str, int] = {}

    async def play(stage: Stage) -> None:
        player, begun = stage.player, ""
        for step, argument in steps:
            match step:
                case "start":
                    begun = f"{argument}{len(offered)}"
                    offered[begun] = 0
                    player.offer_start(begun, SPEECH)
                case "audio":
                    offered[begun] = offered.get(begun, 0) + 2 * argument
                    player.offer_audio(bytes(2 * argument))
                case "end":
                    player.offer_end(begun)
                case "stop":
                    player.stop(next((name for name in offered if name.startswith(argument)), "unknown"))
                case "interrupt":
                    player.interrupt()
                case "abandon":
                    player.abandon()
                case "sound":
                    player.play_sound("done", urgent=argument)
                case "sleep":
                    await trio.sleep(argument / 10)
        await trio.sleep(300)
        assert player.utterance_id is None
        assert stage.speaker.buffer.queued == 0

    stage = on_stage(play)
    offered.pop("", None)
    assert sorted(event.utterance_id for event in stage.finals()) == sorted(offered)
    for name, offered_bytes in offered.items():
        events = [event for _, event in stage.events if event.utterance_id == name]
        started = [n for n, event in enumerate(events) if isinstance(event, PlaybackStarted)]
        assert started in ([], [0])
        played = [event.played_bytes for event in events if not isinstance(event, PlaybackStarted)]
        assert played == sorted(played)
        assert played[-1] <= offered_bytes
        assert started or played == [0]
