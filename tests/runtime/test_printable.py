"""Nothing from outside commands a terminal."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.runtime.printable import printable, printable_json

NASTY = ["\x1b[31m", "\x9b31m", "\u202e", "\u2066", "\x07", "\r", "\n", "\u2028", "\x7f", "\ud800", "\ufeff"]
texts = st.text(st.characters(codec=None)) | st.lists(st.sampled_from([*NASTY, "a", "[red]", "\\"])).map("".join)


def safe(text: str, allowed: str = "") -> bool:
    """By the categories of Unicode: no control, format, surrogate, private or unassigned character, no
    separator."""
    spaces = " " + allowed
    return all(char in spaces or unicodedata.category(char)[0] not in "CZ" for char in text)


@given(texts)
def test_what_is_shown_is_printable(text: str) -> None:
    assert safe(printable(text))
    assert safe(printable(text, keep="\n"), "\n")
    assert printable(printable(text)) == printable(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]) | st.just(" ")))
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\u202eb", r"a\u202eb"),
        ("\x9b", r"\x9b"),
        ("Küche 5 €", "Küche 5 €"),
        ("\ud800", r"\ud800"),
        ("\U000e0001", r"\U000e0001"),
    ],
)
def test_an_escape_can_be_read(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.dictionaries(texts, texts | st.lists(texts)))
def test_a_line_of_json_is_printable_and_means_the_same(value: dict[str, object]) -> None:
    line = printable_json(json.dumps(value, ensure_ascii=False))
    assert safe(line)
    assert json.loads(line) == value
