"""When TARS is meant, and when it is not: whole conversations in memory and virtual time."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from tars.server.brains.brain import Outcome
from tars.server.brains.offline import OfflineBrain
from tars.server.conversation.policy import SessionPolicy
from tars.server.stt.recogniser import Utterance
from tests.server.fakes import FakeBrain, FakeListening, FakeProviders, HandDevice
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

Story = Callable[[House, HandDevice], Awaitable[None]]
TELEVISION = (
    "and now for the weather",
    "it is a fine day for a walk",
    "who could have done this",
    "the butler did it",
    "",
)


def play(story: Story, *, capabilities: tuple[str, ...] = (), **options: Any) -> None:
    """Run `story` with a device that has said its hotword."""

    async def live() -> None:
        options.setdefault("providers", FakeProviders(brain=FakeBrain(foreign=set(TELEVISION))))
        async with open_house(**options) as house:
            device = await house.dial()
            await device.hello("kitchen", capabilities=capabilities)
            await device.hotword("s1")
            await device.speak(0.4)
            await story(house, device)

    run_virtual(live)


def ears(house: House) -> FakeListening:
    return house.providers.recogniser.ears


def state(house: House) -> str:
    session = house.devices["kitchen"].session
    return session.state.value if session else "passive"


def ignored(house: House) -> list[tuple[str, str]]:
    return [(event["text"], event["reason"]) for event in house.events("utterance_ignored")]


async def ask(house: House, device: HandDevice, text: str, **more: Any) -> None:
    """A question, its answer, and the playing of it, without delay; then a second of silence."""
    ears(house).hear(text, **more)
    await device.played()
    await trio.sleep(0.1)
    await device.speak(1.0)


async def watch_television(house: House, device: HandDevice, minutes: float, utterance: float = 3.0) -> float:
    """Let a television speak without a pause; when the session ended, on trio's clock."""
    until = trio.current_time() + 60 * minutes
    number = 0
    while trio.current_time() < until and state(house) != "passive":
        ears(house).start()
        began = ears(house).finished
        for _ in range(round(utterance / 0.08)):
            await device.speak(0.08)
            if ears(house).finished > began or state(house) == "passive":
                break
        else:
            ears(house).utter(TELEVISION[number % len(TELEVISION)], utterance)
        number += 1
        await trio.sleep(0.01)
    return trio.current_time()


# After a hotword there is an answer, or a quiet end


@pytest.mark.parametrize("heard", ["", "who could have done this"])
def test_what_is_not_understood_after_a_hotword_is_answered(heard: str) -> None:
    providers = FakeProviders(brain=FakeBrain(foreign=set(TELEVISION), silent=True))

    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear(heard)
        await device.played()
        assert device.all("reply")[-1]["text"] == "I didn't catch that."
        await trio.sleep(0.1)
        assert state(house) == "active"

    play(story, providers=providers)


def test_a_brain_that_says_what_it_did_not_understand_is_heard_after_a_hotword() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "who could have done this")
        assert device.all("reply")[-1]["text"] == "You said who could have done this."
        assert [said["text"] for said in device.all("transcript")] == ["who could have done this"]

    play(story)


def test_a_click_after_the_hotword_is_nothing_and_the_session_ends_quietly() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hotword()
        await device.speak(2)
        ears(house).hear("", seconds=0.1)
        await device.speak(30)
        assert (await device.next("session_end"))["reason"] == "timeout"
        assert not device.all("reply")

    play(story)


def test_the_time_for_a_question_begins_behind_the_hotword() -> None:
    async def live() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.hotword("s1", pre_roll_bytes=3 * 32_000)
            await device.speak(0.08)
            ears(house).start()  # at the hotword, 3 s before the question
            await device.speak(17)
            assert ears(house).finished == 0
            await device.speak(1.5)
            assert ears(house).finished == 1

    run_virtual(live)


@pytest.mark.parametrize(
    ("end", "doubtful", "answered"), [(1.7, True, False), (1.7, False, True), (2.6, True, True)]
)
def test_a_hotword_that_was_misheard_as_a_doubtful_question_is_not_answered(
    end: float, doubtful: bool, answered: bool
) -> None:
    async def live() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.hotword("s1", pre_roll_bytes=48_000)
            await device.speak(2.8)
            mouth = ears(house)
            mouth.start()
            mouth.send.send_nowait(Utterance("How are you?", "grammar", 0.8, end, 2.8, doubtful=doubtful))
            await device.speak(1)
            assert bool(device.all("reply")) == answered

    run_virtual(live)


@pytest.mark.parametrize("by", ["hotword", "button"])
def test_a_barge_in_is_answered_even_if_it_is_not_understood(by: str) -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        ears(house).hear("and a very long story, please")
        await device.next("start_of_tts_stream")
        await device.speak(0.8)
        await device.send(type="interrupt")
        await device.next("stop_playback")
        await device.speak(0.4)
        ears(house).hear("")
        assert (await device.next("reply"))["text"] == "I didn't catch that."

    play(story)


def test_a_hotword_while_it_listens_makes_the_next_words_meant_and_the_wait_new() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        await device.speak(1)
        ears(house).hear("the butler did it")
        await device.speak(20)
        called = trio.current_time()
        await device.send(type="hotword_detected", session_id="s1", hotword="hey_jarvis", score=0.9)
        await device.speak(0.4)
        ears(house).hear("")
        assert (await device.next("reply"))["text"] == "I didn't catch that."
        await device.played()
        assert (await device.next("session_end"))["reason"] == "timeout"
        assert 30 < trio.current_time() - called < 40
        assert len(house.events("session_started")) == 1

    play(story)


def test_a_hotword_that_crosses_the_end_of_its_session_begins_none() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await device.next("session_end")
        await device.send(type="hotword_detected", session_id="s1", hotword="hey_jarvis", score=0.9)
        await trio.sleep(1)
        assert state(house) == "passive"
        assert len(device.all("session_end")) == 1
        await device.hotword("s2")
        assert state(house) == "active"

    play(story)


# No hotword after all


@pytest.mark.parametrize(("capabilities", "told"), [(("false_wake",), "false_wake"), ((), "timeout")])
def test_a_false_wake_ends_the_session_before_anything_is_said(capabilities: tuple[str, ...], told: str) -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        ears(house).partial("jarvis is")
        ears(house).pause("jarvis is a name")
        await trio.sleep(0.05)
        ears(house).false_wake()
        assert (await device.next("session_end"))["reason"] == told
        assert house.events("session_end")[-1]["reason"] == "false_wake"
        assert house.devices.tally.sessions_ended == {"false_wake": 1}
        assert not device.all("reply")
        assert not device.all("start_of_tts_stream")
        await trio.sleep(1)
        assert house.providers.brain.thinking == 0

    play(story, capabilities=capabilities)


def test_a_false_wake_that_is_found_when_the_first_words_are_known_ends_the_session_as_well() -> None:
    providers = FakeProviders(brain=FakeBrain(takes=0.5))

    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("is a name like others")
        await trio.sleep(0.2)
        ears(house).false_wake()
        assert (await device.next("session_end"))["reason"] == "false_wake"
        await trio.sleep(1)
        assert not device.all("reply")

    play(story, providers=providers, capabilities=("false_wake",))


# Follow-ups


def test_a_follow_up_that_is_not_understood_is_not_answered_and_not_told() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        ears(house).hear("the butler did it")
        await trio.sleep(1)
        assert state(house) == "active"
        assert [said["text"] for said in device.all("transcript")] == ["what time is it"]
        assert {said["text"] for said in device.all("reply")} == {"You said what time is it."}
        assert len(device.all("tts_stream_end")) == 1
        assert ignored(house) == [("the butler did it", "not_understood")]
        await ask(house, device, "and the date")  # meant, and understood
        assert [said["text"] for said in device.all("transcript")] == ["what time is it", "and the date"]
        follow_ups = [request.follow_up for request in house.providers.brain.asked]
        assert follow_ups == [False, True, True]

    play(story)


def test_what_a_follow_up_seems_to_be_so_far_is_not_told_either() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        ears(house).partial("what time")
        ears(house).utter("what time is it")
        await device.played()
        for text, told in (("and now the weather", False), ("what day is it", True)):
            await device.speak(3)
            ears(house).start()
            ears(house).partial(text)
            if told:
                ears(house).utter(text)
                await device.played()
        assert [(said["text"], said["final"]) for said in device.all("transcript")] == [
            ("what time", False),
            ("what time is it", True),
            ("what day is it", True),
        ]

    play(story)


def test_words_behind_a_follow_up_that_was_not_meant_are_heard_whole() -> None:
    providers = FakeProviders(brain=FakeBrain(foreign=set(TELEVISION), takes=1.0))

    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        before = len(ears(house).fed)
        ears(house).hear("the butler did it")
        await device.speak(0.8)
        assert len(ears(house).fed) == before  # TARS thinks
        await device.speak(0.8)
        assert len(ears(house).fed) - before == 2560 * 20

    play(story, providers=providers)


def test_a_follow_up_that_is_not_meant_does_not_prolong_the_session() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("what time is it")
        await device.played()
        over = trio.current_time()
        await device.speak(20)
        ears(house).start()
        await device.speak(6)
        ears(house).utter("the butler did it", 6)
        await device.speak(6)
        assert (await device.next("session_end"))["reason"] == "timeout"
        ended = device.times[device.heard.index(device.all("session_end")[-1])]
        assert 29.5 < ended - over < 30.5

    play(story)


def test_a_doubtful_farewell_in_a_follow_up_is_passed_over_in_silence() -> None:
    """A film says "see you tomorrow": no word of TARS, and the session is over when it would have been."""
    brain: Any = OfflineBrain(random.Random(1))

    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("What's 2 plus 2?")
        await device.played()
        over = trio.current_time()
        await device.speak(20)
        ears(house).hear("See you tomorrow.", doubtful=True)
        await device.speak(12)
        assert [reply["text"] for reply in device.all("reply") if reply["final"]] == ["2 plus 2 is 4."]
        assert ignored(house) == [("See you tomorrow.", "not_understood")]
        assert (await device.next("session_end"))["reason"] == "timeout"
        ended = device.times[device.heard.index(device.all("session_end")[-1])]
        assert 29.5 < ended - over < 30.5

    play(story, providers=FakeProviders(brain=brain))


def test_a_sure_farewell_in_a_follow_up_ends_the_session() -> None:
    brain: Any = OfflineBrain(random.Random(1))

    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "What's 2 plus 2?")
        ears(house).hear("See you tomorrow.")
        await device.played()
        assert (await device.next("session_end"))["reason"] == "goodbye"

    play(story, providers=FakeProviders(brain=brain))


def test_two_follow_ups_in_a_row_that_are_not_meant_end_the_session() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        ears(house).hear("the butler did it")
        await device.speak(1)
        await ask(house, device, "and the date")  # in between, somebody means it
        ears(house).hear("")
        await device.speak(1)
        assert state(house) == "active"
        ears(house).hear("and now for the weather")
        assert (await device.next("session_end"))["reason"] == "timeout"
        assert not device.all("error")

    play(story)


def test_how_many_misses_end_a_session_is_a_setting() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        ears(house).hear("the butler did it")
        assert (await device.next("session_end"))["reason"] == "timeout"

    play(story, policy=SessionPolicy(follow_up_misses=1))


def test_follow_ups_come_within_three_minutes_of_the_hotword() -> None:
    async def story(house: House, device: HandDevice) -> None:
        began = trio.current_time()
        for number in range(100):
            await device.speak(18)
            if state(house) == "passive":
                break
            ears(house).hear(f"question {number}")
            await device.played()
        assert device.all("session_end")[-1]["reason"] == "timeout"
        ended = device.times[device.heard.index(device.all("session_end")[-1])]
        assert 179 < ended - began < 181

    play(story)


def test_a_follow_up_whose_brain_fails_does_not_hold_the_session_open() -> None:
    providers = FakeProviders(brain=FakeBrain(foreign=set(TELEVISION)))

    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        over = trio.current_time()
        providers.brain.fails = True
        ended = await watch_television(house, device, 10)
        assert ended - over < 30
        assert len(device.all("error")) == 2

    play(story, providers=providers)


@pytest.mark.parametrize("utterance", [1.0, 3.0, 9.0, 14.0, 40.0], ids=lambda seconds: f"{seconds:g}s")
@pytest.mark.parametrize("quiet", [0.0, 2.0, 14.0])
def test_a_television_gets_one_reply_at_most_and_half_a_minute(utterance: float, quiet: float) -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.hear("what time is it")
        await device.played()
        over = trio.current_time()
        mouth.answers_finish = False
        await device.speak(quiet)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(answer_finish, house, nursery.cancel_scope)
            ended = await watch_television(house, device, 10, utterance)
            nursery.cancel_scope.cancel()
        assert ended - over < 30.5
        assert len(device.all("tts_stream_end")) == 1
        assert device.all("session_end")[-1]["reason"] == "timeout"

    play(story)


async def answer_finish(house: House, scope: trio.CancelScope) -> None:
    """Hear whatever is cut off as television."""
    mouth, done = ears(house), 0
    while True:
        await trio.sleep(0.1)
        if mouth.finished > done:
            done = mouth.finished
            mouth.utter("who could have done this", 15)


# Asking back


def asking_back() -> FakeProviders:
    brain = FakeBrain(foreign=set(TELEVISION))
    brain.replies["volume thirty"] = "Volume thirty percent?"
    brain.outcomes["volume thirty"] = Outcome(asked="volume thirty percent")
    return FakeProviders(brain=brain)


def test_a_doubtful_command_is_asked_back_and_yes_means_it() -> None:
    providers = asking_back()

    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "volume thirty", doubtful=True, words="volume 30", score=-6.5)
        first = house.providers.brain.asked[-1]
        assert (first.doubtful, first.words, first.asked) == (True, "volume 30", None)
        await ask(house, device, "yes")
        assert house.providers.brain.asked[-1].asked == "volume thirty percent"
        await ask(house, device, "and the date")
        assert house.providers.brain.asked[-1].asked is None  # another answer has been given
        assert house.events("transcript")[0]["score"] == -6.5
        assert house.events("transcript")[0]["doubtful"] is True

    play(story, providers=providers)


def test_a_question_back_that_nobody_answers_is_let_go_after_a_short_time() -> None:
    providers = asking_back()

    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("volume thirty", doubtful=True)
        await device.played()
        asked = trio.current_time()
        await device.speak(9)
        assert (await device.next("session_end"))["reason"] == "timeout"
        assert 7.5 < device.times[device.heard.index(device.all("session_end")[-1])] - asked < 8.5
        await device.hotword("s2")
        await device.speak(0.4)
        await ask(house, device, "yes")
        assert house.providers.brain.asked[-1].asked is None

    play(story, providers=providers)


def test_what_is_not_meant_leaves_a_question_back_as_it_is() -> None:
    providers = asking_back()

    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "volume thirty", doubtful=True)
        ears(house).hear("the butler did it")
        await device.speak(1)
        await ask(house, device, "yes")
        assert house.providers.brain.asked[-1].asked == "volume thirty percent"

    play(story, providers=providers)


def test_an_answer_prepared_for_what_seemed_sure_is_not_given_to_what_is_doubtful() -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.start()
        mouth.pause("volume thirty")
        await device.speak(0.4)
        mouth.utter("volume thirty", doubtful=True)
        await device.played()
        assert [request.doubtful for request in house.providers.brain.asked] == [False, True]

    play(story)


def test_a_doubtful_goodbye_does_not_end_the_session() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "goodbye", doubtful=True)
        assert state(house) == "active"

    play(story)


# Stop


@pytest.mark.parametrize("thinks", [0.0, 60.0])
def test_stop_over_its_voice_stops_it_and_ends_the_session_quietly(thinks: float) -> None:
    async def story(house: House, device: HandDevice) -> None:
        house.providers.brain.takes = thinks
        ears(house).hear("tell me a very long story about the sea")
        await device.speak(1.6)
        assert state(house) == ("processing" if thinks else "speaking")
        assert ears(house).watching
        assert len(ears(house).overheard) == 2560 * 20
        ears(house).stop_word()
        assert (await device.next("session_end"))["reason"] == "goodbye"
        assert bool(device.all("stop_playback")) == (not thinks)
        sent = len(device.audio())
        await trio.sleep(1)
        assert len(device.audio()) == sent

    play(story, policy=SessionPolicy(think_limit=100.0))


def test_a_stop_that_comes_when_all_has_been_said_is_nothing() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        assert not ears(house).watching
        ears(house).stop_word()
        await trio.sleep(1)
        assert state(house) == "active"

    play(story)


def test_ears_that_open_while_it_speaks_watch_for_stop() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("tell me a very long story about the sea")
        await device.next("start_of_tts_stream")
        ears(house).dead.set()
        await device.next("error", code="stt_failed")
        await device.speak(0.4)
        assert ears(house).watching
        ears(house).stop_word()
        assert (await device.next("session_end"))["reason"] == "goodbye"

    play(story)


# Its own echo


def test_the_end_of_its_own_words_is_no_question() -> None:
    async def story(house: House, device: HandDevice) -> None:
        house.providers.brain.replies["what time is it"] = "It is 10:18 in the morning."
        ears(house).hear("what time is it")
        await device.played()
        await device.speak(0.08)
        ears(house).start()
        await device.speak(0.8)
        ears(house).partial("18 in the")
        ears(house).pause("eighteen in the morning")
        ears(house).utter("Eighteen in the morning.", 0.8)
        await device.speak(1)
        assert len(house.providers.brain.asked) == 1
        assert ignored(house) == [("Eighteen in the morning.", "echo")]
        assert {said["text"] for said in device.all("transcript")} == {"what time is it"}
        for text in ("the butler did it", "it is 10:18 in the morning"):  # an echo is no miss; later it is no echo
            ears(house).hear(text)
            await device.speak(2)
        assert [request.text for request in house.providers.brain.asked[1:]] == [
            "the butler did it",
            "it is 10:18 in the morning",
        ]

    play(story)


# What the brain is told


def test_the_brain_is_told_what_the_device_can_do() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        assert house.providers.brain.asked[-1].capabilities == {"volume", "false_wake"}

    play(story, capabilities=("volume", "false_wake"))
