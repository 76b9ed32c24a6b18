"""Text as it is shown, made into text that espeak-ng reads as a person would."""

import re
from collections.abc import Iterator

_TIME = re.compile(r"\b(\d{1,2}):([0-5]\d)\b(?:\s*([AaPp])(?:\.[Mm]\.|[Mm]\b))?")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+")
LONGEST = 400
"""Characters that are synthesised at once, some 25 s of speech: what is made and not yet played stays small, and
nobody waits long for a turn of the synthesiser."""


def speakable(text: str) -> str:
    """The same text with what would be misread spelt out: "2:05 PM" is said "2 oh 5 PM"."""
    return " ".join(_TIME.sub(_spoken_time, text).split())


def _spoken_time(found: re.Match[str]) -> str:
    hour, minute, half = found[1], found[2], found[3]
    after = f" {half.upper()}M" if half else ""
    if minute == "00":
        return str(int(hour)) + (after or " o'clock")
    return f"{int(hour)} {'oh ' if minute[0] == '0' else ''}{int(minute)}{after}"


def portions(text: str) -> Iterator[str]:
    """The text sentence by sentence, none longer than `LONGEST`."""
    for sentence in _SENTENCE_END.split(text):
        rest = sentence.strip()
        while len(rest) > LONGEST:
            cut = rest.rfind(" ", 1, LONGEST) + 1 or LONGEST
            yield rest[:cut].strip()
            rest = rest[cut:].strip()
        if rest:
            yield rest
