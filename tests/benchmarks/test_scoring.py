import pytest

from benchmarks._scoring import Fate, Intent, Result, intent_of, plain, share, word_error_rate, word_errors

TIME: Intent = ("time", ())
DATE: Intent = ("date", ())


def result(
    heard: str | None, meant: Intent | None, taken: Intent | None, *, doubtful: bool = False, changes: bool = False
) -> Result:
    return Result("what time is it", heard, meant, taken, doubtful=doubtful, changes=changes)


@pytest.mark.parametrize(
    ("heard", "meant", "taken", "fate"),
    [
        ("What time is it?", TIME, TIME, Fate.RIGHT),
        ("What date is it?", TIME, DATE, Fate.OTHER),
        ("What date is it?", None, DATE, Fate.OTHER),
        ("Water mist.", TIME, None, Fate.REFUSED),
        ("", TIME, None, Fate.REFUSED),
        ("Some talk.", None, None, Fate.REFUSED),
        (None, TIME, None, Fate.SILENT),
    ],
)
def test_what_became_of_what_was_said(heard: str | None, meant: Intent, taken: Intent, fate: Fate) -> None:
    assert result(heard, meant, taken).fate is fate


def test_only_another_command_that_is_not_asked_back_does_harm() -> None:
    assert result("Louder.", TIME, DATE, changes=True).harm
    assert not result("Louder.", TIME, DATE, changes=True, doubtful=True).harm
    assert not result("Louder.", TIME, DATE).harm
    assert not result("What time is it?", TIME, TIME, changes=True).harm


def test_a_share_is_in_percent_and_nothing_has_none() -> None:
    results = [result("What time is it?", TIME, TIME), result(None, TIME, None)]
    assert share(results, Fate.RIGHT) == 50
    assert share([], Fate.RIGHT) == 0


def test_intents_are_equal_whatever_the_order_and_the_type_of_their_slots() -> None:
    assert intent_of("sum", {"left": 1, "right": 2}) == intent_of("sum", {"right": "2", "left": "1"})
    assert intent_of("sum", {"left": 1}) != intent_of("sum", {"left": 2})


def test_words_are_compared_without_their_writing() -> None:
    assert plain("What's 5 of Twenty-one? 10%!") == ["what's", "five", "of", "twenty", "one", "ten", "percent"]
    assert plain("Mr. Dashwood") == plain("mister dashwood")


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a c", 1),
        ("a b c", "a x b c", 1),
        ("a b c", "a x c", 1),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("a b c d", "b c d e", 2),
    ],
)
def test_word_errors(said: str, heard: str, errors: int) -> None:
    assert word_errors(said.split(), heard.split()) == errors


def test_the_error_rate_is_of_all_words_and_not_the_mean_of_the_sentences() -> None:
    assert word_error_rate([("one", "won"), ("a b c", "a b c")]) == 25
    assert word_error_rate([]) == 0
