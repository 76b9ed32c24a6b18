"""A session that outlives its link: what waits, what goes on, what is said again, and when it is over."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio

from tars.audio.formats import MICROPHONE
from tars.server.brains.brain import Outcome
from tars.server.conversation.policy import SessionPolicy
from tests.server.fakes import FakeListening, FakeProviders, HandDevice
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

WINDOW = 20.0
SAID = b"".join(map(bytes, zip(range(256), reversed(range(256)), strict=True))) * 80
"""Microphone audio in which no two places look the same for long."""

Story = Callable[[House, HandDevice], Awaitable[None]]


def play(story: Story, **options: Any) -> None:
    """Run `story` with a device that has said its hotword and 0.4 s more."""

    async def live() -> None:
        options.setdefault("policy", SessionPolicy(resume_window=WINDOW))
        async with open_house(**options) as house:
            device = await house.dial()
            await device.hello("kitchen")
            await device.hotword("s1")
            await device.speak(0.4)
            await story(house, device)
            assert not house.events("session_broken")

    run_virtual(live)


def ears(house: House) -> FakeListening:
    return house.providers.recogniser.ears


def state(house: House) -> str:
    session = house.devices["kitchen"].session
    return session.state.value if session else "passive"


async def lose(house: House, away: float = 0.0) -> None:
    """Cut every link, and wait."""
    house.network.inflict("cut")
    await trio.sleep(away or 0.1)


async def come_back(house: House, session_id: str = "s1", **playback: object) -> HandDevice:
    device = await house.dial()
    resume: dict[str, object] = {"session_id": session_id}
    await device.hello("kitchen", resume={**resume, **({"playback": playback} if playback else {})})
    return device


def resumed(device: HandDevice) -> Any:
    return device.all("welcome")[0].get("resumed")


def first_after_welcome(device: HandDevice) -> list[str]:
    kinds = [frame["type"] if isinstance(frame, dict) else "audio" for frame in device.heard]
    return kinds[kinds.index("welcome") + 1 :]


# How long it waits, and for whom


def test_the_session_goes_on_where_its_audio_stopped() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        await device.send(SAID[:4_000])
        await trio.sleep(0.1)
        await lose(house, 15)
        assert state(house) == "active"
        assert not house.events("session_end")
        device = await come_back(house)
        had = 5 * 2560 + 4_000
        assert resumed(device) == {"session_id": "s1", "audio_received_bytes": had}
        for at in range(4_000, len(SAID), 8_000):
            await device.send(SAID[at : at + 8_000])
        await trio.sleep(0.1)
        assert ears(house).fed[5 * 2560 :] == SAID
        assert house.providers.recogniser.open_now == len(house.providers.recogniser.opened) == 1
        ears(house).utter("what time is it")
        await device.played()
        assert [event["event"] for event in house.log if event["event"].startswith("session_")] == [
            "session_started",
            "session_suspended",
            "session_resumed",
        ]

    play(story)


def test_without_a_window_a_lost_link_ends_the_session_whatever_the_device_hopes() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await lose(house)
        assert [event["reason"] for event in house.events("session_end")] == ["disconnect"]
        device = await come_back(house)
        assert resumed(device) is None
        await trio.sleep(1)
        assert first_after_welcome(device) == []

    play(story, policy=SessionPolicy())


def test_the_window_runs_out_once() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("a very long story")
        await device.next("start_of_tts_stream")
        await lose(house, WINDOW - 0.3)
        assert state(house) == "speaking"
        await trio.sleep(1)
        assert state(house) == "passive"
        assert house.providers.recogniser.open_now == 0
        device = await come_back(house)
        assert resumed(device) is None
        assert first_after_welcome(device) == []
        await trio.sleep(60)
        assert [event["reason"] for event in house.events("session_end")] == ["disconnect"]

    play(story)


@pytest.mark.parametrize("resume", [None, {"session_id": "s2"}])
def test_a_device_that_comes_back_for_something_else_has_ended_it(resume: dict[str, str] | None) -> None:
    async def story(house: House, device: HandDevice) -> None:
        await lose(house, 1)
        device = await house.dial()
        welcome = await device.hello("kitchen", **({"resume": resume} if resume else {}))
        assert "resumed" not in welcome
        assert [event["reason"] for event in house.events("session_end")] == ["disconnect"]
        await device.hotword("s2")
        await trio.sleep(0.1)
        ears(house).hear("what time is it")
        await device.played()

    play(story)


def test_an_older_device_is_not_waited_for() -> None:
    async def live() -> None:
        async with open_house(policy=SessionPolicy(resume_window=WINDOW)) as house:
            device = await house.dial(original=True)
            await device.send('{"type":"hotword_detected"}')
            await device.speak(0.4)
            await lose(house)
            assert [event["reason"] for event in house.events("session_end")] == ["disconnect"]

    run_virtual(live)


def test_a_session_that_the_device_cannot_know_to_be_over_is_simply_not_resumed() -> None:
    async def story(house: House, device: HandDevice) -> None:
        house.network.wires[0].set_stalled(True)
        session = house.devices["kitchen"].session
        assert session is not None
        ears(house).hear("stop")  # without a word: the goodbye is lost on the dead link
        await trio.sleep(0.2)
        assert session.ended.is_set()
        device = await come_back(house)
        assert resumed(device) is None
        assert first_after_welcome(device) == []

    providers = FakeProviders()
    providers.brain.replies["stop"] = ""
    providers.brain.outcomes["stop"] = Outcome(end_session=True)
    play(story, providers=providers)


@pytest.mark.parametrize("bad", [7, {"session_id": ""}, {"session_id": "s1", "playback": {"utterance_id": "u"}}])
def test_a_resume_that_makes_no_sense_gets_an_error_and_another_try(bad: object) -> None:
    async def story(house: House, device: HandDevice) -> None:
        await lose(house, 1)
        device = await house.dial()
        await device.send(type="hello", protocol=1, device_id="kitchen", resume=bad)
        assert (await device.next("error"))["code"] == "bad_message"
        assert state(house) == "active"
        await device.hello("kitchen", resume={"session_id": "s1"})
        assert resumed(device) is not None

    play(story)


# A new link while the old one still counts as up


def test_a_device_that_comes_back_before_its_ghost_is_known_to_be_dead_resumes_too() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ghost = house.network.wires[0]
        ghost.set_stalled(True)
        await device.send(SAID[:4_000])  # under way, and not counted, when the new link comes
        again = await come_back(house)
        assert resumed(again) == {"session_id": "s1", "audio_received_bytes": 5 * 2560}
        ghost.set_stalled(False)
        await trio.sleep(0.1)
        assert device.code == 4409
        await again.send(SAID[:4_000])
        await trio.sleep(0.1)
        assert ears(house).fed[5 * 2560 :] == SAID[:4_000]

    play(story)


# Time stands still


def test_what_is_not_heard_is_no_silence() -> None:
    async def story(house: House, device: HandDevice) -> None:
        for _ in range(5):
            await trio.sleep(4)
            await lose(house, 19)
            device = await come_back(house)
        await trio.sleep(9)
        assert state(house) == "active"
        assert (await device.next("session_end"))["reason"] == "timeout"

    play(story)


def test_the_timeout_does_not_strike_while_the_link_may_be_dead() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await device.speak(29)
        house.network.inflict("stall")
        await trio.sleep(3)
        assert state(house) == "active"
        await trio.sleep(10)
        device = await come_back(house)
        assert resumed(device) is not None
        assert (await device.next("session_end"))["reason"] == "timeout"

    play(story)


def test_a_sentence_that_is_cut_in_two_is_one_sentence() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        await device.speak(1)
        house.network.inflict("stall")  # noticed after seconds, in which nothing comes in
        await trio.sleep(12)
        device = await come_back(house)
        await device.speak(12, burst=True)
        await trio.sleep(1)
        assert ears(house).finished == 0
        ears(house).utter("set the humor to seventy percent")
        await device.played()

    play(story)


def test_ears_that_have_much_to_catch_up_with_get_time_for_it() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).answers_finish = False
        ears(house).start()
        await lose(house, 18)
        device = await come_back(house)
        ears(house).unheard = 24.0
        await device.speak(24, burst=True)
        await device.speak(2.4)
        assert ears(house).finished == 0  # they have not come so far
        ears(house).unheard = 11.0
        await device.speak(0.08)
        assert ears(house).finished == 1
        await trio.sleep(8)  # more than the words may take where all has been heard
        ears(house).utter("a long question")
        await device.played()
        assert not device.all("error")

    play(story)


# Thinking goes on, speaking waits


def test_a_question_is_answered_when_the_device_is_back() -> None:
    providers = FakeProviders()
    providers.brain.takes = 2.0

    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        await lose(house, 1)
        ears(house).utter("what time is it")
        await trio.sleep(5)
        assert providers.brain.asked
        assert providers.voice.spoken
        assert state(house) == "processing"
        device = await come_back(house)
        await device.played()
        kinds = first_after_welcome(device)
        assert kinds[:4] == ["session_started", "transcript", "reply", "start_of_tts_stream"]
        assert set(device.audio()) == set(map(ord, "You said what time is it."))

    play(story, providers=providers)


def test_a_session_that_ends_with_a_wordless_answer_says_goodbye_when_the_device_is_back() -> None:
    providers = FakeProviders()
    providers.brain.replies["stop"] = ""
    providers.brain.outcomes["stop"] = Outcome(end_session=True)

    async def story(house: House, device: HandDevice) -> None:
        ears(house).start()
        await lose(house, 1)
        ears(house).utter("stop")
        await trio.sleep(1)
        device = await come_back(house)
        assert (await device.next("session_end"))["reason"] == "goodbye"

    play(story, providers=providers)


QUESTION = "tell me a story"
LETTERS = "You said tell me a story."


async def start_reply(house: House, device: HandDevice, seconds: float) -> str:
    """A question, and so many seconds of its answer; the utterance."""
    ears(house).hear(QUESTION)
    utterance = str((await device.next("start_of_tts_stream"))["utterance_id"])
    await trio.sleep(seconds)
    return utterance


def whole_reply() -> bytes:
    return b"".join(bytes([ord(letter)]) * 3_200 for letter in LETTERS)


async def rest_of(device: HandDevice) -> tuple[dict[str, Any], bytes, dict[str, Any]]:
    start = await device.next("start_of_tts_stream")
    end = await device.played()
    return start, device.audio(), end


@pytest.mark.parametrize("received", [0, 2, 2_560, 31_998, 60_000])
def test_the_reply_goes_on_after_the_last_sample_received(received: int) -> None:
    async def story(house: House, device: HandDevice) -> None:
        utterance = await start_reply(house, device, 0.4)
        await lose(house, 3)
        assert state(house) == "speaking"
        again = await come_back(house, utterance_id=utterance, received_bytes=received)
        start, audio, end = await rest_of(again)
        assert start == device.all("start_of_tts_stream")[0]
        assert audio == whole_reply()[received:]
        assert end["total_bytes"] == len(whole_reply())
        await trio.sleep(1)
        assert state(house) == "active"
        assert not again.all("stop_playback")

    play(story)


def test_a_device_that_never_saw_the_start_gets_all_of_it() -> None:
    async def story(house: House, device: HandDevice) -> None:
        await start_reply(house, device, 0.4)
        await lose(house)
        device = await come_back(house)
        assert (await rest_of(device))[1] == whole_reply()

    play(story)


def test_what_the_device_has_whole_is_only_ended_once_more() -> None:
    async def story(house: House, device: HandDevice) -> None:
        utterance = await start_reply(house, device, 2.4)
        await lose(house, 5)
        device = await come_back(house, utterance_id=utterance, received_bytes=len(whole_reply()))
        _, audio, end = await rest_of(device)
        assert audio == b""
        assert end["total_bytes"] == len(whole_reply())
        await trio.sleep(1)
        assert state(house) == "active"
        assert not device.all("error")

    play(story)


def test_an_utterance_that_the_device_has_let_go_of_is_not_begun_again() -> None:
    async def story(house: House, device: HandDevice) -> None:
        utterance = await start_reply(house, device, 0.4)
        await device.send(type="playback_progress", utterance_id=utterance, played_bytes=0)
        await trio.sleep(0.1)
        await lose(house, 1)
        device = await come_back(house)
        await trio.sleep(1)
        assert not device.audio()
        assert state(house) == "speaking"
        await device.send(type="interrupt", utterance_id=utterance)
        await trio.sleep(0.1)
        assert state(house) == "active"

    play(story)


@pytest.mark.parametrize("received", [3, 10**6])
def test_more_than_was_sent_cannot_have_been_received(received: int) -> None:
    async def story(house: House, device: HandDevice) -> None:
        utterance = await start_reply(house, device, 0.4)
        await lose(house, 1)
        device = await come_back(house, utterance_id=utterance, received_bytes=received)
        assert (await device.next("error"))["code"] == "bad_message"
        await device.played()

    play(story)


def test_audio_stays_close_to_the_loudspeaker_after_a_cut() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("a story of a hundred letters that lasts for ten seconds when it is read aloud slowly")
        utterance = (await device.next("start_of_tts_stream"))["utterance_id"]
        await device.send(type="playback_progress", utterance_id=utterance, played_bytes=0)
        await trio.sleep(0.9)
        had = len(device.audio())
        await lose(house, 8)
        device = await come_back(house, utterance_id=utterance, received_bytes=had)
        await trio.sleep(0.5)
        assert 1.9 < MICROPHONE.seconds(len(device.audio())) < 2.7

    play(story)


def test_progress_from_before_the_cut_holds_nothing_up() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear("a story of a hundred letters that lasts for ten seconds when it is read aloud slowly")
        utterance = (await device.next("start_of_tts_stream"))["utterance_id"]
        told: dict[str, Any] = {"utterance_id": utterance, "played_bytes": 0, "device_time": trio.current_time()}
        await device.send(type="playback_progress", **told)
        await trio.sleep(2)
        had = len(device.audio())
        await lose(house, 8)
        device = await come_back(house, utterance_id=utterance, received_bytes=had)
        await device.send(type="playback_progress", **told)  # it was not known to have arrived
        await trio.sleep(0.1)
        assert len(device.audio()) > 32_000

    play(story)


# What was lost with the link is said again, once it matters


def test_transcript_and_reply_that_were_lost_are_said_again() -> None:
    async def story(house: House, device: HandDevice) -> None:
        house.network.inflict("stall")
        ears(house).hear(QUESTION)
        await trio.sleep(1)
        assert state(house) == "speaking"
        device = await come_back(house)
        assert (await device.next("transcript"))["text"] == QUESTION
        assert (await device.next("reply"))["text"] == LETTERS
        assert (await rest_of(device))[1] == whole_reply()

    play(story)


def test_what_arrived_long_ago_is_not_said_again() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear(QUESTION)
        await device.played()
        await device.speak(10)
        await lose(house)
        device = await come_back(house)
        await trio.sleep(1)
        assert first_after_welcome(device) == []

    play(story)


def test_silence_that_was_ordered_and_lost_is_ordered_again() -> None:
    async def story(house: House, device: HandDevice) -> None:
        house.providers.brain.replies[QUESTION] = "One sentence of a few seconds, which goes well. " * 2
        utterance = await start_reply(house, device, 0)
        house.providers.voice.fails = True
        house.network.inflict("stall")
        await trio.sleep(3)
        assert state(house) == "active"
        device = await come_back(house, utterance_id=utterance, received_bytes=len(device.audio()))
        assert (await device.next("stop_playback"))["utterance_id"] == utterance
        assert (await device.next("error"))["code"] == "tts_failed"
        assert not device.audio()

    play(story)


def test_what_a_device_says_again_counts_once() -> None:
    async def story(house: House, device: HandDevice) -> None:
        ears(house).hear(QUESTION)
        end = await device.played()
        await trio.sleep(0.1)
        assert ears(house).restarted == 1
        await lose(house)
        device = await come_back(house, utterance_id=end["utterance_id"], received_bytes=end["total_bytes"])
        for _ in range(2):
            await device.send(type="playback_complete", utterance_id=end["utterance_id"], device_time=3.0)
        assert (await device.next("error"))["code"] == "unknown_utterance"  # the second time is a mistake
        assert len(device.all("error")) == 1
        assert ears(house).restarted == 1

    play(story)


def test_a_playback_that_ended_while_the_link_was_away_ends_where_it_did_in_the_audio() -> None:
    async def story(house: House, device: HandDevice) -> None:
        utterance = await start_reply(house, device, 2.5)
        fed = len(ears(house).fed)
        await lose(house, 8)
        device = await come_back(house, utterance_id=utterance, received_bytes=len(whole_reply()))
        await device.send(SAID[:6_000])  # TARS's own voice
        await device.send(type="playback_complete", utterance_id=utterance)
        await device.send(SAID[6_000:12_000])  # the next question
        await trio.sleep(0.1)
        assert state(house) == "active"
        assert ears(house).fed[fed:] == SAID[6_000:12_000]

    play(story)


def test_an_interruption_while_the_link_was_away_is_heard_where_it_was_made() -> None:
    async def story(house: House, device: HandDevice) -> None:
        utterance = await start_reply(house, device, 0.4)
        fed = len(ears(house).fed)
        await lose(house, 8)
        device = await come_back(house, utterance_id=utterance, received_bytes=len(device.audio()))
        await device.send(SAID[:20_000])  # TARS's own voice
        await device.send(SAID[20_000:30_000])  # the hotword
        await device.send(type="interrupt", utterance_id=utterance)
        await device.send(SAID[30_000:])  # the next question
        await trio.sleep(0.1)
        assert state(house) == "active"
        assert (await device.next("stop_playback"))["utterance_id"] == utterance
        assert ears(house).fed[fed:] == SAID  # the last 1.5 s, and what followed

    play(story)


def test_only_so_many_sessions_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tars.server.main.MOST_WAITING", 2)

    async def live() -> None:
        async with open_house(policy=SessionPolicy(resume_window=WINDOW)) as house:
            for number in range(4):
                device = await house.dial()
                await device.hello(f"device-{number}")
                await device.hotword(f"s{number}")
                await device.connection.close()
                await trio.sleep(0.5)
            assert [event["session_id"] for event in house.events("session_end")] == ["s0", "s1"]

    run_virtual(live)
