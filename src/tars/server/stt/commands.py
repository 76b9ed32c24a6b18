"""What finds a command in an utterance's audio: the interface, and what it says.

A command recogniser knows the sentences that TARS understands, and hears free words as well.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import attrs

from tars.server.brains.grammar import Completeness

LONGEST_HOTWORD = 1.4
"""Seconds of speech, and of the pause behind it, that may be the hotword and nothing more."""
Source = Literal["grammar", "free"]


@attrs.frozen
class Reading:
    """What an utterance says, as far as it has been heard."""

    text: str
    """As it is written, without the hotword; empty where nothing was understood."""
    words: str
    """The same normalised for commands."""
    completeness: Completeness
    source: Source
    """Whether the text is a sentence of the grammar, or free words."""
    doubtful: bool = False
    """A sentence of the grammar that is probable but not sure."""
    score: float | None = None
    """Log probability of the sentence less that of the best free words; None where no sentence was compared."""
    hotword: bool = False
    """Whether the hotword stands at the front."""


class CommandRecogniser(Protocol):
    """Reads whole utterances. Its methods take a tenth of a second, and are called in another thread.

    `wanted` is asked in between: where it says False, any result will do, the sooner the better.
    """

    def read(
        self, pcm: bytes, hotword: str | None, wanted: Callable[[], bool], behind: float | None = None
    ) -> Reading:
        """Read an utterance. `pcm` begins a moment before the speech and ends in a pause after it.

        `hotword`: the configured name of the hotword that may stand at its front; None where none is expected.
        `behind`: seconds into `pcm` where that is over, where somebody knows.
        """

    def use_names(self, names: Mapping[str, Sequence[str]]) -> None:
        """Let the grammar's lists of names have these from now on."""

    def has_stop_word(self, pcm: bytes, wanted: Callable[[], bool]) -> bool:
        """Whether a stop word was said in `pcm`, over TARS's own voice or alone."""

    def has_hotword(self, pcm: bytes, hotword: str, wanted: Callable[[], bool]) -> bool:
        """Whether `hotword`, by its configured name, was said in `pcm`; False where other words clearly were."""
