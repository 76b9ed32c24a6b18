"""Text as people and recognisers write it, in the words of the templates; nothing of it lost."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.normalise import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What's 17 plus 25?", "what's 17 plus 25"),
        ("It\u2019s 75%.", "it's 75 percent"),
        ("75 per cent", "75 percent"),
        ("the 14th", "the fourteenth"),
        ("December 25th", "december twenty fifth"),
        ("a 20-sided die", "a 20 sided die"),
        ("a 16-ounce steak", "a 16 ounce steak"),
        ("seventy-five", "seventy five"),
        ("To-morrow", "tomorrow"),
        ("un-mute", "unmute"),
        ("Good-bye!", "goodbye"),
        ("humour", "humor"),
        ("20 kilometres", "20 kilometers"),
        ("whats the time", "what's the time"),
        ("nevermind", "never mind"),
        ("$20", "20 dollars"),
        ("20 \u20ac", "20 euros"),
        ("$2.5 million", "2.5 million dollars"),
        ("5'11\"", "5 feet 11 inches"),
        ("5\u201911\u201d", "5 feet 11 inches"),
        ("6' tall", "6 feet tall"),
        ('12" long', "12 inches long"),
        ("1,000,000", "1000000"),
        ("1,000.5", "1000.5"),
        ("7:30 p.m.", "7 30 pm"),
        ("7:05 a.m", "7 oh 5 am"),
        ("at 7:00", "at 7 o'clock"),
        ("20\u00b0C", "20 degrees c"),
        ("20 \u2103", "20 degrees c"),
        ("3x4", "3 times 4"),
        ("3 \u00d7 4 \u00f7 2", "3 times 4 divided by 2"),
        ("2^8 and 2**8", "2 to the power of 8 and 2 to the power of 8"),
        ("5\u00b2 plus 2\u00b3", "5 squared plus 2 cubed"),
        ("10\u207b\u00b9\u00b2", "10 to the power of minus 12"),
        ("\u00bd + 2\u00bd", "1/2 plus 2 1/2"),
        (".5 + .5", "0.5 plus 0.5"),
        ("well...5", "well 5"),
        ("-5 - -3", "minus 5 minus minus 3"),
        ("5-6=", "5 minus 6 equals"),
        ("five - three", "five minus three"),
        ("\u22125\u20133", "minus 5 minus 3"),
        ("stop - please", "stop please"),
        ("10/2", "10/2"),
        ("10 / 2.5", "10 divided by 2.5"),
        ("100 km/h", "100 km per h"),
        ("(2+3)*4", "( 2 plus 3 ) times 4"),
        ("what time is it (please)", "what time is it please"),
        ("5! + 1", "5 factorial plus 1"),
        ("it is 5!", "it is 5"),
        ("3, 7, and 24", "3 7 and 24"),
        ("sum of twenty, five", "sum of twenty , five"),
        ("thanks \U0001f600", "thanks"),
        ("a caf\u00e9", "a cafe"),
    ],
)
def test_written_forms_become_words(text: str, words: str) -> None:
    assert words_of(text) == words.split()


@pytest.mark.parametrize("sign", ["#", "@", "~", "_", "\u266a", "<", "\u2248", "\u00b1", "\\", "y", "$"])
def test_a_sign_without_words_stays_and_so_refuses_the_sentence(sign: str) -> None:
    assert words_of(f"5 {sign} five") in (["5", sign, "five"], ["5", "dollars", "five"])


def test_x_is_times_only_behind_a_factor() -> None:
    assert words_of("x plus 5") == ["x", "plus", "5"]
    assert words_of("4 squared x five") == ["4", "squared", "times", "five"]


@given(st.text(string.printable + "\u00bd\u00b2\u00b0\u2019\u2014\u266a\u00e9\u0663", max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    assert all(word and not word.isspace() for word in words_of(text))


@given(
    st.lists(st.sampled_from(["what", "is", "17", "2.5", "3/4", "plus", "percent", "fourteenth", "("]), max_size=8)
)
def test_words_of_its_own_output_change_nothing(words: list[str]) -> None:
    once = words_of(" ".join(words))
    assert words_of(" ".join(once)) == once
