"""The hotword, and anything behind it: on a vocabulary of six tokens."""

import pytest

from tars.server.brains.patterns import Then, Word
from tars.server.brains.sentence_graph import SentenceGraph
from tars.server.stt.hotword_constraint import HotwordConstraint
from tars.server.stt.moonshine.constraint import GrammarConstraint
from tars.server.stt.moonshine.vocabulary import SPACE, Vocabulary

PIECES = (f"{SPACE}Hey", f"{SPACE}Jarvis", "!", ",", f"{SPACE}tails", f"{SPACE}...")
VOCABULARY = Vocabulary((b"",) * 259 + tuple(piece.encode() for piece in PIECES))
HOTWORD = GrammarConstraint(SentenceGraph(Then((Word("hey"), Word("jarvis"))), {}), VOCABULARY)


def is_final(text: tuple[str, ...], *, alone: bool) -> bool:
    constraint = HotwordConstraint(HOTWORD, VOCABULARY, alone=alone)
    state = constraint.start
    for piece in text:
        token = VOCABULARY.token(piece)
        assert token is not None
        ids = constraint.allowed(state).ids
        assert ids is None or token in ids
        state = constraint.advance(state, token)
    return constraint.final(state)


@pytest.mark.parametrize("signs", [(), ("!",), (",", f"{SPACE}...")])
def test_the_hotword_and_signs_behind_it_are_the_hotword_alone(signs: tuple[str, ...]) -> None:
    text = (f"{SPACE}Hey", f"{SPACE}Jarvis", *signs)
    assert is_final(text, alone=True)
    assert not is_final(text, alone=False)


@pytest.mark.parametrize("signs", [(), (",",), ("!", f"{SPACE}...")])
def test_a_word_behind_the_hotword_is_what_was_said(signs: tuple[str, ...]) -> None:
    text = (f"{SPACE}Hey", f"{SPACE}Jarvis", *signs, f"{SPACE}tails")
    for said in (text, (*text, "!")):
        assert is_final(said, alone=True)
        assert is_final(said, alone=False)


def test_the_hotword_is_not_done_in_its_middle() -> None:
    assert not is_final((f"{SPACE}Hey",), alone=True)
