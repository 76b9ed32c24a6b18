"""Text that arrives in pieces, cut into sentences for the voice."""

import re

_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")
_LONGEST = 240
"""Characters after which a text without a full stop is cut at a blank: some 15 s of speech, a fair limit for
what is synthesised before the first of it can be heard."""


class SentenceSplitter:
    """Pieces of text in, whole sentences out, as early as they are known to be whole."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, piece: str) -> list[str]:
        """The sentences that `piece` completes. One is whole when the next has begun, or a blank follows it."""
        self._rest += piece
        *whole, self._rest = _END.split(self._rest)
        while len(self._rest) > _LONGEST:
            cut = self._rest.rfind(" ", 0, _LONGEST) + 1 or _LONGEST
            whole.append(self._rest[:cut])
            self._rest = self._rest[cut:]
        return [sentence.strip() for sentence in whole if sentence.strip()]

    def flush(self) -> list[str]:
        """The rest, when the text is over."""
        rest, self._rest = self._rest.strip(), ""
        return [rest] if rest else []
