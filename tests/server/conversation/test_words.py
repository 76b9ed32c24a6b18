"""End phrases and sentences: text, without a conversation around it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.conversation.end_phrases import DEFAULT_END_PHRASES, EndPhrases
from tars.server.conversation.sentences import SentenceSplitter


@pytest.mark.parametrize("text", ["goodbye", "Good bye.", "  BYE,  bye! ", "That's all", "thats all", "góodbye"])
def test_a_whole_utterance_ends_the_conversation(text: str) -> None:
    assert EndPhrases(DEFAULT_END_PHRASES).match(text)


@pytest.mark.parametrize("text", ["", "goodbye yellow brick road", "say goodbye", "is that all", "by"])
def test_anything_else_does_not(text: str) -> None:
    assert not EndPhrases(DEFAULT_END_PHRASES).match(text)


def split(*pieces: str) -> list[str]:
    splitter = SentenceSplitter()
    return [sentence for piece in pieces for sentence in splitter.feed(piece)] + splitter.flush()


def test_a_sentence_is_ready_as_soon_as_the_next_begins() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed("It is noon. An") == ["It is noon."]
    assert splitter.feed("d you are late!") == []
    assert splitter.flush() == ["And you are late!"]


def test_points_within_words_end_no_sentence() -> None:
    assert split("It is 3.5 miles. That is 5.6 kilometres.") == ["It is 3.5 miles.", "That is 5.6 kilometres."]


@given(st.text(alphabet="ab .!?\n", max_size=600), st.lists(st.integers(0, 600), max_size=8))
def test_nothing_is_lost_or_moved_wherever_the_text_is_cut(text: str, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(places)]
    sentences = split(*pieces)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(len(sentence) <= 240 for sentence in split("a" * 200 + " " + "b" * 500))
