"""Where a text may be cut, so that its first words are heard before its last ones are made. Pure."""

import re
from collections.abc import Iterator

SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:Mr|Mrs|Ms|Dr|Prof|Mt|St|No|vs|approx|e\.g|i\.e|etc|[A-Z])\.$")
"""A full stop that ends no sentence: "Dr. Smith"."""
_CLAUSE_END = re.compile(r"(?<=[,;:–—])\s+|\s+(?=(?:and|but|or|because|which|while|so|then) )")
_SHORTEST = 12
"""Characters of a first piece: the breath after "Yes," would be longer than the word."""


def sentences(text: str) -> Iterator[str]:
    """The text sentence by sentence."""
    begun = 0
    for end in SENTENCE_END.finditer(text):
        if _ABBREVIATED.search(text[begun : end.start()]):
            continue
        if sentence := text[begun : end.start()].strip():
            yield sentence
        begun = end.end()
    if rest := text[begun:].strip():
        yield rest


def portions(text: str, longest: int) -> Iterator[str]:
    """The text in whole sentences, and those that are longer than `longest` characters in clauses.

    A sentence without a clause that is short enough is cut at a blank, a word that is longer anywhere.
    """
    for sentence in sentences(text):
        rest = sentence
        while len(rest) > longest:
            cut = _cut(rest, longest)
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        if rest:
            yield rest


def _cut(text: str, longest: int) -> int:
    ends = [found.start() for found in _CLAUSE_END.finditer(text) if _SHORTEST <= found.start() <= longest]
    return ends[-1] if ends else text.rfind(" ", 1, longest) + 1 or longest
