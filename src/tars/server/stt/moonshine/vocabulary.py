"""Moonshine's tokens as the constraint looks them up: by their text, and by the words that they begin to write."""

from collections.abc import Iterator, Sequence

import numpy as np

from tars.server.stt.moonshine import spellings
from tars.server.stt.moonshine.search import Ids
from tars.server.stt.moonshine.spellings import Needs, Words
from tars.server.stt.moonshine.threads import NUMBERS, Begun, Behind

_MARKS = 259
"""Tokens before the pieces of text: marks, and single bytes."""
SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
"""What stands for a space in a token."""


class Vocabulary:
    """The tokens by what they add to a text."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._ids: dict[str, int] = {}
        self._parts: dict[str, tuple[tuple[int, int], ...]] = {}
        self._begun: dict[tuple[Words, Behind], tuple[tuple[int, tuple[Begun]], ...]] = {}
        starting: list[int] = []
        going_on: list[int] = []
        for token, piece in enumerate(pieces[_MARKS:], start=_MARKS):
            text = piece.decode(errors="replace")
            self._ids[text] = token
            if _is_of_words(text):
                (starting if text.startswith(SPACE) else going_on).append(token)
        self.starting: Ids = np.array(starting, np.int32)
        """The tokens that begin a word, whatever it is."""
        self.going_on: Ids = np.array(going_on, np.int32)
        """The tokens that go on with a word, or end it with punctuation."""
        self.starts = frozenset(starting)
        self.lettered = np.array([number >= _MARKS and _has_letter(piece) for number, piece in enumerate(pieces)])
        """For each token, whether it has a letter or a digit in it: the others are signs."""
        self.size = len(pieces)

    def token(self, text: str) -> int | None:
        """The token that is exactly `text`."""
        return self._ids.get(text)

    def parts(self, text: str) -> tuple[tuple[int, int], ...]:
        """The tokens that `text` may begin with, each with its length."""
        parts = self._parts.get(text)
        if parts is None:
            found = ((self._ids.get(text[:length]), length) for length in range(1, len(text) + 1))
            parts = self._parts[text] = tuple((token, length) for token, length in found if token is not None)
        return parts

    def begun(self, words: Words, behind: Behind) -> tuple[tuple[int, tuple[Begun]], ...]:
        """The tokens with which `words` may be written right now, each with what it begins.

        They are the same in every state, and there are few words beside the states: so they are kept for good.
        """
        behind = _ALIKE.get(behind, behind)
        begun = self._begun.get((words, behind))
        if begun is None:
            begun = self._begun[words, behind] = tuple(
                (token, (form._replace(rest=form.rest[length:]),))
                for form in _forms(words, behind)
                for token, length in self.parts(form.rest)
            )
        return begun


def _has_letter(piece: bytes) -> bool:
    return any(map(str.isalnum, piece.decode(errors="replace")))


def _is_of_words(text: str) -> bool:
    letters = text.removeprefix(SPACE)
    return all(letter.isalnum() or letter in "'’,.?!-:%" for letter in letters) and len(letters) < 30


_ALIKE = {
    **dict.fromkeys((Behind.START, Behind.SIGN, Behind.LETTER, Behind.PUNCTUATION), Behind.WORD),
    Behind.HOUR: Behind.DIGITS,
}
"""Behind these the same forms may stand as behind those."""


def _forms(words: Words, behind: Behind) -> Iterator[Begun]:
    """The forms of `words` with what stands before them."""
    for form in spellings.forms(words):
        numeric = spellings.is_numeric(form, words)
        if (behind is Behind.PAUSE and numeric) or not _fits(spellings.needs(form, words), behind):
            continue
        then = _then(form, words, numeric=numeric)
        for joined in _joined(form, words, behind):
            yield Begun(joined, words, then)
            if then is Behind.SIGN and spellings.is_sign(form):  # "%." is one token
                for sign in ",.?":
                    yield Begun(joined + sign, words, Behind.PUNCTUATION)


def _fits(needs: Needs | None, behind: Behind) -> bool:
    match needs:
        case Needs.NUMBER:
            return behind in NUMBERS
        case Needs.DIGITS:
            return behind in (Behind.DIGITS, Behind.HOUR)
        case _:
            return True


def _then(form: str, words: Words, *, numeric: bool) -> Behind:
    if spellings.needs(form, words) is Needs.DIGITS_BEHIND:
        return Behind.MINUS
    if spellings.is_sign(form):
        return Behind.SIGN
    if len(form) == 1 and form.isalpha():
        return Behind.LETTER
    return Behind.NUMBER if numeric else Behind.WORD


def _joined(form: str, words: Words, behind: Behind) -> Iterator[str]:
    """A form with what stands between it and the words before."""
    form = form.replace(" ", SPACE)
    yield SPACE + form
    behind_digits = behind in (Behind.DIGITS, Behind.HOUR)
    if behind_digits and spellings.glued(form, words):
        yield form
    if (behind_digits or behind is Behind.NUMBER) and spellings.hyphened(form, words, behind_digits=behind_digits):
        yield f"-{form}"
