import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tars.audio.formats import MICROPHONE
from tests.support import voices


def test_every_voice_talks_and_none_sounds_like_another() -> None:
    said = {voice: voices.speak("hey jarvis, what time is it?", voice) for voice in voices.VOICES}
    assert len(set(said.values())) == len(said)
    for pcm in said.values():
        start, end = voices.voiced(pcm)
        assert 1.0 < MICROPHONE.seconds(end - start) < 3.0


def test_the_same_words_are_the_same_bytes_even_in_another_process_a_second_later() -> None:
    here = voices._synthesise("the quick brown fox", "en-us+f3", 160, 50)
    program = (
        "import time; time.sleep(1.1)\n"  # espeak-ng seeds its flutter from the clock's seconds
        "import sys; from tests.support.voices import _synthesise\n"
        "sys.stdout.buffer.write(_synthesise('the quick brown fox', 'en-us+f3', 160, 50))"
    )
    there = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert there.stdout == here


def test_what_espeak_does_not_know_is_said_plainly() -> None:
    with pytest.raises(ValueError, match=r"espeak-ng has no voice 'en-gb'"):
        voices.speak("hello", "en-gb")


def test_a_room_has_its_noise_and_its_speech() -> None:
    room = np.frombuffer(voices.in_room(voices.speak("hello"), rms=80, before=2.0), np.int16).astype(float)
    assert 75 < np.sqrt(np.mean(room[:30_000] ** 2)) < 85
    assert np.abs(room[32_000:]).max() > 5_000
