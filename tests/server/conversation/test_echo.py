"""What counts as the end of TARS's own words, heard again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.conversation.echo import OwnWords, resemblance, spoken_letters

REPLY = "It's 10:18 AM. The volume is 30%."


def own(text: str = REPLY, over_at: float = 100.0, window: float = 2.0, seconds: float = 4.0) -> OwnWords:
    words = OwnWords(window)
    words.spoken(text, over_at, seconds)
    return words


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("10:18 AM", "teneighteenam"),
        ("Ten eighteen, a.m.", "teneighteenam"),
        ("1,250", "twelvefifty"),
        ("30%", "thirtypercent"),
        ("It's 3.5 °C", "itsthreepointfivedegreesc"),
        ("", ""),
    ],
)
def test_text_is_compared_as_it_is_spoken(written: str, spoken: str) -> None:
    assert spoken_letters(written) == spoken


@pytest.mark.parametrize(
    "heard", ["volume is thirty percent", "Thirty percent.", "lume is 30%", "the volumes thirty percent"]
)
@pytest.mark.parametrize("began", [99.9, 100.0, 100.3])
def test_the_end_of_the_answer_is_an_echo(heard: str, began: float) -> None:
    assert own().are(heard, began, began + 1.0)


@pytest.mark.parametrize("heard", ["yes", "no", "what about tomorrow", "set the timer", "thank you", "stop"])
@pytest.mark.parametrize(("began", "sure"), [(100.0, True), (100.2, True), (100.2, False)])
def test_what_people_say_next_is_none(heard: str, began: float, sure: bool) -> None:
    assert not own().are(heard, began, began + 0.5, sure=sure)


@pytest.mark.parametrize("heard", ["dirty per cent", "or if he am", "the end"])
def test_what_is_under_way_at_once_and_no_command_is_an_echo_however_it_was_misheard(heard: str) -> None:
    assert own().are(heard, 100.05, 100.9)
    assert not own().are(heard, 100.05, 102.5)


def test_an_answer_that_is_shorter_than_the_loudspeaker_is_late_begins_late() -> None:
    assert own("I'm here.", seconds=0.7).are("I'm here.", 101.2, 101.9)
    assert not own("I'm here.", seconds=0.7).are("I'm here.", 101.4, 102.1)
    assert not own("I'm here. And there.", seconds=1.8).are("And there.", 101.2, 101.9)


@pytest.mark.parametrize(("began", "ended"), [(100.9, 101.5), (100.2, 102.3), (98.0, 99.0)])
def test_people_who_repeat_its_words_are_later_or_longer(began: float, ended: float) -> None:
    assert not own().are("the volume is thirty percent", began, ended)


def test_an_echo_in_two_pieces_goes_on_from_where_it_was() -> None:
    words = own()
    assert not words.are("thirty percent", 101.2, 101.8)
    assert words.are("the volume is", 100.0, 100.9)
    assert words.are("thirty percent", 101.2, 101.8)


def test_a_short_word_is_an_echo_only_at_the_very_end() -> None:
    assert not own("There is nothing now to do.").are("no", 100.0, 100.2, sure=True)
    assert own("There is nothing, no.").are("no", 100.0, 100.2, sure=True)


def test_without_a_window_or_an_answer_nothing_is_an_echo() -> None:
    assert not own(window=0.0).are("thirty percent", 100.0, 100.9)
    words = own()
    words.forget()
    assert not words.are("thirty percent", 100.0, 100.9)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_can_be_compared(one: str, other: str) -> None:
    assert 0.0 <= resemblance(one, spoken_letters(other)) <= 1.0


@given(st.text("abcdefghij 0123456789%.,:", min_size=5, max_size=60))
def test_what_is_heard_whole_resembles_itself(text: str) -> None:
    letters = spoken_letters(text)
    assert resemblance(text, letters) == (1.0 if letters else 0.0)
