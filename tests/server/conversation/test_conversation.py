"""Whole conversations over a real link, in memory and virtual time; ears, brain and voice obey the test."""

import gc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.server.brains.brain import Outcome
from tars.server.conversation.audio_queue import AudioQueue
from tars.server.conversation.policy import SessionPolicy
from tars.server.stt.recogniser import HotwordAlone, Utterance
from tests.server.fakes import FakeBrain, FakeListening, FakeProviders, FakeRecogniser, HandDevice
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

Story = Callable[[House, HandDevice], Awaitable[None]]


def play(story: Story, *, capabilities: tuple[str, ...] = (), **options: Any) -> None:
    """Run `story` with a device that has said its hotword."""

    async def live() -> None:
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


async def ask(house: House, device: HandDevice, text: str) -> None:
    """A question, its answer, and the playing of it, without delay."""
    ears(house).hear(text)
    await device.played()
    await trio.sleep(0.1)


# A turn


def test_a_turn_goes_from_the_hotword_to_the_end_of_playback() -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.start()
        mouth.partial("what time")
        await device.speak(0.8)
        mouth.utter("what time is it")
        start = await device.next("start_of_tts_stream")
        end = await device.played()
        assert (start["rate"], start["channels"], start["width"]) == (16_000, 1, 2)
        assert end["utterance_id"] == start["utterance_id"]
        assert end["total_bytes"] == len(device.audio())
        assert set(device.audio()) == set(map(ord, "You said what time is it."))
        assert [(said["text"], said["final"]) for said in device.all("transcript")] == [
            ("what time", False),
            ("what time is it", True),
        ]
        assert device.all("reply")[-1]["text"] == "You said what time is it."
        assert device.all("reply")[-1]["final"]
        await trio.sleep(1)
        assert state(house) == "active"
        assert ears(house).restarted == 1

    play(story)


def test_the_microphones_audio_arrives_whole_and_is_acknowledged() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await device.speak(3.2)
        await device.speak(8, burst=True)
        await trio.sleep(0.1)
        sent = round(11.6 / 0.08) * 2560
        assert len(ears(house).fed) == sent
        received = [ack["received_bytes"] for ack in device.all("audio_ack")]
        assert received == sorted(set(received))
        assert 9 <= len(received) <= 12
        assert sent - received[-1] <= 32_000

    play(story)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({"hotword": "hey_jarvis", "pre_roll_bytes": 48_000}, 1.5),
        ({"hotword": "hey_jarvis", "pre_roll_bytes": 0}, 0.0),
        ({"hotword": "hey_jarvis"}, 0.0),
        ({"hotword": "hey_jarvis", "pre_roll_bytes": None}, 0.0),
        ({"hotword": "button", "pre_roll_bytes": 9_600}, None),
        ({"hotword": "button"}, None),
    ],
)
def test_the_ears_know_how_much_of_the_audio_was_before_the_hotword(
    said: dict[str, object], seconds: float | None
) -> None:
    async def live() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.send(type="hotword_detected", session_id="s1", score=1.0, **said)
            await trio.sleep(0.1)
            ears(house).dead.set()
            await trio.sleep(0.1)
            first, second = house.providers.recogniser.activations
            assert (None if first is None else first.pre_roll) == seconds
            assert second is None

    run_virtual(live)


def test_audio_waits_for_ears_that_are_slow_to_open() -> None:
    providers = FakeProviders()
    providers.recogniser.open_after = 4.0

    async def story(house: House, device: HandDevice) -> None:
        await device.speak(2)
        assert not house.providers.recogniser.opened
        await trio.sleep(4)
        assert len(ears(house).fed) == 2560 * (5 + 25)
        await ask(house, device, "what time is it")

    play(story, providers=providers)


def test_a_follow_up_needs_no_hotword() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        await device.speak(0.4)
        await ask(house, device, "and the date")
        assert [request.text for request in house.providers.brain.asked] == ["what time is it", "and the date"]
        assert house.providers.brain.asked[1].last_reply == "You said what time is it."
        assert len(house.events("turn")) == 2

    play(story)


def test_what_follows_from_an_answer_is_applied_and_the_device_told() -> None:
    providers = FakeProviders()
    providers.brain.outcomes["quieter"] = Outcome(settings={"volume": 40, "humor": 75})

    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "quieter")
        assert house.devices["kitchen"].settings["volume"] == 40
        assert device.all("settings") == [{"type": "settings", "settings": {"volume": 40}}]

    play(story, providers=providers, capabilities=("volume",))


# The end of a session


def test_silence_ends_the_session_30_s_after_the_last_reply() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await trio.sleep(20)
        ears(house).hear("what time is it")
        end = await device.next("tts_stream_end")
        await trio.sleep(1)
        await device.send(type="playback_complete", utterance_id=end["utterance_id"])
        before = trio.current_time()
        assert await device.next("session_end") == {"type": "session_end", "session_id": "s1", "reason": "timeout"}
        assert 30 <= trio.current_time() - before < 30.1

    play(story)


def test_what_has_not_been_heard_is_no_silence_however_slow_the_machine_is() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await device.speak(0.08)
        ears(house).unheard = 3.0
        await device.speak(100)
        assert state(house) == "active"
        ears(house).start()
        ears(house).unheard = 0.0
        ears(house).utter("what time is it")
        await device.played()

    play(story)


def test_the_timeout_stands_still_while_someone_speaks() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await trio.sleep(29)
        ears(house).start()
        await device.speak(6)
        assert state(house) == "active"
        ears(house).utter("what a long question")
        await device.played()

    play(story)


@pytest.mark.parametrize("text", ["goodbye", "Good-bye!", "that's all"])
def test_an_end_phrase_ends_the_session_after_its_answer(text: str) -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, text)
        assert (await device.next("session_end"))["reason"] == "goodbye"

    play(story)


def test_an_end_phrase_within_a_sentence_ends_nothing() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "how do you say goodbye in french")
        assert state(house) == "active"

    play(story)


def test_the_brain_can_end_the_session_without_a_word() -> None:
    providers = FakeProviders()
    providers.brain.replies["stop"] = ""
    providers.brain.outcomes["stop"] = Outcome(end_session=True)

    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("stop")
        assert (await device.next("session_end"))["reason"] == "goodbye"
        assert not device.all("start_of_tts_stream")
        assert not device.all("reply")

    play(story, providers=providers)


def test_the_device_can_end_the_session() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("a very long story")
        await device.next("start_of_tts_stream")
        await device.send(type="session_end", session_id="s1", reason="device")
        assert (await device.next("session_end"))["reason"] == "device"
        assert device.all("stop_playback")
        sent = len(device.audio())
        await trio.sleep(60)
        assert len(device.audio()) == sent
        assert len(house.events("session_end")) == 1

    play(story)


def test_a_new_session_replaces_the_old_one() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await device.hotword("s2")
        assert [(end["session_id"], end["reason"]) for end in device.all("session_end")] == [("s1", "device")]
        await device.speak(0.4)
        await ask(house, device, "what time is it")
        assert device.all("reply")[-1]["session_id"] == "s2"
        assert house.providers.recogniser.open_now == 1

    play(story)


# Nothing understood


def test_a_hotword_that_nothing_follows_ends_quietly_at_the_timeout() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hotword()
        began = trio.current_time()
        await device.speak(32)
        assert (await device.next("session_end"))["reason"] == "timeout"
        assert device.times[-1] - began < 31
        assert not device.all("reply")
        assert ears(house).finished == 0

    play(story)


def test_a_question_long_after_the_hotword_has_all_of_its_time() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hotword()
        await device.speak(12)
        ears(house).start()
        await device.speak(14)
        assert ears(house).finished == 0
        ears(house).utter("a long question")
        assert (await device.next("transcript", final=True))["text"] == "a long question"

    play(story)


def test_an_answer_prepared_for_the_hotword_alone_is_dropped() -> None:
    providers = FakeProviders(brain=FakeBrain(takes=60.0))

    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        ears(house).pause("hey charles")
        await device.speak(0.8)
        assert providers.brain.thinking == 1
        ears(house).send.send_nowait(HotwordAlone(ears(house).at))
        await device.speak(0.8)
        assert providers.brain.thinking == 0
        assert state(house) == "active"

    play(story, providers=providers)


def test_what_is_not_understood_after_the_hotword_is_asked_for_again_once() -> None:
    async def story(house: House, device: HandDevice) -> None:
        for _ in range(2):
            ears(house).hear("")
            await trio.sleep(0.1)
            if state(house) != "active":
                await device.played()
                await trio.sleep(0.1)
            await device.speak(0.4)
        assert {said["text"] for said in device.all("reply")} == {"I didn't catch that."}
        assert len(device.all("tts_stream_end")) == 1
        assert not house.providers.brain.asked
        assert not device.all("transcript")
        await ask(house, device, "what time is it")
        assert house.providers.brain.asked[0].last_reply is None

    play(story)


def test_noise_after_a_reply_is_ignored_and_does_not_prolong_the_session() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await ask(house, device, "what time is it")
        before = trio.current_time()
        for _ in range(5):
            await trio.sleep(5)
            await device.speak(0.08)
            ears(house).hear("", seconds=0.1)
        assert (await device.next("session_end"))["reason"] == "timeout"
        assert trio.current_time() - before < 31
        assert len(device.all("tts_stream_end")) == 1

    play(story)


# Barge-in


def test_barge_in_stops_the_reply_and_hears_the_words_around_it() -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.hear("a very long story, please, with many words")
        utterance = (await device.next("start_of_tts_stream"))["utterance_id"]
        await device.speak(0.8)
        heard = len(mouth.fed)
        await device.speak(0.8)
        assert len(mouth.fed) == heard  # nothing is listened to while TARS speaks
        await device.send(type="playback_progress", utterance_id=utterance, played_bytes=48_000)
        await device.send(type="interrupt", utterance_id=utterance)
        await device.next("stop_playback", utterance_id=utterance)
        end = device.all("tts_stream_end")[0]
        assert end["total_bytes"] == len(device.audio())
        assert len(mouth.fed) - heard == 48_000  # the last 1.5 s of what came in meanwhile
        assert state(house) == "active"
        await device.speak(0.4)
        assert len(mouth.fed) - heard == 48_000 + 12_800
        mouth.hear("what time is it")
        await device.next("start_of_tts_stream")
        await device.played()
        assert house.events("turn")[0]["ended_by"] == "interrupt"

    play(story)


def test_the_hotword_again_in_the_same_session_is_a_barge_in() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("a very long story")
        await device.next("start_of_tts_stream")
        await device.send(type="hotword_detected", session_id="s1", hotword="hey_jarvis", score=0.9)
        await device.next("stop_playback")
        assert state(house) == "active"
        assert not device.all("session_end")

    play(story)


def test_an_interrupt_of_another_utterance_is_an_error_and_changes_nothing() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("a very long story")
        await device.next("start_of_tts_stream")
        await device.send(type="interrupt", utterance_id="another")
        assert (await device.next("error"))["code"] == "unknown_utterance"
        assert state(house) == "speaking"

    play(story)


# Speculation


def test_an_answer_prepared_at_the_pause_is_spoken_at_once_when_the_endpoint_confirms_it() -> None:
    providers = FakeProviders()
    providers.brain.takes = 0.3
    providers.voice.takes = 0.1

    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.start()
        mouth.pause("what time is it")
        await trio.sleep(0.5)
        assert house.providers.voice.spoken == ["You said what time is it."]
        assert not device.all("reply")  # nothing of it shows
        assert not device.all("start_of_tts_stream")
        before = trio.current_time()
        mouth.utter("what time is it")
        await device.next("start_of_tts_stream")
        assert trio.current_time() - before < 0.01
        await device.played()
        await trio.sleep(1)
        assert len(house.providers.brain.asked) == 1
        assert house.events("turn")[0]["speculation"] == "used"

    play(story, providers=providers)


def test_a_speaker_who_goes_on_discards_the_answer() -> None:
    providers = FakeProviders()
    providers.brain.outcomes["set volume to ten"] = Outcome(settings={"volume": 10})

    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.start()
        mouth.pause("set volume to ten")
        await trio.sleep(0.2)
        mouth.resume()
        await trio.sleep(0.2)
        mouth.utter("set volume to ten percent")
        await device.played()
        await trio.sleep(1)
        assert [said["text"] for said in device.all("reply")][-1] == "You said set volume to ten percent."
        assert len({said["utterance_id"] for said in device.all("reply")}) == 1
        assert house.devices["kitchen"].settings["volume"] == 100
        assert house.events("turn")[0]["speculation"] == "discarded"

    play(story, providers=providers)


def test_an_endpoint_with_another_text_discards_the_answer() -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.start()
        mouth.pause("what time")
        await trio.sleep(0.2)
        mouth.utter("what time is it")
        await device.played()
        await trio.sleep(1)
        assert device.all("reply")[-1]["text"] == "You said what time is it."
        assert house.events("turn")[0]["speculation"] == "discarded"

    play(story)


def test_without_speculation_nothing_is_thought_before_the_endpoint() -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.start()
        mouth.pause("what time is it")
        await trio.sleep(1)
        assert not house.providers.brain.asked
        mouth.utter("what time is it")
        await device.played()
        await trio.sleep(1)
        assert house.events("turn")[0]["speculation"] == "none"

    play(story, policy=SessionPolicy(speculate=False))


def test_a_speculation_that_fails_is_tried_again_in_earnest() -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        house.providers.brain.fails = True
        mouth.start()
        mouth.pause("what time is it")
        await trio.sleep(0.2)
        assert not device.all("error")
        house.providers.brain.fails = False
        mouth.utter("what time is it")
        await device.played()

    play(story)


# Pacing


@pytest.mark.parametrize("reports", [True, False])
def test_audio_is_never_far_ahead_of_the_loudspeaker(reports: bool) -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear(
            "a story of a hundred letters, which lasts for a good ten seconds when it is read aloud slowly"
        )
        utterance = (await device.next("start_of_tts_stream"))["utterance_id"]
        began = trio.current_time()
        start_up = 0.6 if reports else 0.0  # the loudspeaker needs a moment to begin
        while not device.all("tts_stream_end"):
            await trio.sleep(0.25)
            heard = max(0.0, trio.current_time() - began - start_up)
            if reports:
                await device.send(
                    type="playback_progress", utterance_id=utterance, played_bytes=round(heard * 16_000) * 2
                )
            assert len(device.audio()) / 32_000 - heard < 2.0 + start_up + 0.2
        assert trio.current_time() - began > 7

    play(story)


def test_a_loudspeaker_that_stands_still_gets_no_more_and_is_given_up() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear(
            "a story of a hundred letters, which lasts for a good ten seconds when it is read aloud slowly"
        )
        utterance = (await device.next("start_of_tts_stream"))["utterance_id"]
        await device.send(type="playback_progress", utterance_id=utterance, played_bytes=0)
        await trio.sleep(8)
        assert len(device.audio()) / 32_000 < 4.2
        await device.next("stop_playback")
        await trio.sleep(1)
        assert state(house) == "active"

    play(story)


def test_sentences_are_synthesised_as_they_are_needed() -> None:
    providers = FakeProviders()
    sentences = [f"Sentence number {number} lasts for three seconds." for number in range(5)]
    providers.brain.replies["tell me"] = " ".join(sentences)

    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("tell me")
        await device.next("start_of_tts_stream")
        assert house.providers.voice.spoken == sentences[:1]
        end = await device.played()
        assert house.providers.voice.spoken == sentences
        assert end["total_bytes"] == sum(map(len, sentences)) * 3200

    play(story, providers=providers)


# When something dies or hangs: every state has a way out


def test_audio_that_nobody_will_hear_does_not_wait_for_the_garbage_collector() -> None:
    async def story(house: House, device: HandDevice) -> None:
        house.providers.brain.replies["go on"] = "A long sentence of which little is heard"
        ears(house).hear("go on")
        await device.next("start_of_tts_stream")
        queues = [each for each in gc.get_objects() if isinstance(each, AudioQueue) and each.seconds > 1]
        assert queues
        await device.send(type="session_end", session_id="s1", reason="device")
        await trio.sleep(0.5)
        assert [queue.seconds for queue in queues] == [0]

    play(story)


def test_ears_that_die_are_replaced_and_the_session_goes_on() -> None:
    async def story(house: House, device: HandDevice) -> None:
        dying = ears(house)
        dying.start()
        dying.pause("what")
        dying.dead.set()
        error = await device.next("error")
        assert (error["code"], error["fatal"]) == ("stt_failed", False)
        await device.speak(0.4)
        assert ears(house) is not dying
        await ask(house, device, "what time is it")
        assert house.providers.recogniser.open_now == 1

    play(story)


def test_only_deaths_in_a_row_end_the_session() -> None:
    async def story(house: House, device: HandDevice) -> None:
        for question in ("what time is it", "and the date", "how far is the moon", "who are you"):
            ears(house).dead.set()
            await device.next("error", code="stt_failed")
            await device.speak(0.4)
            await ask(house, device, question)
        assert state(house) == "active"

    play(story)


def test_ears_that_never_open_end_the_session() -> None:
    providers = FakeProviders()
    providers.recogniser.fails_to_open = True

    async def story(house: House, device: HandDevice) -> None:
        assert (await device.next("session_end"))["reason"] == "error"
        assert [error["code"] for error in device.all("error")] == ["stt_failed"] * 3

    play(story, providers=providers)


def test_words_in_one_burst_with_the_end_of_playback_are_heard() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("what time is it")
        await device.next("tts_stream_end")
        await device.speak(0.8)  # while TARS speaks: nobody's
        fed = len(ears(house).fed)
        end = device.all("tts_stream_end")[-1]
        house.network.wires[0].set_stalled(True)  # a short blackout, after which all of it comes at once
        await device.send(type="playback_complete", utterance_id=end["utterance_id"])
        await device.speak(0.8, burst=True)
        house.network.wires[0].set_stalled(False)
        await trio.sleep(0.1)
        assert ears(house).restarted == 1
        assert len(ears(house).fed) - fed == MICROPHONE.bytes_in(0.8)

    play(story)


def test_words_that_wait_for_ears_to_open_are_no_silence() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await trio.sleep(2.8)
        assert state(house) == "active"
        ears(house).hear("what time is it")
        await device.played()

    providers = FakeProviders(recogniser=FakeRecogniser(open_after=3.0))
    play(story, providers=providers, policy=SessionPolicy(timeout=1.5))


def test_ears_that_hang_while_opening_are_given_up() -> None:
    providers = FakeProviders()
    providers.recogniser.open_after = 1e6

    async def story(house: House, device: HandDevice) -> None:
        assert (await device.next("error"))["code"] == "stt_failed"
        assert 20 <= trio.current_time() < 21
        await device.next("session_end")

    play(story, providers=providers, policy=SessionPolicy(timeout=100.0))


@pytest.mark.parametrize("answers", [True, False])
def test_an_utterance_without_end_is_cut_at_its_limit(answers: bool) -> None:
    async def story(house: House, device: HandDevice) -> None:
        mouth = ears(house)
        mouth.answers_finish = answers
        mouth.start()
        await device.speak(14)
        assert mouth.finished == 0
        await device.speak(2)
        assert mouth.finished == 1
        if answers:
            assert (await device.next("transcript", final=True))["text"] == "as far as it goes"
        else:
            assert (await device.next("error"))["code"] == "stt_failed"
            await trio.sleep(1)
            await ask(house, device, "what time is it")

    play(story)


def test_audio_that_stops_in_mid_word_finishes_the_utterance() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        await trio.sleep(2.5)
        assert ears(house).finished == 0
        await trio.sleep(1)
        assert ears(house).finished == 1
        await device.played()

    play(story)


@pytest.mark.parametrize("hangs", [True, False])
def test_a_brain_that_fails_or_hangs_leaves_the_session_usable(hangs: bool) -> None:
    async def story(house: House, device: HandDevice) -> None:
        brain = house.providers.brain
        brain.fails, brain.takes = not hangs, 1e6 if hangs else 0.0
        ears(house).hear("what time is it")
        assert (await device.next("error"))["code"] == "brain_failed"
        assert state(house) == "active"
        brain.fails, brain.takes = False, 0.0
        await device.speak(0.4)
        await ask(house, device, "what time is it")

    play(story)


@pytest.mark.parametrize("hangs", [True, False])
def test_a_voice_that_fails_or_hangs_leaves_the_session_usable(hangs: bool) -> None:
    async def story(house: House, device: HandDevice) -> None:
        voice = house.providers.voice
        voice.fails, voice.takes = not hangs, 1e6 if hangs else 0.0
        ears(house).hear("what time is it")
        assert (await device.next("error"))["code"] == "tts_failed"
        assert device.all("reply")[-1]["final"]
        assert state(house) == "active"
        voice.fails, voice.takes = False, 0.0
        await device.speak(0.4)
        await ask(house, device, "what time is it")

    play(story)


def test_a_voice_that_dies_in_mid_sentence_ends_its_stream() -> None:
    async def story(house: House, device: HandDevice) -> None:
        voice = house.providers.voice
        ears(house).hear("tell me")
        await device.next("start_of_tts_stream")
        voice.fails = True
        assert (await device.next("error"))["code"] == "tts_failed"
        assert len(device.all("tts_stream_end")) == 1
        assert device.all("tts_stream_end")[0]["total_bytes"] == len(device.audio())
        assert device.all("stop_playback")

    providers = FakeProviders()
    providers.brain.replies["tell me"] = "One sentence of a few seconds, which goes well. " * 2
    play(story, providers=providers)


def test_a_playback_that_is_never_confirmed_does_not_stop_the_conversation() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("what time is it")
        await device.next("tts_stream_end")
        before = trio.current_time()
        await device.next("stop_playback")
        assert 5 < trio.current_time() - before < 10
        await trio.sleep(0.1)
        await device.speak(0.4)
        await ask(house, device, "and the date")

    play(story)


def test_a_playback_that_goes_slowly_but_goes_is_waited_for() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("what time is it")
        end = await device.next("tts_stream_end")
        for played in range(0, end["total_bytes"], 8_000):  # half as fast as it should
            await device.send(type="playback_progress", utterance_id=end["utterance_id"], played_bytes=played)
            await trio.sleep(0.5 if played else 6.0)
        await device.send(type="playback_complete", utterance_id=end["utterance_id"])
        await trio.sleep(0.1)
        assert state(house) == "active"
        assert not device.all("stop_playback")

    play(story)


# The trace


def test_the_turn_is_traced_with_the_devices_times_mapped() -> None:
    providers = FakeProviders()
    providers.brain.takes = 0.2
    providers.voice.takes = 0.05
    ahead = 5000.0

    async def live() -> None:
        async with open_house(providers=providers, delay=0.02) as house:
            device = await house.dial()
            await device.hello(device_time=trio.current_time() + ahead)
            await trio.sleep(11)  # the round trip has been measured
            hotword = trio.current_time()
            await device.hotword("s1", device_time=hotword + ahead)
            await device.speak(0.8)
            ears(house).start()
            await device.speak(0.8)
            at = ears(house).at
            ears(house).send.send_nowait(Utterance("what time is it", "grammar", 0.8, 1.4, at))
            start = await device.next("start_of_tts_stream")
            await trio.sleep(0.1)
            started = trio.current_time()
            await device.send(
                type="playback_progress",
                utterance_id=start["utterance_id"],
                played_bytes=1600,
                device_time=started + ahead,
            )
            end = await device.next("tts_stream_end")
            ended = trio.current_time()
            await device.send(
                type="playback_complete", utterance_id=end["utterance_id"], device_time=ended + ahead
            )
            await trio.sleep(1)
            turn = house.events("turn")[0]
            assert turn["hotword_ms"] == 0
            assert turn["first_audio_ms"] == pytest.approx(60, abs=2)  # this device waits for session_started
            assert turn["speech_start_ms"] == pytest.approx(800 + 60, abs=90)
            assert turn["speech_end_ms"] == pytest.approx(1400 + 60, abs=90)
            assert turn["endpoint_ms"] <= turn["transcript_ms"]
            assert turn["brain_first_word_ms"] - turn["transcript_ms"] == pytest.approx(200, abs=2)
            assert turn["tts_first_byte_ms"] - turn["brain_first_word_ms"] == pytest.approx(50, abs=2)
            assert turn["playback_start_ms"] == pytest.approx((started - 0.05 - hotword) * 1000, abs=2)
            assert turn["playback_end_ms"] == pytest.approx((ended - hotword) * 1000, abs=2)
            assert (turn["text"], turn["reply"]) == ("what time is it", "You said what time is it.")
            assert (turn["device_id"], turn["session_id"]) == ("kitchen", "s1")

    run_virtual(live)


def test_a_voice_of_another_rate_is_sent_in_its_own_format() -> None:
    providers = FakeProviders()
    providers.voice.format = AudioFormat(22_050)

    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("what time is it")
        assert (await device.next("start_of_tts_stream"))["rate"] == 22_050
        await device.played()

    play(story, providers=providers)
