"""Sentences that are strings of set phrases: "okay, thanks a lot, bye".

Nobody can list how people say thank you, but they say it in few pieces. A sentence is understood where it consists
of such pieces and of nothing else.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from tars.server.brains.skills.skill import Value

Parse = Callable[[Sequence[str]], Mapping[str, Value] | None]

SOME = "(?: [a-z']+)"
OF_TARS = r"(?=.*\b(you|your|yourself|ai|al|ai's|thou)\b)"
"""Somewhere in the sentence TARS is spoken of."""
ASKING = "please ai exactly again okay hey so and hello hi now really siri alexa"
"""Words around a question about TARS that change nothing."""

COURTESIES = (
    "please",
    "oh|ah|ooh|wow|hey|hi|hello|well|why|so|and|but|now|then|just|actually|really|sorry|oops",
    "ok|okay|alright|all right|right|yes|yeah|yep|sure",
    "(really |very )?(great|awesome|nice|cool|perfect|excellent|good|wonderful|sweet|fantastic|fine|super|lovely)",
    "very (good|nice|helpful|kind of you)|(good|nice|great) (job|work|answer|one)|well done",
    "that (works|helps|will do|was (great|good|nice|fun|helpful|perfect|all))|that'll (work|do)",
    "that's (great|good|nice|fine|helpful|perfect|it|all|all i need(ed)?|enough)",
    "(my|old) friend|buddy|pal|mate|dear|man|dude|sir|ma'am|tars|jarvis|alexa|computer|assistant|robot|ai|device",
    "for (now|today|the moment|me)|(right )?now|again|immediately|at once|already|anymore|any more|today|tonight",
    "do (it|that)|will you|would you|if you (please|will|would|like)",
)
"""Regular expressions for what may stand before, between and behind the phrases."""


def string_of(*phrases: str, courtesies: Sequence[str] = COURTESIES) -> Parse:
    """Return what reads a sentence that consists of the phrases, one at least, and of courtesies.

    The phrases are regular expressions for whole words.
    """
    meant = "|".join(f"(?:{phrase})" for phrase in phrases)
    polite = "|".join(f"(?:{phrase})" for phrase in courtesies)
    pattern = re.compile(rf"(?:(?:{polite}) )*(?:{meant})(?: (?:{meant}|{polite}))*")

    def parse(words: Sequence[str]) -> Mapping[str, Value] | None:
        """Drop words around the sentence until it is one of the phrases."""
        return {} if pattern.fullmatch(" ".join(words)) else None

    return parse


_LONGEST = 22
"""Words of a sentence that `one_of` reads: its gaps cost time, and small talk is short."""


def one_of(*phrases: str, around: str = "please") -> Parse:
    """Return what reads a sentence that is one of the phrases, with any of the words `around` it.

    The phrases are regular expressions for a whole sentence; gaps in them must be bounded.
    """
    pattern = re.compile("|".join(f"(?:{phrase})" for phrase in phrases))
    loose = frozenset(around.split())

    def parse(words: Sequence[str]) -> Mapping[str, Value] | None:
        """Drop words around the sentence until it is one of the phrases."""
        if len(words) > _LONGEST:
            return None
        start, end = 0, len(words)
        while not pattern.fullmatch(" ".join(words[start:end])):
            if end > start and words[end - 1] in loose:
                end -= 1
            elif start < len(words) and words[start] in loose:
                start, end = start + 1, len(words)
            else:
                return None
        return {}

    return parse
