"""A session that outlives its link: what it does meanwhile, how it goes on, and when it does not."""

from typing import Any

import pytest
import trio

from tars.link import LinkLost
from tars.link.errors import lost_by_code
from tars.messages import (
    AudioAck,
    Notification,
    Resumed,
    SessionEnd,
    SessionStarted,
    StartOfTtsStream,
    Transcript,
    TtsStreamEnd,
)
from tars.pi import status
from tars.pi.outbox import RESUMING_LIMIT
from tars.pi.redial import REDIAL_WITHIN
from tars.pi.session import SessionPolicy
from tars.pi.session_states import SessionState
from tests.pi.fakes import FakeServer
from tests.pi.kitchen import Kitchen, Story, play

WINDOW = 20.0
POLICY = SessionPolicy(resume_window=WINDOW)


async def cut(kitchen: Kitchen, received: int | None = None) -> None:
    """Lose the link; the server has got so much of the audio, or no longer knows the session."""

    def resumed(hello: dict[str, Any]) -> Resumed | None:
        waits = hello.get("resume")
        return Resumed(waits["session_id"], received) if waits and received is not None else None

    kitchen.server.resumed = resumed
    kitchen.server.refusal = LinkLost("the network is away")
    kitchen.server.now.lose()
    await kitchen.settle()


async def heal(kitchen: Kitchen) -> None:
    """Let the next dial succeed, at once."""
    kitchen.server.refusal = None
    kitchen.client.nudge()
    await trio.sleep(0.3)
    await kitchen.settle()


def resume(story: Story) -> Kitchen:
    return play(story, policy=POLICY)


def test_audio_goes_on_from_the_byte_that_the_server_lacks() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        kitchen.room.say(200)
        await kitchen.settle()
        before = kitchen.server.now.audio
        await kitchen.say(AudioAck(session_id, 100_000))
        await cut(kitchen, 110_000)
        kitchen.room.say(300)
        await kitchen.settle()
        assert kitchen.state() is SessionState.LISTENING
        assert kitchen.player.sounds == []
        await heal(kitchen)
        now = kitchen.server.now
        assert now.messages[0]["resume"] == {"session_id": session_id}
        assert now.types == ["hello"]
        kitchen.room.say(10)
        await kitchen.settle()
        said = bytes(kitchen.room.said)
        assert before[:110_000] + now.audio == said[: len(said) // 1280 * 1280]

    kitchen = resume(story)
    assert kitchen.ends() == []
    assert [event for event in kitchen.events if isinstance(event, status.SessionSuspended)] == [
        status.SessionSuspended("session 1", WINDOW)
    ]
    (resumed,) = [event for event in kitchen.events if isinstance(event, status.SessionResumed)]
    assert resumed.sent_bytes == pytest.approx(501 * 640 - 110_000, abs=1280)


def test_a_reply_is_played_waits_in_silence_and_goes_on() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        start = StartOfTtsStream("u1", 16_000, 1, 2, session_id)
        await kitchen.say(start, b"first ")
        kitchen.player.begins()
        await cut(kitchen, 0)
        assert kitchen.state() is SessionState.SPEAKING
        assert kitchen.player.held
        assert kitchen.player.silenced_at == []
        await trio.sleep(15)
        await heal(kitchen)
        assert kitchen.server.now.messages[0]["resume"]["playback"] == {"utterance_id": "u1", "received_bytes": 6}
        assert not kitchen.player.held
        await kitchen.say(start, b"second", TtsStreamEnd("u1", 12))
        assert kitchen.player.heard == b"first second"
        assert kitchen.player.playing == ["u1"]
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2, session_id))  # some peers count utterances anew
        assert kitchen.player.playing == ["u1", "u1"]

    assert resume(story).ends() == []


def test_an_utterance_that_comes_again_in_another_format_begins_anew() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2, session_id), b"first ")
        await cut(kitchen, 0)
        await heal(kitchen)
        await kitchen.say(StartOfTtsStream("u1", 48_000, 2, 2, session_id))
        assert kitchen.player.playing == ["u1", "u1"]

    assert resume(story).ends() == []


def test_a_second_loss_needs_no_acknowledgement_after_the_first() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.start()
        kitchen.room.say(900)
        await kitchen.settle()
        arrived = len(kitchen.server.now.audio)
        for _ in range(2):
            await cut(kitchen, arrived)
            kitchen.room.say(500)
            await kitchen.settle()
            await heal(kitchen)
            missed, arrived = kitchen.server.now.audio, arrived + len(kitchen.server.now.audio)
            assert missed in bytes(kitchen.room.said)
            assert len(missed) == pytest.approx(10 * 32_000, abs=1280)

    resume(story)


def test_audio_may_also_go_on_without_another_start() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2, session_id), b"first ")
        await cut(kitchen, 0)
        await heal(kitchen)
        await kitchen.say(b"second", TtsStreamEnd("u1", 12))
        assert kitchen.player.heard == b"first second"

    resume(story)


@pytest.mark.parametrize("knows", [True, False])
def test_what_the_person_did_meanwhile_is_told(knows: bool) -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        start = StartOfTtsStream("u1", 16_000, 1, 2, session_id)
        await kitchen.say(start, b"speech")
        await cut(kitchen, 0 if knows else None)
        kitchen.room.say(4)
        await kitchen.settle()
        kitchen.room.hotword()
        await kitchen.settle()
        assert len(kitchen.player.silenced_at) == 1
        assert kitchen.state() is SessionState.LISTENING
        kitchen.room.say(4)
        await kitchen.settle()
        await heal(kitchen)
        if not knows:
            assert kitchen.server.now.types == ["hello"]
            return
        sent = kitchen.server.now.sent
        kinds = [type(frame) for frame in sent]
        middle = kinds.index(str, 2)
        assert kitchen.server.now.types[-2:] == ["playback_progress", "interrupt"]
        assert bytes in kinds[1:middle]  # chronological: what was said before the barge-in comes before it
        assert bytes in kinds[middle + 2 :]
        await kitchen.say(start, b" which nobody wants", TtsStreamEnd("u1", 26))
        assert kitchen.state() is SessionState.LISTENING
        assert kitchen.player.heard == b"speech"

    assert resume(story).ends() == ([] if knows else ["disconnect"])


def test_an_utterance_of_another_session_is_another_even_if_it_is_called_the_same() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.speak(session_id)
        kitchen.player.finishes()
        await kitchen.say(SessionEnd(session_id, "goodbye"))
        session_id = await kitchen.start()
        await cut(kitchen, 0)
        await heal(kitchen)
        assert "playback" not in kitchen.server.now.messages[0]["resume"]
        await kitchen.speak(session_id)
        assert kitchen.player.heard == b"speech" * 2

    assert resume(story).ends() == ["goodbye"]


def test_an_end_of_playback_that_was_lost_is_told_again() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await kitchen.speak(session_id)
        await cut(kitchen, 0)
        kitchen.player.finishes()
        await kitchen.settle()
        assert kitchen.state() is SessionState.LISTENING
        await heal(kitchen)
        assert kitchen.server.now.last("playback_complete")["utterance_id"] == "u1"
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2, session_id), TtsStreamEnd("u1", 6))
        assert kitchen.state() is SessionState.LISTENING

    resume(story)


def test_a_session_that_the_server_never_heard_of_begins_anew_with_all_that_was_said() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.say(100)
        session_id = await kitchen.wake()
        await cut(kitchen)
        kitchen.room.say(100)
        await kitchen.settle()
        await heal(kitchen)
        now = kitchen.server.now
        assert now.types == ["hello", "hotword_detected"]
        assert now.last("hotword_detected")["session_id"] == session_id
        said = bytes(kitchen.room.said)[101 * 640 - 48_000 :]
        assert now.audio == said[: len(said) // 1280 * 1280]
        await trio.sleep(4.9)
        await kitchen.say(SessionStarted(session_id))
        await trio.sleep(10)
        assert kitchen.state() is SessionState.LISTENING

    assert resume(story).ends() == []


@pytest.mark.parametrize("received", [None, 90_000, 10_000_000])
def test_a_session_that_cannot_go_on_truthfully_ends(received: int | None) -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        kitchen.room.say(200)
        await kitchen.settle()
        await kitchen.say(AudioAck(session_id, 100_000))
        await cut(kitchen, received)
        await heal(kitchen)
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.sounds == ["not_connected"]
        assert kitchen.server.now.types == (["hello"] if received is None else ["hello", "session_end"])
        assert kitchen.server.now.audio == b""
        await kitchen.start()

    kitchen = resume(story)
    assert kitchen.ends() == ["disconnect"]
    assert any(isinstance(event, status.Trouble) for event in kitchen.events)


@pytest.mark.parametrize(("refusal", "soon"), [(LinkLost("no route"), True), (lost_by_code(401), False)])
def test_while_a_session_waits_a_link_that_comes_back_is_found_soon(refusal: LinkLost, soon: bool) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.start()
        await cut(kitchen, 0)
        kitchen.server.refusal = refusal
        await trio.sleep(12)
        dials = len(kitchen.server.dials)
        kitchen.server.refusal = None
        await trio.sleep(REDIAL_WITHIN + 0.3)
        assert (len(kitchen.server.dials) > dials) is soon
        assert kitchen.client.connected is soon

    resume(story)


@pytest.mark.parametrize("state", ["listening", "waiting", "speaking"])
def test_the_window_runs_out(state: str) -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        if state == "waiting":
            await kitchen.say(Transcript(session_id, "what time is it", final=True))
        if state == "speaking":
            await kitchen.speak(session_id)
        await cut(kitchen, 0)
        await trio.sleep(WINDOW - 0.1)
        await kitchen.settle()
        assert kitchen.state() is SessionState(state)
        await trio.sleep(0.2)
        assert kitchen.state() is SessionState.IDLE
        assert kitchen.player.sounds == ["not_connected"]
        assert kitchen.player.playing == []
        await heal(kitchen)
        assert "resume" not in kitchen.server.now.messages[0]

    assert resume(story).ends() == ["disconnect"]


def test_a_session_ended_meanwhile_is_not_taken_up_again() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.start()
        await cut(kitchen)
        kitchen.manager.press_button()
        await kitchen.settle()
        await heal(kitchen)
        assert kitchen.server.now.types == ["hello"]
        assert "resume" not in kitchen.server.now.messages[0]

    assert resume(story).ends() == ["device"]


def test_a_session_that_ended_between_the_two_greetings_is_ended_at_the_server() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await cut(kitchen)
        kitchen.server.greet = False
        await heal(kitchen)
        hello = kitchen.server.now.messages[0]
        assert hello["resume"]["session_id"] == session_id
        kitchen.manager.press_button()
        await kitchen.say(
            '{"type":"welcome","protocol":1,"server":"t","device_id":"kitchen",'
            f'"resumed":{{"session_id":"{session_id}","audio_received_bytes":0}}}}',
            StartOfTtsStream("u1", 16_000, 1, 2, session_id),
            b"too late",
        )
        assert kitchen.server.now.last("session_end")["session_id"] == session_id
        assert kitchen.player.heard == b""

    assert resume(story).ends() == ["device"]


def test_a_session_goes_on_over_many_links_and_its_limits_wait_with_it() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        for _ in range(5):
            await trio.sleep(40)
            await cut(kitchen, 0)
            await trio.sleep(15)
            await heal(kitchen)
        assert kitchen.state() is SessionState.LISTENING
        await kitchen.say(SessionEnd(session_id, "goodbye"))

    assert resume(story).ends() == ["goodbye"]


def test_a_notification_is_not_waited_for() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.start()
        await kitchen.say(
            Notification("n", "timer", "Tea.", "2026-01-02T03:04:05Z"),
            StartOfTtsStream("u1", 16_000, 1, 2, notification_id="n"),
            b"te",
        )
        await cut(kitchen, 0)
        assert kitchen.player.playing == []
        await heal(kitchen)
        assert "playback" not in kitchen.server.now.messages[0]["resume"]
        await kitchen.say(StartOfTtsStream("u1", 16_000, 1, 2, notification_id="n"), b"tea")
        assert kitchen.player.heard == b"tetea"  # the server says it again

    resume(story)


def test_more_than_a_tape_holds_is_dropped_and_said_so_and_positions_stay_right() -> None:
    async def story(kitchen: Kitchen) -> None:
        session_id = await kitchen.start()
        await cut(kitchen, 0)
        kitchen.room.say(1600)  # 32 s
        await kitchen.settle()
        await heal(kitchen)
        kitchen.room.say(20)
        await kitchen.settle()
        said = bytes(kitchen.room.said)
        kept = 960_000 // 1280 * 1280
        assert kitchen.server.now.audio[:kept] == said[:kept]
        assert kitchen.server.now.audio[-1280:] in said
        assert len(kitchen.server.now.audio) - kept == 10 * 1280
        await kitchen.say(SessionEnd(session_id, "goodbye"))

    kitchen = resume(story)
    (dropped,) = [event for event in kitchen.events if isinstance(event, status.AudioDropped)]
    assert dropped.dropped_bytes == pytest.approx(1600 * 640 - 960_000, abs=2 * 1280)


def test_audio_that_a_slow_link_lost_ends_the_session_with_the_link() -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.start()
        kitchen.server.now.blocked = True
        kitchen.room.say(RESUMING_LIMIT // 640 + 10)
        await kitchen.settle()
        await cut(kitchen, 0)
        assert kitchen.state() is SessionState.IDLE

    kitchen = resume(story)
    assert kitchen.ends() == ["disconnect"]
    assert any(isinstance(event, status.AudioDropped) for event in kitchen.events)


def test_an_older_server_cannot_go_on() -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.room.hotword()
        await kitchen.settle()
        await cut(kitchen)
        await heal(kitchen)
        assert kitchen.state() is SessionState.IDLE

    assert play(story, FakeServer(subprotocol=None), POLICY).ends() == ["disconnect"]
