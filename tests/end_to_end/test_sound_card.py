"""Both programs as processes, through a sound card: what is spoken into its microphone is answered from its
loudspeaker."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.end_to_end.programs import environment, program, record, tells_the_time
from tests.support.sound_card import open_sound_card

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.alone]


def test_a_spoken_question_is_answered_from_the_loudspeaker(tmp_path: Path) -> None:
    question = record(tmp_path / "question.wav", (0.5, "hey jarvis, what time is it?"), seconds=4)
    with open_sound_card() as card, card.record() as recording:
        env = environment(tmp_path, card.env)
        with program("tars-server", "--port", "0", env=env) as server:
            url = server.until("listening")["url"]
            with program("tars-pi", "--server", url, env=env) as device:
                device.until("link_up")
                device.until("microphone_open")
                before = len(recording.pcm)
                card.say(question)
                device.until("transcript", text="what time is it", final=True)
                reply = device.until("reply")["text"]
                device.until("playback_complete")
                answer = bytes(recording.pcm[before:])
                device.process.terminate()
                assert device.wait() == 0, device.log
    assert tells_the_time(reply, datetime.now()), reply
    assert max(abs(sample) for sample in memoryview(answer[: len(answer) // 2 * 2]).cast("h")) > 3_000
