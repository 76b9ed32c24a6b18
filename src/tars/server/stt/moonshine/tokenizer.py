"""Moonshine's tokens: 32,768 pieces of text, and how a text falls into them.

The vocabulary was made by byte-pair encoding: a text begins as single characters, and the neighbours that together
are the piece with the lowest number become one, until no two of them are a piece. Characters that are no piece are
written as their UTF-8 bytes. A space belongs to the word behind it, and every text begins with one.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

START, END = 1, 2
"""The marks before a text and behind it."""
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
_BYTES = 3
"""The number of the piece that is the byte 0; 255 more follow."""
_PIECES = _BYTES + 256


class BadTokenizer(Exception):
    """The file is not a list of tokens; the text says why, in a few words."""


class Tokenizer:
    """The vocabulary, by number and by text."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.pieces: tuple[bytes, ...] = tuple(pieces)
        """What each token adds to a text, in UTF-8, with U+2581 for a space. The first three are marks, the next
        256 single bytes; some at the end are marks again."""
        self._numbers = {piece: number for number, piece in enumerate(self.pieces) if number >= _PIECES}

    def text(self, tokens: Iterable[int]) -> str:
        """Return the text of `tokens`, without space around it."""
        written = b"".join(self.pieces[token] for token in tokens if token > END)
        return written.decode(errors="replace").replace(_SPACE, " ").strip()

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of `text`, as Moonshine's training had them."""
        pieces = list(_SPACE + text.strip().replace(" ", _SPACE))
        while (best := self._lowest_pair(pieces)) is not None:
            pieces[best : best + 2] = [pieces[best] + pieces[best + 1]]
        return [number for piece in pieces for number in self._spell(piece)]

    def _lowest_pair(self, pieces: list[str]) -> int | None:
        """The place of the first two neighbours that make the piece with the lowest number."""
        found = [
            (number, place)
            for place in range(len(pieces) - 1)
            if (number := self._numbers.get((pieces[place] + pieces[place + 1]).encode())) is not None
        ]
        return min(found)[1] if found else None

    def _spell(self, piece: str) -> list[int]:
        encoded = piece.encode()
        number = self._numbers.get(encoded)
        return [_BYTES + byte for byte in encoded] if number is None else [number]


def read_tokenizer(path: Path) -> Tokenizer:
    """Read `tokenizer.bin`: each piece's length, and its bytes; lengths from 128 on have two bytes.

    Raises `BadTokenizer`.
    """
    data = path.read_bytes()
    pieces = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            if at == len(data):
                raise BadTokenizer("it ends within a length")
            length = length - 128 + 128 * data[at]
            at += 1
        if at + length > len(data):
            raise BadTokenizer("it ends within a piece")
        pieces.append(data[at : at + length])
        at += length
    if len(pieces) <= _PIECES:
        raise BadTokenizer(f"it has {len(pieces)} pieces")
    return Tokenizer(pieces)
