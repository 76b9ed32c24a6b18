"""The simplest constraint: a list of sentences, in any way that tokens spell them."""

from collections.abc import Iterable
from functools import cache

import numpy as np

from tars.server.stt.moonshine.search import Allowed
from tars.server.stt.moonshine.tokenizer import Tokenizer

_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"


class Sentences:
    """A `Constraint` whose states are what has been written of a sentence."""

    def __init__(self, tokenizer: Tokenizer, sentences: Iterable[str]) -> None:
        self.start = b""
        self._pieces = tokenizer.pieces
        self._sentences = [(_SPACE + sentence.replace(" ", _SPACE)).encode() for sentence in sentences]
        self.allowed = cache(self._allowed)

    def advance(self, state: bytes, token: int) -> bytes:
        return state + self._pieces[token]

    def final(self, state: bytes) -> bool:
        return state in self._sentences

    def _allowed(self, state: bytes) -> Allowed:
        rests = [sentence[len(state) :] for sentence in self._sentences if sentence.startswith(state)]
        ids = [
            token
            for token, piece in enumerate(self._pieces)
            if token > 2 and piece and any(rest.startswith(piece) for rest in rests)
        ]
        return Allowed(np.array(ids, np.int32))
