from pathlib import Path

import pytest

from tars.server.stt.moonshine.files import find_files
from tars.server.stt.moonshine.tokenizer import END, START, BadTokenizer, Tokenizer, read_tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return read_tokenizer(find_files().tokenizer)


@pytest.mark.parametrize(
    "text",
    [
        "What's 17 plus 25?",
        "Set the volume to 75%.",
        "It's 5'11\", or 20 °C – café, naïve.",
        "two  spaces",
        "日本 \N{MUSICAL SYMBOL G CLEF}",  # characters that are pieces, and one that is four bytes
        "",
    ],
)
def test_a_text_survives_its_tokens(tokenizer: Tokenizer, text: str) -> None:
    tokens = tokenizer.tokens(text)
    assert tokenizer.text(tokens) == text
    assert tokenizer.text([START, *tokens, END]) == text


def test_frequent_words_are_one_token_and_begin_with_their_space(tokenizer: Tokenizer) -> None:
    pieces = [tokenizer.pieces[token].decode() for token in tokenizer.tokens("What time is it?")]
    assert pieces == ["▁What", "▁time", "▁is", "▁it", "?"]


def test_half_a_character_does_not_break_a_text(tokenizer: Tokenizer) -> None:
    assert tokenizer.text(tokenizer.tokens("\N{MUSICAL SYMBOL G CLEF}")[:-1]) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "it has 0 pieces"),
        (b"\x01a\x05abc", "it ends within a piece"),
        (b"\x01a\x85", "it ends within a length"),
        (b"\x01a" * 259, "it has 259 pieces"),
    ],
)
def test_what_is_no_list_of_tokens_is_told(tmp_path: Path, data: bytes, complaint: str) -> None:
    path = tmp_path / "tokenizer.bin"
    path.write_bytes(data)
    with pytest.raises(BadTokenizer, match=complaint):
        read_tokenizer(path)


def test_long_pieces_have_two_bytes_of_length(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.bin"
    path.write_bytes(b"\x01a" * 259 + bytes([128 + 300 % 128, 300 // 128]) + b"x" * 300)
    assert read_tokenizer(path).pieces[-1] == b"x" * 300
