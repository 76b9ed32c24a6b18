"""What espeak-ng is given to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.tts.speakable import LONGEST, portions, speakable


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("It's 2:05 PM.", "It's 2 oh 5 PM."),
        ("It's 2:45 PM.", "It's 2 45 PM."),
        ("It's 12:00 AM.", "It's 12 AM."),
        ("At 9:30 a.m. sharp", "At 9 30 AM sharp"),
        ("It's 14:00.", "It's 14 o'clock."),
        ("It's 07:10.", "It's 7 10."),
        ("A ratio of 1:1000 is 3.5.", "A ratio of 1:1000 is 3.5."),
        ("two\nlines", "two lines"),
    ],
)
def test_times_are_read_as_people_say_them(shown: str, said: str) -> None:
    assert speakable(shown) == said


def test_sentences_one_by_one() -> None:
    assert list(portions('It is 3.5. "Really?" Yes!  Fine… good')) == [
        "It is 3.5.",
        '"Really?',
        "Yes!",
        "Fine…",
        "good",
    ]
    assert list(portions("  ")) == []


@given(st.text())
def test_portions_are_short_and_lose_no_word(text: str) -> None:
    cut = list(portions(text))
    assert all(0 < len(portion) <= LONGEST for portion in cut)
    letters = [char for char in text if char.isalnum()]
    assert [char for portion in cut for char in portion if char.isalnum()] == letters


def test_long_sentences_are_cut_between_words() -> None:
    cut = list(portions("word " * 500))
    assert len(cut) > 5
    assert " ".join(cut).split() == ["word"] * 500
