"""The way back from the words of a text to how it was written."""

import re
from functools import cached_property

from tars.server.brains.normalise import words_of

_AROUND = ' \t\n,;:!?"“”()'
_INITIALS = re.compile(r"(?:\w\.)+")


class WrittenText:
    """A text, its words, and where in the text they stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = words_of(text)

    def passage(self, first: int, last: int) -> str:
        """Return what is written for the words from `first` to before `last`, without punctuation around it.

        Whole chunks between spaces: of "7:30" either all of it or nothing.
        """
        start = max(index for index, words in enumerate(self._words_before) if words <= first)
        reached = min(words for words in self._words_before if words >= last)
        end = max(index for index, words in enumerate(self._words_before) if words == reached)
        passage = " ".join(self._chunks[start:end]).strip(_AROUND)
        last_chunk = passage.rpartition(" ")[2]
        return passage if _INITIALS.fullmatch(last_chunk) else passage.rstrip("." + _AROUND)

    @cached_property
    def _chunks(self) -> list[str]:
        return self.text.split()

    @cached_property
    def _words_before(self) -> list[int]:
        """How many words stand before each chunk, and how many there are."""
        counts = [len(words_of(" ".join(self._chunks[:index]))) for index in range(len(self._chunks))]
        return [*counts, len(self.words)]
