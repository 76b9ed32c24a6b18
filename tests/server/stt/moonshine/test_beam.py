"""The beam by itself, on tables of logits instead of a network."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from tars.runtime.onnx import Floats
from tars.server.stt.moonshine.beam import Beam, FreeText, sound_of
from tars.server.stt.moonshine.network import Past, log_sum_exp
from tars.server.stt.moonshine.search import Allowed, SearchPolicy
from tars.server.stt.moonshine.tokenizer import END, Tokenizer

A, B, AB, C, BA = 259, 260, 261, 262, 263
VOCABULARY = Tokenizer([b""] * 259 + [b"a", b"b", b"ab", b"c", b"ba"])
NOTHING_TO_LOSE = -math.inf


class Letters:
    """A constraint whose states are the tokens so far, spelled out."""

    start = ""

    def __init__(self, follow: Mapping[str, Allowed], final: Sequence[str]) -> None:
        self._follow = follow
        self._final = final

    def allowed(self, state: str) -> Allowed:
        return self._follow.get(state, tokens())

    def advance(self, state: str, token: int) -> str:
        return state + VOCABULARY.pieces[token].decode()

    def final(self, state: str) -> bool:
        return state in self._final


def tokens(*ids: int, prices: float = 0.0) -> Allowed:
    return Allowed(np.array(ids, np.int32), prices)


def logits(**probabilities: float) -> Floats:
    """One row; what is not named has almost no probability. `end` is the end."""
    row = np.full(len(VOCABULARY.pieces), 1e-9)
    names = {"a": A, "b": B, "ab": AB, "c": C, "ba": BA, "end": END}
    for name, probability in probabilities.items():
        row[names[name]] = probability
    scores: Floats = np.log(row).astype(np.float32) + 3  # logits are free in a constant
    return scores[None]


def extend(beam: Beam[str], rows: Floats, at_least: float = NOTHING_TO_LOSE) -> list[int]:
    return beam.extend(rows, log_sum_exp(rows), at_least)


def test_only_what_is_allowed_is_followed_however_probable_the_rest_is() -> None:
    beam = Beam(Letters({"": tokens(A, B)}, ["a", "b"]), VOCABULARY, width=8)
    assert extend(beam, logits(c=0.9, a=0.01, b=0.02)) == [0, 0]
    assert [row.tokens for row in beam.rows] == [(B,), (A,)]
    assert beam.rows[0].score == pytest.approx(math.log(0.02 / 0.93), abs=1e-4)


def test_the_best_whole_text_wins_also_where_it_is_not_the_most_probable_beginning() -> None:
    constraint = Letters({"": tokens(A, B)}, ["a", "b"])
    beam = Beam(constraint, VOCABULARY, width=8)
    extend(beam, logits(a=0.6, b=0.4))
    assert extend(beam, np.concatenate((logits(end=0.1, c=0.9), logits(end=0.9, c=0.1)))) == []
    assert beam.best is not None
    assert (beam.best.tokens, beam.best.ended) == ((B,), True)
    assert beam.best.score == pytest.approx(math.log(0.4 * 0.9), abs=1e-4)


def test_a_text_may_end_only_where_the_constraint_lets_it() -> None:
    beam = Beam(Letters({"": tokens(A)}, ["a"]), VOCABULARY, width=8)
    extend(beam, logits(end=0.9, a=0.1))
    assert beam.best is None


def test_no_more_rows_than_the_width_and_they_are_the_best() -> None:
    beam = Beam(Letters({"": tokens(A, B, C)}, []), VOCABULARY, width=2)
    extend(beam, logits(a=0.2, b=0.5, c=0.3))
    assert [row.state for row in beam.rows] == ["b", "c"]


def test_the_same_text_in_other_tokens_takes_no_second_row() -> None:
    beam = Beam(Letters({"": tokens(A, AB), "a": tokens(BA, C), "ab": tokens(A)}, []), VOCABULARY, width=2)
    extend(beam, logits(a=0.6, ab=0.4))
    assert extend(beam, np.concatenate((logits(ba=0.8, c=0.2), logits(a=1.0)))) == [0, 0]
    assert [(row.state, row.tokens) for row in beam.rows] == [("aba", (A, BA)), ("ac", (A, C))]


class Places:
    """A constraint whose states are places in a sentence, which several spellings lead to."""

    start = ""

    def __init__(self, places: Mapping[tuple[str, int], str], final: Sequence[str] = ()) -> None:
        self._places = places
        self._final = final

    def allowed(self, state: str) -> Allowed:
        return tokens(*sorted(token for place, token in self._places if place == state))

    def advance(self, state: str, token: int) -> str:
        return self._places[state, token]

    def final(self, state: str) -> bool:
        return state in self._final


SPELLINGS = Tokenizer([b""] * 259 + [b"Hey", b"hey", b",", b"\xe2\x96\x81you", b"1"])
HEY, LOWER, COMMA, YOU, ONE = range(259, 264)
PLACES = {
    ("", HEY): "hey",
    ("hey", COMMA): "hey,",
    ("hey", YOU): "you",
    ("hey,", YOU): "you",
    ("you", ONE): "one",
}


def spell(beam: Beam[str], *rows: Mapping[int, float]) -> list[int]:
    table = np.full((len(rows), len(SPELLINGS.pieces)), 1e-9)
    for row, probabilities in zip(table, rows, strict=True):
        row[list(probabilities)] = list(probabilities.values())
    scores: Floats = np.log(table).astype(np.float32)
    return beam.extend(scores, log_sum_exp(scores), NOTHING_TO_LOSE)


def test_the_same_words_in_another_spelling_take_no_second_row_also_a_token_later() -> None:
    beam = Beam(Places({**PLACES, ("", LOWER): "hey"}), SPELLINGS, width=8)
    spell(beam, {HEY: 0.6, LOWER: 0.4})
    assert [row.text for row in beam.rows] == [b"Hey"]
    spell(beam, {COMMA: 0.3, YOU: 0.7})
    assert [row.state for row in beam.rows] == ["you", "hey,"]
    spell(beam, {ONE: 1.0}, {YOU: 1.0})
    assert [row.tokens for row in beam.rows] == [(HEY, YOU, ONE)]


def test_the_better_spelling_is_followed_also_where_it_comes_later() -> None:
    beam = Beam(Places(PLACES), SPELLINGS, width=8)
    spell(beam, {HEY: 1.0})
    spell(beam, {COMMA: 0.9, YOU: 0.1})
    spell(beam, {YOU: 1.0}, {ONE: 1.0})
    assert [row.tokens for row in beam.rows] == [(HEY, COMMA, YOU), (HEY, YOU, ONE)]


def test_punctuation_is_no_other_spelling_of_the_words_before_it() -> None:
    beam = Beam(Places({("", HEY): "said", ("said", COMMA): "said", ("said", YOU): "said"}), SPELLINGS, width=2)
    spell(beam, {HEY: 1.0})
    spell(beam, {COMMA: 0.9, YOU: 0.1})
    assert [row.tokens for row in beam.rows] == [(HEY, COMMA), (HEY, YOU)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (" Hey, Jarvis! What", " hey jarvis what"),
        ("\u2581Hey,\u2581Jarvis", "Hey\u2581Jarvis"),
        ("forty-seven percent.", "forty seven percent"),
    ],
)
def test_spellings_of_the_same_words_have_the_same_sound(one: str, other: str) -> None:
    assert sound_of(one.encode()) == sound_of(other.encode())


@pytest.mark.parametrize(("one", "other"), [("1.5", "15"), ("20 5", "205"), ("7-5", "75"), ("is -5", "is 5")])
def test_punctuation_that_makes_another_number_is_heard(one: str, other: str) -> None:
    assert sound_of(one.encode()) != sound_of(other.encode())


def test_a_faint_whole_text_neither_ends_the_search_nor_wins_against_a_longer_clear_one() -> None:
    constraint = Letters({"": tokens(A), "a": tokens(B), "ab": tokens(C)}, ["a", "abc"])
    beam = Beam(constraint, VOCABULARY, width=8, rivalry=1.0, faintest=-1.0)
    extend(beam, logits(a=0.3, c=0.7))
    assert extend(beam, logits(end=0.3, b=0.08, c=0.62)) == [0]  # "a" ends at -2.4: it is short, and faint
    assert extend(beam, logits(c=1.0)) == [0]  # at -3.7, far below it
    extend(beam, logits(end=1.0))
    assert beam.best is not None
    assert beam.best.tokens == (A, B, C)
    assert beam.rivals == []


def test_a_faint_whole_text_is_found_where_there_is_no_other() -> None:
    beam = Beam(Letters({"": tokens(A)}, ["a"]), VOCABULARY, width=8, faintest=-1.0)
    extend(beam, logits(a=0.01, c=0.99))
    extend(beam, logits(end=1.0))
    assert beam.best is not None
    assert beam.best.tokens == (A,)


def test_the_past_of_a_row_goes_with_it() -> None:
    past = Past((np.arange(3, dtype=np.float32), np.arange(3, dtype=np.float32) * 10))
    for numbers in ([0, 1, 2], [2, 0, 1], [1, 1, 1], [1], [0, 0, 1, 2]):
        rows, tens = past.rows(numbers).arrays
        assert (rows.tolist(), tens.tolist()) == (numbers, [10 * number for number in numbers])


def test_what_can_no_longer_win_is_given_up() -> None:
    constraint = Letters({"": tokens(A, B), "a": tokens(C), "b": tokens(C)}, ["a"])
    beam = Beam(constraint, VOCABULARY, width=8)
    extend(beam, logits(a=0.9, b=0.1))
    after = np.concatenate((logits(end=0.8, c=0.2), logits(c=1.0)))
    assert extend(beam, after) == []  # "a" stands at 0.72, "ac" at 0.18 and "bc" at 0.1
    assert beam.best is not None


@pytest.mark.parametrize(("rivalry", "rivals"), [(0.0, []), (1.5, [(A, C)]), (3.0, [(A, C), (B, C)])])
def test_texts_hardly_less_probable_than_the_best_one_are_its_rivals(
    rivalry: float, rivals: list[tuple[int, ...]]
) -> None:
    constraint = Letters({"": tokens(A, B), "a": tokens(C), "b": tokens(C)}, ["a", "ac", "bc"])
    beam = Beam(constraint, VOCABULARY, 8, rivalry)
    extend(beam, logits(a=0.9, b=0.1))
    rows = extend(beam, np.concatenate((logits(end=0.8, c=0.2), logits(c=1.0))))
    if rows:  # "a" stands at 0.72, "ac" at 0.18 and "bc" at 0.1
        extend(beam, logits(end=1.0).repeat(len(rows), axis=0))
    assert beam.best is not None
    assert beam.best.tokens == (A,)
    assert [rival.tokens for rival in beam.rivals] == rivals


@pytest.mark.parametrize(("rivalry", "rivals"), [(1.0, []), (3.0, [(B,)])])
def test_a_whole_text_that_is_left_far_behind_is_no_rival(rivalry: float, rivals: list[tuple[int, ...]]) -> None:
    beam = Beam(Letters({"": tokens(A, B)}, ["a", "b"]), VOCABULARY, 8, rivalry)
    extend(beam, logits(a=0.9, b=0.1))
    extend(beam, np.concatenate((logits(end=1.0), logits(end=1.0))))  # 0.9 and 0.1: 2.2 apart
    assert [rival.tokens for rival in beam.rivals] == rivals


def test_what_is_hopelessly_below_the_free_text_is_given_up() -> None:
    beam = Beam(Letters({"": tokens(A, B)}, []), VOCABULARY, width=8)
    assert extend(beam, logits(a=1e-8, b=1e-3, c=1.0), at_least=-10) == [0]
    assert [row.state for row in beam.rows] == ["b"]


def test_prices_are_paid_and_an_open_slot_takes_every_token_but_the_marks() -> None:
    prices = np.zeros(len(VOCABULARY.pieces), np.float32)
    prices[A] = -5
    beam = Beam(Letters({"": Allowed.every(prices)}, []), VOCABULARY, width=2)
    extend(beam, logits(end=0.5, a=0.3, b=0.1, c=0.1))
    assert [row.state for row in beam.rows] == ["b", "c"]
    beam = Beam(Letters({"": tokens(A, prices=-2.0)}, []), VOCABULARY, width=2)
    extend(beam, logits(a=1.0))
    assert beam.rows[0].score == pytest.approx(-2, abs=1e-3)


def test_the_free_text_goes_on_until_its_end_or_until_it_goes_round() -> None:
    free = FreeText()
    for row in (logits(a=0.6, b=0.4), logits(end=0.5, b=0.3)):
        free.extend(row[0], log_sum_exp(row)[0])
    assert free.over
    assert (free.found.tokens, free.found.ended) == ((A,), True)
    assert free.found.score == pytest.approx(math.log(0.6 * 0.5 / 0.8), abs=1e-4)
    free = FreeText()
    for _ in range(50):
        if not free.over:
            free.extend(logits(c=1.0)[0], np.float32(3))
    assert (len(free.found.tokens), free.found.ended) == (12, False)


def test_short_audio_has_room_for_a_few_tokens() -> None:
    policy = SearchPolicy()
    assert policy.limit(0.1) == policy.fewest_tokens
    assert policy.limit(10.0) == 65


def test_the_sum_over_a_vocabulary_is_exact_enough_and_does_not_overflow() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(0, 8, (9, 32_768)).astype(np.float32) + np.float32(200)
    exact = np.log(np.exp(rows.astype(np.float64) - 200).sum(axis=1)) + 200
    assert log_sum_exp(rows) == pytest.approx(exact, abs=1e-3)
    assert log_sum_exp(rows).dtype == np.float32
