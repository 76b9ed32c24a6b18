"""How the grammar's words are pronounced: a small dictionary out of a large one. Pure.

The large one has 130,000 words, and would cost every grammar decoder 40 MB and a tenth of a second.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

_FURTHER: Mapping[str, tuple[str, ...]] = {
    # hotwords, as the large dictionary lacks them, or as other accents say them
    "jarvis": ("JH AA R V IH S", "JH AA V IH S", "JH AA V AH S"),
    "mycroft": ("M AY K R AO F T", "M AY K R AA F T"),
    "rhasspy": ("R AE S P IY",),
    "tars": ("T AA R Z", "T AA Z"),
}
GLUE = "_"
"""Between the words of a hotword that are one word to the decoder."""
_MAX_WAYS = 12
"""Ways to pronounce a hotword that are tried."""


@attrs.frozen
class Dictionary:
    """Pronunciations, as pocketsphinx reads them."""

    ways: Mapping[str, Sequence[str]]
    """The ways to say each word, as phones."""

    def lines(self) -> Iterator[str]:
        """The dictionary as a file: "jarvis(2) JH AA V IH S"."""
        for word, ways in self.ways.items():
            for number, phones in enumerate(ways, start=1):
                yield f"{word if number == 1 else f'{word}({number})'} {phones}\n"


def dictionary_of(words: Iterable[str], phrases: Iterable[Sequence[str]], large: Iterable[str]) -> Dictionary:
    """The pronunciations of `words`, found in the lines of a `large` dictionary; what is not found is left out.

    Each of the `phrases` becomes a word as well, if all its words are known. After every word the decoder drops
    all but the best paths: a hotword whose first word is short and common ("hey") would not be heard out.
    """
    wanted = set(words)
    ways: dict[str, list[str]] = {}
    for line in large:
        name, _, phones = line.partition(" ")
        if (word := name.partition("(")[0]) in wanted:
            ways.setdefault(word, []).append(phones.strip())
    for word in sorted(wanted & _FURTHER.keys()):
        ways.setdefault(word, []).extend(_FURTHER[word])
    for phrase in phrases:
        if len(phrase) > 1 and all(word in ways for word in phrase):
            said = itertools.product(*(ways[word] for word in phrase))
            ways[GLUE.join(phrase)] = [" ".join(way) for way in itertools.islice(said, _MAX_WAYS)]
    return Dictionary(ways)
