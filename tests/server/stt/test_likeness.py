"""How unlike two texts sound."""

import pytest

from tars.server.stt.likeness import unlikeness


def unlike(text: str, other: str, *, anything_before: bool = False) -> float:
    return unlikeness(text.split(), other.split(), anything_before=anything_before)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("set the volume to 40 percent", "set the volume to forty percent"),
        ("roll a die", "roll a tie"),
        ("phone", "fone"),
        ("", ""),
    ],
)
def test_the_same_sounds_are_alike_however_they_are_spelled(text: str, other: str) -> None:
    assert unlike(text, other) == 0


@pytest.mark.parametrize(("text", "other"), [("hmm", "shh"), ("mute", ""), ("", "mute")])
def test_what_shares_no_sound_is_quite_unlike(text: str, other: str) -> None:
    assert unlike(text, other) == 1


@pytest.mark.parametrize(
    ("heard", "right", "wrong"),
    [
        ("settle a mile into seventeen percent", "set the volume to seventeen percent", "how are you today"),
        ("how you twenty five", "volume 25", "what is your name"),
        ("roll the tide", "roll a die", "hold the line please"),
    ],
)
def test_what_was_said_sounds_more_like_the_words_that_were_heard(heard: str, right: str, wrong: str) -> None:
    assert unlike(right, heard) < unlike(wrong, heard)


def test_a_vowel_counts_less_than_a_consonant() -> None:
    assert 0 < unlike("tap", "tapa") < unlike("tap", "tapt")


def test_what_stands_before_does_not_count_where_it_may_be_anything() -> None:
    heard = "change our visc volume 50 percent"
    assert unlike("volume fifty percent", heard) > 0.2
    assert unlike("volume fifty percent", heard, anything_before=True) == 0
    assert unlike("volume fifty percent", "volume fifty percent more", anything_before=True) > 0


@pytest.mark.parametrize("strange", ["7:30", "1/2", "1234567890", "½", "%", "...", "12.5"])
def test_every_word_can_be_compared(strange: str) -> None:
    assert 0 <= unlike(strange, "volume") <= 1
