import numpy as np
import pytest

from tars.pi.hotword.gate import Gate
from tests.pi.hotword.support import samples
from tests.support.voices import in_room, mix, noise, silence, speak, voiced

CHUNKS_A_SECOND = 12.5


def openings(pcm: bytes) -> list[bool]:
    gate = Gate()
    return [gate.hears(chunk) for chunk in samples(pcm)]


def second(seconds: float) -> int:
    return round(seconds * CHUNKS_A_SECOND)


@pytest.mark.parametrize("rms", [0, 0.5, 5, 80, 300, 3000])
def test_a_steady_room_is_silent_however_loud_it_is(rms: float) -> None:
    heard = openings(noise(60, rms))
    assert all(heard[: second(3.9)]), "at first it does not know the room"
    assert not any(heard[second(5) :])


def test_it_opens_for_a_voice_ten_decibels_below_the_noise_and_closes_after_it() -> None:
    word = speak("hey jarvis", "en-us+f4")
    start, end = (edge / 32_000 + 10.0 for edge in voiced(word))
    room = mix(silence(10) + word + silence(4), noise(16, 300), gain=0.03)
    heard = openings(room)
    assert not any(heard[second(5) : second(start)])
    assert any(heard[second(start) : second(end)])
    assert heard[second(end + 0.6)], "the models may need that long"
    assert not any(heard[second(end + 1.6) :])


def test_a_fan_that_is_turned_on_becomes_the_room_and_nobody_is_deaf_then_or_after_it_stops() -> None:
    word = silence(8) + speak("hey jarvis", "en-us+m6") + silence(8)
    quiet, fan = noise(20, 5, seed=1), noise(20, 600, seed=2)
    stages = [quiet, mix(word, fan), mix(word, quiet)]
    heard = openings(b"".join(stage[: 20 * 32_000] for stage in stages))
    assert not any(heard[second(6) : second(20)])
    assert all(heard[second(20.2) : second(23)]), "new"
    assert not any(heard[second(26) : second(28)]), "known"
    assert any(heard[second(28) : second(29)]), "a word in it"
    assert not any(heard[second(31) : second(40)])
    assert not any(heard[second(42) : second(48)]), "quiet again"
    assert any(heard[second(48) : second(49)]), "a word in the quiet"


def test_mains_hum_and_an_offset_of_the_card_hide_nothing() -> None:
    time = np.arange(16 * 16_000) / 16_000
    hum = (900 + 1500 * np.sin(2 * np.pi * 50 * time)).astype("<i2").tobytes()
    word = silence(10) + speak("hey jarvis") + silence(3)
    heard = openings(mix(word, hum, noise(16, 5), gain=0.05))
    assert not any(heard[second(5.5) : second(10)])
    assert any(heard[second(10) : second(11)])


def test_it_stays_open_while_someone_talks_on_and_on() -> None:
    talk = speak(
        "well, " + "i was going to say that it is rather warm for the season, and then again it is not " * 4
    )
    heard = openings(in_room(talk, rms=20, before=6, after=0))
    assert all(heard[second(6.5) :])
