"""Where a text is cut for a voice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.tts.clauses import portions, sentences


def test_sentences_one_by_one() -> None:
    assert list(sentences('It is 3.5. "Really?" Yes!  Fine… good')) == [
        "It is 3.5.",
        '"Really?',
        "Yes!",
        "Fine…",
        "good",
    ]
    assert list(sentences("  ")) == []


@given(st.text())
def test_portions_are_short_and_lose_no_word(text: str) -> None:
    cut = list(portions(text, 400))
    assert all(0 < len(portion) <= 400 for portion in cut)
    letters = [char for char in text if char.isalnum()]
    assert [char for portion in cut for char in portion if char.isalnum()] == letters


def test_long_sentences_are_cut_between_words() -> None:
    cut = list(portions("word " * 500, 400))
    assert len(cut) > 5
    assert " ".join(cut).split() == ["word"] * 500


@pytest.mark.parametrize(
    "text", ["Dr. Smith is here.", "It is e.g. this one.", "No. 5 is alive.", "J. R. Hartley wrote."]
)
def test_a_full_stop_of_an_abbreviation_ends_no_sentence(text: str) -> None:
    assert list(sentences(text)) == [text]


def test_long_sentences_are_cut_at_clauses() -> None:
    text = "I heard you, and I have no answer to that, because nobody has told me what a cubit is."
    assert list(portions(text, 60)) == [
        "I heard you, and I have no answer to that,",
        "because nobody has told me what a cubit is.",
    ]


def test_a_first_piece_is_no_single_word() -> None:
    text = "Yes, that would be a rather long walk for somebody of your age"
    assert next(portions(text, 40)) == "Yes, that would be a rather long walk"
