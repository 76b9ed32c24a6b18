"""What binds Moonshine's search: exactly the sentences, in every way that Moonshine writes them."""

import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.stt.moonshine.constraint import KEPT_WAYS, GrammarConstraint
from tars.server.stt.moonshine.files import find_files
from tars.server.stt.moonshine.tokenizer import read_tokenizer
from tars.server.stt.moonshine.vocabulary import Vocabulary
from tests.server.brains.everything import GRAMMAR, UNDERSTANDING

TOKENIZER = read_tokenizer(find_files().tokenizer)
VOCABULARY = Vocabulary(TOKENIZER.pieces)
CONSTRAINT = GrammarConstraint(GRAMMAR.graph, VOCABULARY)
LONGEST = 120
"""Tokens: no sentence of today's skills is longer."""
_ODD = frozenset("0123456789,.?!;-%$:°+/x=\N{LOWER ONE EIGHTH BLOCK}")


def allows(text: str, constraint: GrammarConstraint = CONSTRAINT) -> bool:
    """Whether `text`, in Moonshine's own tokens, is a whole sentence of the constraint."""
    spot = constraint.start
    for token in TOKENIZER.tokens(text):
        if token not in constraint.allowed(spot).ids:  # type: ignore[operator]
            return False
        spot = constraint.advance(spot, token)
    return constraint.final(spot)


def any_text(constraint: GrammarConstraint, choices: Iterator[int]) -> str:
    """The text that `choices` (any integers) lead to; digits, signs and punctuation as often as all else."""
    spot = constraint.start
    tokens: list[int] = []
    while True:
        ids = constraint.allowed(spot).ids
        assert ids is not None
        odd = [token for token in ids if TOKENIZER.pieces[token].decode(errors="replace")[-1] in _ODD]
        ways: Sequence[int] = odd if odd and next(choices) % 2 else list(ids)
        choice = next(choices)
        if constraint.final(spot) and (choice % 4 == 0 or not ways or len(tokens) > LONGEST):
            return TOKENIZER.text(tokens)
        assert ways, f"{TOKENIZER.text(tokens)!r} is a dead end"
        tokens.append(ways[choice % len(ways)])
        spot = constraint.advance(spot, tokens[-1])


@given(seed=st.integers(0, 2**32))
def test_whatever_may_be_written_is_a_sentence_that_a_skill_understands(seed: int) -> None:
    rng = random.Random(seed)
    text = any_text(CONSTRAINT, iter(lambda: rng.randrange(1000), None))
    said = GRAMMAR.without_hotword(text)
    assert GRAMMAR.is_complete(text), text
    assert GRAMMAR.is_complete(said), said
    assert UNDERSTANDING.understand(said) is not None, said


@given(seed=st.integers(0, 2**32), capital=st.booleans(), end=st.sampled_from(["", ".", "?", "!"]))
def test_whatever_may_be_said_may_be_written_as_it_is_said(seed: int, capital: bool, end: str) -> None:
    rng = random.Random(seed)
    text = " ".join(GRAMMAR.graph.sentence(iter(lambda: rng.randrange(1000), None)))
    text = (text.capitalize() if capital else text) + end
    assert allows(text), text


@pytest.mark.parametrize(
    "text",
    [
        "What's 17 plus 25?",
        "Hey, Jarvis. What time is it?",
        "Hey Jarvis, what's yesterday's date?",
        "Jarvis! Stop.",
        "TARS, turn the volume up to 75%.",
        "Set humour to 70 per cent.",
        "How many days until the 14th of July?",
        "How many days until March twenty-first?",
        "How many days until December 21st?",
        "What's 1,250.5 times 3?",
        "Subtract 71,031 from 169.07.",
        "What's 5 x 8?",
        "What's 5+8?",
        "How much is forty-seven squared?",
        "Roll a 20-sided die.",
        "Throw five 39-sided dice.",
        "Roll a D20.",
        "What is -40 degrees Celsius in Fahrenheit?",
        "Convert 5 kilometres to miles!",
        "What's forty-gallons in liters?",
        "Goodbye.",
        "Good-bye.",
        "What's the weather like to-morrow?",
    ],
)
def test_allows_what_moonshine_writes(text: str) -> None:
    assert allows(text)


@pytest.mark.parametrize(
    "text",
    [
        "Set humor to 101%.",
        "Set humor to 7.5%.",
        "What's 1,00 plus 2?",
        "What's 007 plus 2?",
        "What's 5plus 2?",
        "Set a pasta",
        "What timeis it?",
        "whatTime is it?",
        "Time flies like an arrow.",
        "What's 17 plus,",
        "Roll a dye.",
        "What's seven - a hundred?",
        "What's six / eight?",
        "Roll two, twenty sided dice.",
        "",
    ],
)
def test_allows_nothing_else(text: str) -> None:
    assert not allows(text)


def test_every_cut_of_a_text_into_tokens_leads_to_the_same_place() -> None:
    whole = TOKENIZER.tokens("What time is it?")
    pieces = [VOCABULARY.token(part) for part in ("\N{LOWER ONE EIGHTH BLOCK}W", "h", "at")]
    assert None not in pieces
    spots = []
    for tokens in (whole, [*pieces, *whole[1:]]):
        spot = CONSTRAINT.start
        for token in tokens:
            assert token in CONSTRAINT.allowed(spot).ids  # type: ignore[operator]
            spot = CONSTRAINT.advance(spot, token)  # type: ignore[arg-type]
        spots.append(spot)
    assert spots[0] is spots[1]


@pytest.mark.parametrize(
    "text",
    [
        "What's two and a half times four?",
        "What's half of 50?",
        "What's three-quarters of 20?",
        "How much is minus 5 plus -3?",
        "What's point five times two?",
        "What's 0.5 times 2?",
        "What's two point oh five plus 1?",
        "What's nineteen eighty-four plus 1?",
        "What's 1984 plus 1?",
        "What's 1,000,000 minus 1?",
        "What's 2.5 million minus a million?",
        "How many feet are in half a mile?",
        "How many grams are in three quarters of a pound?",
        "What's two and a half miles in feet?",
        "Set a timer for three hours and ten minutes.",
        "Set a timer for 3 hours and 10 minutes.",
        "Set a timer for two and a half hours.",
    ],
)
def test_allows_the_numbers_that_the_brain_reads(text: str) -> None:
    assert allows(text)
    assert UNDERSTANDING.understand(text) is not None


def test_what_is_kept_is_bounded_and_what_was_said_once_is_allowed_again() -> None:
    constraint = GrammarConstraint(GRAMMAR.graph, VOCABULARY)
    rng = random.Random(0)
    texts = [any_text(constraint, iter(lambda: rng.randrange(1000), None)) for _ in range(40)]
    assert len(constraint._ways) == KEPT_WAYS
    assert all(allows(text, constraint) for text in texts if TOKENIZER.tokens(text))
    assert len(constraint._ways) == KEPT_WAYS


def test_what_was_visited_need_not_be_worked_out_when_it_is_said() -> None:
    constraint = GrammarConstraint(GRAMMAR.graph, VOCABULARY)
    constraint.visit(TOKENIZER.tokens("What time is it?"))
    made: list[object] = []
    constraint._work_out = made.append  # type: ignore[assignment, method-assign]
    assert allows("What time is it?", constraint)
    assert made == []


def test_a_visit_ends_where_the_text_leaves_the_sentences() -> None:
    constraint = GrammarConstraint(GRAMMAR.graph, VOCABULARY)
    constraint.visit(TOKENIZER.tokens("What time wombats?"))
    assert allows("What time is it?", constraint)
    assert not allows("What time wombats?", constraint)
