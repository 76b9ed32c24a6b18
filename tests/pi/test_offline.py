"""Questions asked while there is no link: recorded, kept, asked or given up. In virtual time."""

from collections.abc import Callable

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from tars.audio.formats import MICROPHONE
from tars.link import LinkLost
from tars.messages import SessionStarted
from tars.pi import status
from tars.pi.chime import PAUSE
from tars.pi.listening import Listening
from tars.pi.offline import ECHO, LONGEST, PATIENCE, OfflineQuestions
from tars.pi.question_ear import A_WORD, END, QuestionEar
from tars.pi.session import SessionPolicy, Wake
from tars.pi.session_states import SessionEvent, SessionState
from tars.pi.status import OfflineStep
from tests.pi.fakes import FakeServer
from tests.pi.kitchen import Kitchen, Story, play
from tests.support.virtual import run_virtual

MAX_AGE = 60.0
POLICY = SessionPolicy(offline_questions=True, offline_max_age=MAX_AGE)
AWAY = LinkLost("connection refused")


def loud(number: int) -> bytes:
    return (4000 + number % 1000).to_bytes(2, "little", signed=True) * 320


def quiet(number: int) -> bytes:
    return (20 + number % 20).to_bytes(2, "little", signed=True) * 320


async def room(kitchen: Kitchen, seconds: float, sound: Callable[[int], bytes] = quiet) -> None:
    """The microphone hears this, in its own time."""
    for _ in range(round(seconds * 50)):
        await trio.sleep(0.02)
        kitchen.room.say(1, sound)
    await kitchen.settle()


async def hotword(kitchen: Kitchen) -> None:
    await room(kitchen, 2)
    await room(kitchen, 0.8, loud)
    kitchen.room.hotword()
    await kitchen.settle()


async def connect(kitchen: Kitchen) -> None:
    kitchen.server.refusal = None
    kitchen.client.nudge()
    await trio.sleep(0.3)
    await kitchen.settle()


def steps(kitchen: Kitchen) -> list[OfflineStep]:
    return [event.step for event in kitchen.events if isinstance(event, status.OfflineQuestion)]


def offline(story: Story) -> Kitchen:
    return play(story, FakeServer(refusal=AWAY), POLICY)


def test_a_question_in_one_breath_is_recorded_kept_and_asked_as_an_ordinary_session() -> None:
    async def story(kitchen: Kitchen) -> None:
        await hotword(kitchen)
        position = len(kitchen.room.said)
        assert kitchen.state() is SessionState.NOTING
        await room(kitchen, 2, loud)
        assert kitchen.player.sounds == []  # nobody is interrupted
        await room(kitchen, END + 0.1)
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.sounds == ["noted"]
        end = len(kitchen.room.said)
        await room(kitchen, 20)
        await connect(kitchen)
        begun = kitchen.server.now.last("hotword_detected")
        assert begun["hotword"] == "hey_jarvis"
        assert begun["pre_roll_bytes"] == 48_000
        said = bytes(kitchen.room.said)
        audio = kitchen.server.now.audio
        assert audio == said[position - 48_000 :][: len(audio)]
        assert len(audio) == pytest.approx(end - position + 48_000, abs=0.2 * MICROPHONE.bytes_per_second)
        live = len(kitchen.room.said)
        await kitchen.say(SessionStarted(begun["session_id"]))
        await room(kitchen, 1)
        assert kitchen.server.now.audio[len(audio) :] == bytes(kitchen.room.said)[live : live + 32_000]
        assert kitchen.state() is SessionState.LISTENING

    kitchen = offline(story)
    assert steps(kitchen) == [OfflineStep.RECORDING, OfflineStep.KEPT, OfflineStep.ASKED]
    (asked,) = [e for e in kitchen.events if isinstance(e, status.OfflineQuestion) and e.step == "asked"]
    assert asked.seconds == pytest.approx(20.3, abs=1)


async def ask_in_vain(kitchen: Kitchen) -> None:
    """Record a question, and lose the link over which it is asked before the server has said a word."""
    await hotword(kitchen)
    await room(kitchen, 2, loud)
    await room(kitchen, END + 0.1)
    await connect(kitchen)
    assert kitchen.server.now.types[-1] == "hotword_detected"
    kitchen.server.refusal = AWAY
    kitchen.server.now.lose()
    await room(kitchen, 5)


def test_a_question_whose_link_dies_before_the_server_has_it_is_asked_again() -> None:
    async def story(kitchen: Kitchen) -> None:
        await ask_in_vain(kitchen)
        first = kitchen.server.connections[-1].audio
        await connect(kitchen)
        begun = kitchen.server.now.last("hotword_detected")
        assert kitchen.server.now.audio == first
        await kitchen.say(SessionStarted(begun["session_id"]))
        kitchen.server.now.lose()
        await trio.sleep(5)
        assert kitchen.server.now.types == ["hello"]
        assert kitchen.player.sounds == ["noted", "not_connected"]

    asked = [OfflineStep.RECORDING, OfflineStep.KEPT, OfflineStep.ASKED, OfflineStep.ASKED]
    assert steps(offline(story)) == asked


def test_a_question_that_is_asked_again_grows_no_younger() -> None:
    async def story(kitchen: Kitchen) -> None:
        await ask_in_vain(kitchen)
        await room(kitchen, MAX_AGE - 7)
        assert kitchen.player.sounds == ["noted"]
        await room(kitchen, 3)
        assert kitchen.player.sounds == ["noted", "gave_up"]
        await connect(kitchen)
        assert kitchen.server.now.types == ["hello"]

    assert steps(offline(story))[-1] is OfflineStep.GIVEN_UP


def test_whoever_waits_is_told_to_go_ahead_and_the_telling_is_not_part_of_the_question() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.manager.press_button()
        await room(kitchen, 0.4)
        assert kitchen.player.sounds == ["ask_later"]
        await room(kitchen, 0.5, loud)  # which is the device itself
        await room(kitchen, 1)
        position = len(kitchen.room.said)
        await room(kitchen, 2, loud)
        await room(kitchen, END + 0.1)
        assert kitchen.player.sounds == ["ask_later", "noted"]
        await connect(kitchen)
        assert kitchen.server.now.last("hotword_detected")["pre_roll_bytes"] == 0
        audio, said = kitchen.server.now.audio, bytes(kitchen.room.said)
        assert audio in said
        assert position - 2 * 32_000 < said.index(audio) < position

    offline(story)


def test_a_link_that_comes_while_someone_speaks_makes_it_a_session_at_once() -> None:
    async def story(kitchen: Kitchen) -> None:
        await hotword(kitchen)
        position = len(kitchen.room.said)
        await room(kitchen, 1, loud)
        await connect(kitchen)
        assert kitchen.state() is SessionState.LISTENING
        await kitchen.say(SessionStarted(kitchen.server.now.last("hotword_detected")["session_id"]))
        await room(kitchen, 3, loud)
        said = bytes(kitchen.room.said)[position - 48_000 :]
        assert kitchen.server.now.audio == said[: len(said) // 1280 * 1280]
        await trio.sleep(10)
        assert kitchen.player.sounds == []

    assert steps(offline(story)) == [OfflineStep.RECORDING, OfflineStep.ASKED]


def test_a_link_that_comes_during_the_prompt_makes_it_a_session_that_listens() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.manager.press_button()
        await room(kitchen, 0.4)
        await connect(kitchen)
        assert kitchen.state() is SessionState.LISTENING
        await room(kitchen, 1, loud)
        assert kitchen.server.now.audio == bytes(kitchen.room.said)[-32_000:]

    offline(story)


def test_a_question_that_grew_old_is_given_up_and_said_so() -> None:
    async def story(kitchen: Kitchen) -> None:
        await hotword(kitchen)
        await room(kitchen, 2, loud)
        await room(kitchen, 2)
        await trio.sleep(MAX_AGE)
        await kitchen.settle()
        assert kitchen.player.sounds == ["noted", "gave_up"]
        await connect(kitchen)
        assert kitchen.server.now.types == ["hello"]

    assert steps(offline(story))[-1] is OfflineStep.GIVEN_UP


def test_a_second_question_replaces_the_first() -> None:
    async def story(kitchen: Kitchen) -> None:
        for _ in range(2):
            await hotword(kitchen)
            position = len(kitchen.room.said)
            await room(kitchen, 1, loud)
            await room(kitchen, 2)
        await connect(kitchen)
        assert kitchen.server.now.types == ["hello", "hotword_detected"]
        audio = kitchen.server.now.audio
        assert audio == bytes(kitchen.room.said)[position - 48_000 :][: len(audio)]

    assert OfflineStep.REPLACED in steps(offline(story))


def test_what_the_device_says_about_one_question_is_no_part_of_the_next() -> None:
    async def story(kitchen: Kitchen) -> None:
        await hotword(kitchen)
        await room(kitchen, 1, loud)
        while kitchen.player.sounds != ["noted"]:
            await room(kitchen, 0.02)
        kitchen.room.hotword()  # into its words
        await room(kitchen, 0.5, loud)  # which is the device itself
        await room(kitchen, PAUSE + 0.2)
        assert kitchen.player.sounds == ["noted", "ask_later"]
        await room(kitchen, 1)
        position = len(kitchen.room.said)
        await room(kitchen, 2, loud)
        await room(kitchen, END + 0.1)
        await connect(kitchen)
        audio, said = kitchen.server.now.audio, bytes(kitchen.room.said)
        assert position - 2 * 32_000 < said.index(audio) < position

    assert steps(offline(story)).count(OfflineStep.RECORDING) == 2


def test_silence_is_no_question() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.manager.press_button()
        await room(kitchen, PATIENCE + 2)
        assert kitchen.player.sounds == ["ask_later", "done"]
        assert kitchen.state() is SessionState.IDLE
        await connect(kitchen)
        assert kitchen.server.now.types == ["hello"]

    assert steps(offline(story)) == [OfflineStep.RECORDING, OfflineStep.EMPTY]


def test_a_radio_is_not_recorded_for_ever() -> None:
    async def story(kitchen: Kitchen) -> None:
        await hotword(kitchen)
        await room(kitchen, LONGEST + 1, loud)
        assert kitchen.state() is SessionState.IDLE
        await connect(kitchen)
        recorded = MICROPHONE.seconds(len(kitchen.server.now.audio))
        assert recorded == pytest.approx(LONGEST + 1.5, abs=0.4)  # with the pre-roll

    offline(story)


def test_stop_forgets_the_question() -> None:
    async def story(kitchen: Kitchen) -> None:
        await hotword(kitchen)
        await kitchen.manager.stop()
        assert kitchen.state() is SessionState.IDLE
        await trio.sleep(60)
        assert kitchen.player.sounds == []

    offline(story)


def test_by_default_a_question_without_a_link_is_refused() -> None:
    async def story(kitchen: Kitchen) -> None:
        await hotword(kitchen)
        assert kitchen.player.sounds == ["not_connected"]
        assert kitchen.state() is SessionState.IDLE

    assert steps(play(story, FakeServer(refusal=AWAY))) == []


# --- the ear


def feed(ear: QuestionEar, seconds: float, level: int) -> None:
    ear.hear(level.to_bytes(2, "little", signed=True) * round(seconds * 16_000))


def test_the_ear_hears_speech_above_the_noise_of_its_room() -> None:
    noisy = QuestionEar.in_room((600).to_bytes(2, "little") * 64_000)
    feed(noisy, 3, 900)  # the noise, at its loudest
    assert not noisy.spoken
    assert noisy.pausing
    feed(noisy, A_WORD + 0.05, 4_000)
    assert noisy.spoken
    assert not noisy.pausing
    feed(noisy, END - 0.1, 600)
    assert not noisy.over
    feed(noisy, 0.2, 600)
    assert noisy.over


def test_a_hotword_just_before_does_not_count_as_the_rooms_noise() -> None:
    before = (100).to_bytes(2, "little") * 40_000 + (8_000).to_bytes(2, "little") * 24_000
    assert QuestionEar.in_room(before).threshold < 0.02
    assert QuestionEar.in_room(b"").threshold > 0


# --- at the same moment


@settings(max_examples=40)
@given(moment=st.sampled_from(["pause", "prompt", "end", "age"]), schedule=st.random_module())
def test_a_link_that_comes_at_the_very_moment_takes_the_question_for_good(moment: str, schedule: object) -> None:
    moved: list[SessionEvent] = []
    heard = bytearray()

    async def story() -> None:
        listening, feed = Listening(), status.StatusFeed()
        questions = OfflineQuestions(listening, feed, lambda name: 0.25, moved.append, MAX_AGE)
        events = feed.subscribe()
        listening.hear(bytes(64_000))

        async def link_comes(at: float) -> None:
            await trio.sleep_until(at)
            if questions.take() is not None:
                listening.follow(listening.position, heard.extend)

        async with trio.open_nursery() as nursery:
            questions.begin(nursery, Wake("button", 1.0, listening.position), listening.position - 6_400)
            await wait_all_tasks_blocked()
            if moment in ("end", "age"):
                listening.hear(b"\x00\x20" * 16_000)
            at = {"pause": PAUSE, "prompt": PAUSE + 0.25 + ECHO, "end": 5.0, "age": 5.0 + MAX_AGE}[moment]
            nursery.start_soon(link_comes, at)
            if moment in ("end", "age"):
                await trio.sleep_until(5.0)
                listening.hear(bytes(round(END * 32_000) + 1_280))
            await trio.sleep(MAX_AGE + 30)
            listening.hear(bytes(12_800))
        steps = [events.receive_nowait().step for _ in range(events.statistics().current_buffer_used)]  # type: ignore[union-attr]
        taken = steps[-1] is OfflineStep.ASKED
        assert taken or steps[-1] is OfflineStep.GIVEN_UP
        assert bool(heard) is taken
        assert moved in ([SessionEvent.NOTE], [SessionEvent.NOTE, SessionEvent.NOTED])
        assert len(moved) == 1 + (OfflineStep.KEPT in steps)

    run_virtual(story)
