from collections.abc import Callable

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from tars.link import Down, LinkLost
from tars.messages import (
    AudioAck,
    Error,
    Reply,
    SessionEnd,
    SessionStarted,
    Settings,
    StartOfTtsStream,
    StopPlayback,
    Transcript,
    TtsStreamEnd,
    Welcome,
)
from tars.pi import status
from tars.pi.player_slot import EARLY_BYTES
from tars.pi.session_states import SessionState
from tests.pi.fakes import FakeServer
from tests.pi.kitchen import Kitchen, play

PRE_ROLL = 48_000
FRAME = 1280


@settings(max_examples=60)
@given(
    before=st.integers(0, 200),
    lag=st.integers(0, 125),
    after=st.integers(0, 60),
)
def test_pre_roll_and_live_audio_are_one_stream_without_gap_or_repeat(before: int, lag: int, after: int) -> None:
    async def story(kitchen: Kitchen) -> None:
        room = kitchen.room
        room.say(before)
        position = len(room.said)
        room.say(lag)  # heard while the hotword's thread still worked
        await kitchen.settle()
        room.hotword(position)
        await kitchen.settle()
        room.say(after)
        await kitchen.settle()
        said = kitchen.server.now.last("hotword_detected")
        pre_roll = min(position, PRE_ROLL)
        assert said["pre_roll_bytes"] == pre_roll
        expected = bytes(room.said[position - pre_roll :])
        assert kitchen.server.now.audio == expected[: len(expected) // FRAME * FRAME]
        assert room.offered == room.said

    play(story)


def test_audio_follows_the_hotword_before_the_server_says_anything() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.say(100)
        await kitchen.wake()
        kitchen.room.say(4)
        await kitchen.settle()
        assert kitchen.server.now.types == ["hello", "hotword_detected"]
        assert kitchen.server.now.messages[-1] == {
            "type": "hotword_detected", "session_id": "session 1", "hotword": "hey_jarvis", "score": 0.9,
            "pre_roll_bytes": PRE_ROLL, "device_time": 9.0,
        }  # fmt: skip
        assert len(kitchen.server.now.audio) == PRE_ROLL // FRAME * FRAME + 2 * FRAME
        assert kitchen.state() is SessionState.LISTENING

    kitchen = play(story)
    assert status.HotwordHeard("hey_jarvis", 0.9, connected=True) in kitchen.events


def test_a_whole_conversation() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.say(Transcript(session_id, "what", final=False))
        assert kitchen.state() is SessionState.LISTENING
        await kitchen.say(Transcript(session_id, "what time is it", final=True))
        assert kitchen.state() is SessionState.WAITING
        await kitchen.speak(session_id)
        assert kitchen.state() is SessionState.SPEAKING
        assert kitchen.player.heard == b"speech"
        assert "playback_complete" not in kitchen.server.now.types
        kitchen.player.finishes()
        await kitchen.settle()
        assert kitchen.server.now.last("playback_progress")["played_bytes"] == 0
        assert kitchen.server.now.last("playback_complete") == {
            "type": "playback_complete", "utterance_id": "u1", "device_time": 2.5,
        }  # fmt: skip
        assert kitchen.state() is SessionState.LISTENING
        heard_before = len(kitchen.server.now.audio)
        kitchen.room.say(10)  # a second question, without a hotword
        await kitchen.settle()
        assert len(kitchen.server.now.audio) > heard_before
        await kitchen.say(SessionEnd(session_id, "timeout"))
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.sounds == ["done"]
        heard_before = len(kitchen.server.now.audio)
        kitchen.room.say(10)
        await kitchen.settle()
        assert len(kitchen.server.now.audio) == heard_before

    kitchen = play(story)
    assert kitchen.ends() == ["timeout"]
    assert [event.state for event in kitchen.events if isinstance(event, status.SessionChanged)] == [
        SessionState.LISTENING,
        SessionState.WAITING,
        SessionState.SPEAKING,
        SessionState.LISTENING,
        SessionState.IDLE,
    ]


@pytest.mark.parametrize("named", [True, False])
def test_an_answer_shows_that_the_server_has_the_session(named: bool) -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.wake()
        await trio.sleep(3)
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2, session_id if named else None), b"speech")
        await trio.sleep(10)
        await kitchen.say(SessionEnd(session_id, "goodbye"))

    assert play(story).ends() == ["goodbye"]


def test_an_older_server_holds_a_conversation() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.say(10)
        await kitchen.settle()
        kitchen.room.hotword()
        await trio.sleep(6)  # it confirms nothing, and that is no trouble
        await kitchen.say('{"type":"start_of_tts_stream"}', b"speech", '{"type":"tts_stream_end"}')
        assert kitchen.state() is SessionState.SPEAKING
        kitchen.player.begins()
        kitchen.player.finishes()
        await kitchen.settle()
        assert kitchen.state() is SessionState.LISTENING
        await kitchen.say('{"type":"session_end"}')
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.server.now.types == ["hotword_detected", "playback_complete"]

    assert play(story, FakeServer(subprotocol=None)).player.heard == b"speech"


def test_a_hotword_without_a_server_says_so_and_dials() -> None:
    async def story(kitchen: Kitchen) -> None:
        await trio.sleep(100)
        dials = len(kitchen.server.dials)
        kitchen.room.hotword()
        await trio.sleep(5)
        assert kitchen.server.dials[dials] <= 100.25  # the policy's spacing, at most
        assert kitchen.state() is SessionState.IDLE

    kitchen = play(story, FakeServer(refusal=LinkLost("connection refused")))
    assert kitchen.player.sounds == ["not_connected"]
    assert status.HotwordHeard("hey_jarvis", 0.9, connected=False) in kitchen.events
    assert not any(isinstance(event, status.SessionStarted) for event in kitchen.events)


def test_a_server_that_does_not_take_the_session_is_trouble() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.wake()
        await trio.sleep(4.9)
        assert kitchen.state() is SessionState.LISTENING
        assert kitchen.player.sounds == []  # no "yes?" before somebody hears the answer
        await trio.sleep(0.2)
        await kitchen.settle()
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.sounds == ["server_trouble"]
        assert kitchen.server.now.last("session_end")["reason"] == "error"

    assert play(story).ends() == ["error"]


@pytest.mark.parametrize("code", ["stt_failed", "brain_failed", "tts_failed"])
def test_a_failure_that_costs_an_answer_is_told_and_the_session_goes_on_listening(code: str) -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.say(Transcript(session_id, "what time is it", final=True))
        await kitchen.say(Error(code, "it died", fatal=False))
        assert kitchen.state() is SessionState.LISTENING
        assert kitchen.player.sounds == ["server_trouble"]
        assert kitchen.server.now.types == ["hello", "hotword_detected"]
        await kitchen.speak(session_id)  # asked again, it is answered
        assert kitchen.player.heard == b"speech"

    kitchen = play(story)
    assert kitchen.ends() == []
    assert status.Trouble(code, "it died") in kitchen.events


@pytest.mark.parametrize("error", [Error("busy", "full", fatal=False), Error("stt_failed", "it died", fatal=True)])
def test_a_refusal_or_a_fatal_failure_ends_the_session_once(error: Error) -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.say(error, SessionEnd(session_id, "error"))
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.sounds == ["server_trouble"]

    kitchen = play(story)
    assert kitchen.ends() == ["error"]
    assert status.Trouble(error.code, error.message) in kitchen.events


def test_a_complaint_about_something_else_changes_nothing() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.start()
        await kitchen.say(Error("bad_message", "odd", fatal=False))
        assert kitchen.state() is SessionState.LISTENING

    assert play(story).ends() == []


def test_a_session_in_which_the_server_says_nothing_any_more_ends() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        for _ in range(4):
            await trio.sleep(40)
            await kitchen.say(AudioAck(session_id, 1))
        assert kitchen.state() is SessionState.LISTENING
        await trio.sleep(45.1)
        assert kitchen.state() is SessionState.IDLE

    assert play(story).ends() == ["error"]


def test_a_hotword_while_tars_speaks_interrupts_it_and_listens() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.speak(session_id)
        kitchen.room.hotword()
        await kitchen.settle()
        assert kitchen.player.silenced_at == [trio.current_time()]
        assert kitchen.server.now.types[-2:] == ["playback_progress", "interrupt"]
        assert kitchen.server.now.last("playback_progress")["played_bytes"] == len(b"speech")
        assert kitchen.server.now.last("interrupt")["utterance_id"] == "u1"
        assert kitchen.state() is SessionState.LISTENING
        await kitchen.say(b"late", StopPlayback("u1"))
        assert kitchen.player.heard == b"speech"
        assert kitchen.server.now.types.count("hotword_detected") == 1
        assert "playback_complete" not in kitchen.server.now.types

    assert play(story).ends() == []


def test_the_last_words_of_a_session_are_heard_and_can_be_interrupted() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.speak(session_id, text="Goodbye.")
        await kitchen.say(SessionEnd(session_id, "goodbye"))
        assert kitchen.state() is SessionState.ANNOUNCING
        assert kitchen.player.silenced_at == []
        kitchen.room.hotword()
        await kitchen.settle()
        assert len(kitchen.player.silenced_at) == 1
        assert kitchen.server.now.types[-3:] == ["playback_progress", "interrupt", "hotword_detected"]
        assert kitchen.server.now.last("hotword_detected")["session_id"] == "session 2"
        assert kitchen.state() is SessionState.LISTENING

    play(story)


def test_an_announcement_without_a_session() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.say(StartOfTtsStream("u9", 24_000, 1, 2, notification_id="n"), b"news")
        assert kitchen.state() is SessionState.ANNOUNCING
        kitchen.player.finishes()
        await kitchen.settle()
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.server.now.last("playback_complete")["utterance_id"] == "u9"

    play(story)


@pytest.mark.parametrize("when", ["listening", "waiting", "speaking", "announcing"])
def test_a_lost_link_means_silence_one_end_and_a_fresh_start(when: str) -> None:
    async def story(kitchen: Kitchen) -> None:
        if when == "announcing":
            await kitchen.say(StartOfTtsStream("u9", 16_000, 1, 2), b"news")
        else:
            session_id = await kitchen.start()
            if when == "waiting":
                await kitchen.say(Transcript(session_id, "what time is it", final=True))
            if when == "speaking":
                await kitchen.speak(session_id)
        assert kitchen.state() is SessionState(when)
        old = kitchen.server.now
        old.say(b"old")
        old.lose()
        await kitchen.settle()
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.playing == []
        assert kitchen.player.sounds == ([] if when == "announcing" else ["not_connected"])
        kitchen.room.say(50)
        await trio.sleep(5)
        assert kitchen.server.now is not old
        assert kitchen.server.now.sent[1:] == []
        assert await kitchen.wake() == ("session 1" if when == "announcing" else "session 2")

    kitchen = play(story)
    assert kitchen.ends() == ([] if when == "announcing" else ["disconnect"])
    assert any(isinstance(event, status.LinkChanged) and isinstance(event.state, Down) for event in kitchen.events)


def test_what_belongs_to_a_session_that_is_over_is_ignored() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        kitchen.manager.press_button()  # never mind
        await kitchen.settle()
        assert kitchen.server.now.last("session_end") == {
            "type": "session_end", "session_id": session_id, "reason": "device",
        }  # fmt: skip
        await kitchen.say(
            Transcript(session_id, "what time is it", final=True),
            Reply(session_id, "u1", "It is noon.", final=True),
            StartOfTtsStream("u1", 16_000, 1, 2, session_id),
            b"speech",
            TtsStreamEnd("u1", 6),
            SessionEnd(session_id, "device"),
        )
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.heard == b""
        assert not any(isinstance(event, status.ReplySaid) for event in kitchen.events)

    assert play(story).ends() == ["device"]


def test_the_button_begins_a_session() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.say(100)
        await kitchen.settle()
        kitchen.manager.press_button()
        await kitchen.settle()
        said = kitchen.server.now.last("hotword_detected")
        assert (said["hotword"], said["score"], said["pre_roll_bytes"]) == ("button", 1.0, 9600)

    play(story)


def loud(number: int) -> bytes:
    return (8000).to_bytes(2, "little", signed=True) * 320


def quiet(number: int) -> bytes:
    return (100).to_bytes(2, "little", signed=True) * 320


@pytest.mark.parametrize(("after", "sounds"), [(quiet, ["listening"]), (loud, [])])
def test_the_listening_sound_comes_into_a_pause_and_never_into_a_sentence(
    after: Callable[[int], bytes], sounds: list[str]
) -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.say(50, loud)
        await kitchen.settle()
        kitchen.room.hotword()
        kitchen.room.say(15, after)
        await kitchen.settle()
        await trio.sleep(1)
        assert kitchen.player.sounds == []  # nobody has said yet that they hear
        await kitchen.say(SessionStarted("session 1"))
        assert kitchen.player.sounds == sounds

    play(story)


def test_a_mute_is_shown_and_told_once_and_a_device_that_begins_muted_is_silent() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.wake()
        await kitchen.say(Settings({"volume": 0}))
        assert (kitchen.player.volume, kitchen.player.muted_after_speech) == (0, True)
        await kitchen.say(Settings({"volume": 0, "humor": 5}))
        assert [event for event in kitchen.events if isinstance(event, status.MuteChanged)] == [
            status.MuteChanged(True)
        ]
        await kitchen.say(Settings({"volume": 40}), Settings({"humor": 5}))
        assert [event.muted for event in kitchen.events if isinstance(event, status.MuteChanged)] == [True, False]
        assert kitchen.player.volume == 40

    play(story)


def test_a_device_that_connects_muted_is_silent_from_the_first_word() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.manager.on_connected(Welcome(1, "tars", "kitchen", settings={"volume": 0}))
        await kitchen.settle()
        assert (kitchen.player.volume, kitchen.player.muted_after_speech) == (0, False)
        assert status.MuteChanged(True) in kitchen.events

    play(story)


def test_speech_that_comes_before_the_loudspeaker_is_open_is_played_then() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.say(Settings({"volume": 30}), StartOfTtsStream("u1", 16_000, 1, 2), b"early")
        kitchen.devices_open.set()
        await kitchen.settle()
        assert kitchen.player.heard == b"early"
        assert kitchen.player.volume == 30
        kitchen.player.finishes()
        await kitchen.settle()
        assert kitchen.state() is SessionState.IDLE

    play(story, devices_open=False)


def test_speech_that_comes_before_the_loudspeaker_is_open_is_bounded_and_none_of_it_lost() -> None:
    sent = [bytes([n % 256]) * 6_400 for n in range(EARLY_BYTES // 6_400 + 50)]

    async def story(kitchen: Kitchen) -> None:
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2), b"", *sent)
        assert not kitchen.server.now.reads
        assert len(kitchen.server.now._queue) >= 40
        kitchen.devices_open.set()
        await kitchen.settle()
        assert kitchen.server.now.reads
        assert kitchen.player.heard == b"".join(sent)

    play(story, devices_open=False)


@pytest.mark.parametrize("older", [False, True])
def test_speech_that_is_interrupted_before_the_loudspeaker_is_open_is_told_as_over(older: bool) -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.manager.press_button()
        await kitchen.settle()
        start = '{"type":"start_of_tts_stream"}' if older else StartOfTtsStream("u1", 16_000, 1, 2)
        await kitchen.say(start, bytes(2 * EARLY_BYTES))
        assert not kitchen.server.now.reads
        kitchen.manager.press_button()
        await kitchen.settle()
        assert kitchen.server.now.reads
        assert kitchen.server.now.types[-1] == ("playback_complete" if older else "interrupt")

    play(story, FakeServer(subprotocol=None) if older else None, devices_open=False)


def test_what_is_being_heard_is_a_sign_of_life_and_what_is_not_is_none() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2, session_id), b"speech")
        for n in range(100):
            await trio.sleep(1)
            kitchen.player.plays(32_000 * min(n, 70))
        assert kitchen.ends() == []
        await trio.sleep(18)
        await kitchen.settle()
        assert kitchen.ends() == ["error"]

    play(story)


def test_stop_ends_the_session_and_says_goodbye() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.speak(session_id)
        before = trio.current_time()
        await kitchen.manager.stop()
        assert trio.current_time() - before < 1.5
        assert kitchen.server.now.last("session_end")["reason"] == "device"
        assert kitchen.player.playing == []
        assert kitchen.server.closed == 1
        kitchen.manager.press_button()
        await kitchen.settle()

    kitchen = play(story)
    assert kitchen.ends() == ["device"]
    assert kitchen.player.sounds == []


def test_a_false_wake_is_over_without_a_sound() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.say(SessionEnd(session_id, "false_wake"))
        assert kitchen.state() is SessionState.IDLE
        await trio.sleep(2)
        assert kitchen.player.sounds == []

    assert play(story).ends() == ["false_wake"]


@pytest.mark.parametrize(("score", "seconds"), [(0.9, 0.4), (0.6, 1.0)])
def test_the_listening_sound_waits_for_a_second_look_at_a_doubtful_hotword(score: float, seconds: float) -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.say(50, loud)
        await kitchen.settle()
        kitchen.room.hotword(score=score)
        kitchen.room.say(15, quiet)
        await kitchen.settle()
        await kitchen.say(SessionStarted("session 1"))
        await trio.sleep(seconds - 0.2)
        assert kitchen.player.sounds == []
        await trio.sleep(0.2)
        assert kitchen.player.sounds == ["listening"]

    play(story)


def test_a_hotword_that_turns_out_to_be_none_has_no_listening_sound() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.say(50, loud)
        await kitchen.settle()
        kitchen.room.hotword(score=0.6)
        kitchen.room.say(15, quiet)
        await kitchen.settle()
        await kitchen.say(SessionStarted("session 1"))
        await trio.sleep(0.4)
        await kitchen.say(SessionEnd("session 1", "false_wake"))
        await trio.sleep(2)
        assert kitchen.player.sounds == []

    play(story)


def test_a_hotword_while_it_listens_is_told_in_the_same_session() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        heard = len(kitchen.server.now.audio)
        kitchen.room.say(50)
        await kitchen.settle()
        kitchen.room.hotword()
        kitchen.room.say(4)
        await kitchen.settle()
        again = [message for message in kitchen.server.now.messages if message["type"] == "hotword_detected"]
        assert [message["session_id"] for message in again] == [session_id, session_id]
        assert "pre_roll_bytes" not in again[1]
        assert len(kitchen.server.now.audio) - heard == 54 * 640  # nothing is sent twice
        assert kitchen.state() is SessionState.LISTENING

    kitchen = play(story)
    assert len([event for event in kitchen.events if isinstance(event, status.SessionStarted)]) == 1


def test_an_older_server_is_told_of_no_second_hotword() -> None:
    async def story(kitchen: Kitchen) -> None:
        for _ in range(2):
            kitchen.room.say(10)
            await kitchen.settle()
            kitchen.room.hotword()
            await kitchen.settle()
        assert kitchen.server.now.types == ["hotword_detected"]

    play(story, FakeServer(subprotocol=None))


@pytest.mark.parametrize(("seconds", "sounds"), [(0.5, []), (3.0, ["done"])])
def test_a_hotword_that_crosses_the_end_of_the_session_begins_another(seconds: float, sounds: list[str]) -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        kitchen.room.say(100)
        await kitchen.settle()
        kitchen.room.hotword()
        await kitchen.settle()
        await trio.sleep(seconds)
        await kitchen.say(SessionEnd(session_id, "timeout"))
        assert kitchen.player.sounds == sounds
        last = kitchen.server.now.last("hotword_detected")
        if sounds:
            assert kitchen.state() is SessionState.IDLE
        else:
            assert kitchen.state() is SessionState.LISTENING
            assert (last["session_id"], last["pre_roll_bytes"]) == ("session 2", PRE_ROLL)

    play(story)
