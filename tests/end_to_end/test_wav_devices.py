"""Both programs as processes, without a sound card: a file or a pipe is heard, a file is spoken."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.end_to_end.programs import Program, environment, program, record, tells_the_time
from tests.end_to_end.room import open_room
from tests.support.wav import read_wav

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.alone]

TIME = "hey jarvis, what time is it?"
WHAT = "hey jarvis, what can you do?"  # takes long to answer, whichever of its lines is drawn
SUM = "hey jarvis, what is two plus two?"


def loudest(path: Path) -> int:
    """The loudest sample of a recording, of 32,768."""
    _, pcm = read_wav(path)
    return max(abs(sample) for sample in memoryview(pcm).cast("h")) if pcm else 0


def names(device: Program) -> list[str]:
    return [event["event"] for event in device.events]


def test_a_question_in_one_breath_is_answered_aloud_with_the_right_time(tmp_path: Path) -> None:
    heard = record(tmp_path / "heard.wav", (1.5, TIME), seconds=6)
    spoken = tmp_path / "spoken.wav"
    env = environment(tmp_path)
    with program("tars-server", "--port", "0", env=env) as server:
        url = server.until("listening")["url"]
        with program(
            "tars-pi", "--server", url, "--device-id", "kitchen", "--exit-after-input",
            "--microphone", f"wav:{heard}", "--speaker", f"wav:{spoken}", env=env,
        ) as device:  # fmt: skip
            status = device.wait()
            assert status == 0, device.log
            device.until("transcript", text="what time is it", final=True)
            reply = device.until("reply")["text"]
        server.until("device_connected", device_id="kitchen")
        server.until("device_disconnected", device_id="kitchen")
        server.until("turn")
        server.process.terminate()
        assert server.wait() == 0, server.log
    assert tells_the_time(reply, datetime.now()), reply
    assert loudest(spoken) > 3_000
    order = [
        "link_up",
        "hotword",
        "session_started",
        "transcript",
        "playback_started",
        "playback_complete",
        "session_end",
    ]
    said = names(device)
    assert [said.index(name) for name in order] == sorted(said.index(name) for name in order)
    assert "not_json" not in said + names(server)


def test_a_server_that_is_killed_and_comes_back_is_rejoined_and_answers_again(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with program("tars-server", "--port", "0", env=env) as server:
        url = server.until("listening")["url"]
        with program(
            "tars-pi", "--server", url, "--exit-after-input",
            "--microphone", "stdin", "--speaker", "null", env=env, fed=True,
        ) as device, open_room(device.process.stdin) as room:  # fmt: skip
            device.until("link_up")
            room.say(TIME)
            device.until("playback_complete")
            server.process.kill()
            device.until("link_down")
            device.until("session_end", reason="disconnect")
            port = url.rstrip("/").rsplit(":", 1)[1]
            with program("tars-server", "--port", port, env=env) as successor:
                successor.until("listening")
                device.until("link_up", 2)
                room.say(SUM)
                device.until("playback_complete", 2)
                room.close()
                assert device.wait() == 0, device.log
                replies = [event["text"] for event in device.events if event["event"] == "reply"]
    assert "4" in replies[1], replies
    assert names(device).count("session_end") == 2
    assert names(device).count("playback_complete") == 2


def test_a_conversation_with_an_interruption_a_follow_up_and_a_goodbye(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with program("tars-server", "--port", "0", env=env) as server:
        url = server.until("listening")["url"]
        with program(
            "tars-pi", "--server", url, "--exit-after-input",
            "--microphone", "stdin", "--speaker", "null", env=env, fed=True,
        ) as device, open_room(device.process.stdin) as room:  # fmt: skip
            device.until("link_up")
            server.until("ready")  # the interruption must be heard while the first answer is spoken
            room.say(WHAT)
            device.until("playback_started")
            room.say(TIME)
            device.until("playback_complete")
            room.say("bye")
            device.until("session_end")
            room.close()
            assert device.wait() == 0, device.log
            interrupted = device.until("playback_interrupted")
            device.until("transcript", text="what time is it", final=True)
            device.until("transcript", text="bye", final=True)
            assert device.until("session_end")["reason"] == "goodbye"
    assert interrupted["played_bytes"] > 0
    assert names(device).count("session_started") == 1
    assert names(device).count("playback_complete") == 2  # not the interrupted one
