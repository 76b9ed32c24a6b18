"""What ends a conversation when it is all that is said."""

import re
import unicodedata
from collections.abc import Iterable

DEFAULT_END_PHRASES = (
    "goodbye",
    "good bye",
    "bye",
    "bye bye",
    "goodbye tars",
    "bye tars",
    "good night",
    "that is all",
    "that's all",
    "that will be all",
    "stop listening",
    "never mind",
)


class EndPhrases:
    """Matches whole utterances alone: "say goodbye to my friends" ends nothing."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = frozenset(map(_bare, phrases))

    def match(self, text: str) -> bool:
        """Whether `text`, apart from case, accents and punctuation, is one of the phrases."""
        return _bare(text) in self._phrases


def _bare(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w\s]|_", "", letters).split())
