"""Text from people and recognisers, as the plain words that the templates are made of.

Rule: no word and no sign that may carry a meaning vanishes. What has no words of its own stays as it is, and then
no template explains the sentence.
"""

import re
from collections.abc import Iterator

from tars.server.brains import written
from tars.server.brains.numbers import is_number_word
from tars.server.brains.spelling import AMERICAN, APART, HYPHENED, TOGETHER

_DIGIT_GROUPS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WORD = re.compile(
    r"""
    \d+/\d+(?![\d./])           # a fraction: 3/4
    | (?<![\d.])\.\d+           # a decimal without its zero
    | \d+(?:\.\d+)?
    | [^\W\d_]+(?:'[^\W\d_]+)*  # a word, in any alphabet
    | \*\* | [^\w\s] | _
    """,
    re.VERBOSE,
)
_SPLIT_DIGITS = re.compile(r"(?<=\d)(?=[^\W\d_°])|(?<=[^\W\d_])(?=\d)")
_SIGNS = {
    "%": ("percent",),
    "+": ("plus",),
    "*": ("times",),
    "×": ("times",),
    "÷": ("divided", "by"),
    "^": ("to", "the", "power", "of"),
    "**": ("to", "the", "power", "of"),
    "=": ("equals",),
    "°": ("degrees",),
    "√": ("square", "root", "of"),
    "π": ("pi",),
    "&": ("and",),
}
_PUNCTUATION = frozenset(".,?!;:")
_QUIET = frozenset("\"'`")
_FACTOR_ENDS = frozenset((")", "squared", "cubed", "factorial", "pi"))
NAME = "tars"


def words_of(text: str) -> list[str]:
    """Lower-case words in American spelling, signs as words, numbers as plain digits or as their words."""
    text = written.plain_signs(text)
    for rewrite in (
        written.initials_together,
        lambda text: _DIGIT_GROUPS.sub("", text),
        written.money_in_words,
        written.dates_in_words,
        written.clock_in_words,
        written.feet_in_words,
        written.ordinals_in_words,
        written.factorials_in_words,
        written.squares_in_words,
        _hyphens_in_words,
    ):
        text = rewrite(text)
    pieces = _WORD.findall(_SPLIT_DIGITS.sub(" ", text))
    return _together([word for index in range(len(pieces)) for word in _said(pieces, index)])


def without_name(words: list[str]) -> list[str]:
    """The words without "tars" at either end."""
    while words and words[0] == NAME:
        words = words[1:]
    while len(words) > 1 and words[-1] == NAME:
        words = words[:-1]
    return words


def _hyphens_in_words(text: str) -> str:
    """Hyphens between letters, or between digits and a word, join what are words of their own: "16-ounce"."""
    for (first, second), word in HYPHENED.items():
        text = re.sub(rf"\b{first}-{second}\b", word, text)
    return re.sub(r"(?<=[^\W\d_])-(?=\w)|(?<=\d)-(?=[^\W\d_])", " ", text)


def _said(pieces: list[str], index: int) -> Iterator[str]:
    """What one piece of a text says, between its neighbours."""
    piece = pieces[index]
    before = pieces[index - 1] if index else ""
    after = pieces[index + 1] if index + 1 < len(pieces) else ""
    if piece in _QUIET:
        return
    if piece in _PUNCTUATION:
        yield from _pause(piece, before, after)
    elif piece in ("(", ")"):
        if any(map(_is_numeric, pieces)):  # else they are around a mere remark
            yield piece
    elif piece == "-":
        if _is_numeric(before) or _is_numeric(after) or before == ")" or after == "(":
            yield "minus"  # else it is a dash
    elif piece == "x":
        yield "times" if _is_numeric(before) or before in _FACTOR_ENDS else piece
    elif piece == "/":
        yield from ("per",) if before.isalpha() and after.isalpha() else ("divided", "by")
    elif piece.startswith("."):
        yield f"0{piece}"
    else:
        yield from _SIGNS.get(piece) or APART.get(piece, AMERICAN.get(piece, piece)).split()


def _pause(sign: str, before: str, after: str) -> Iterator[str]:
    """A pause keeps apart what would read as one number: "twenty, five" is not 25, "1, 1/2" not 1.5."""
    if _is_numeric(before) and _is_numeric(after) and not (sign == "," and before.isdigit() and after.isdigit()):
        yield sign


def _is_numeric(piece: str) -> bool:
    return piece[:1].isdigit() or (piece[:1] == "." and len(piece) > 1) or is_number_word(piece)


def _together(words: list[str]) -> list[str]:
    out: list[str] = []
    for word in words:
        joined = TOGETHER.get((out[-1], word)) if out else None
        if joined:
            out[-1] = joined
        else:
            out.append(word)
    return out
