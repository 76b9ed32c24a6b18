"""One attempt to understand an utterance: the grammar at once, the general model whenever there is time."""

import attrs

from tars.server.brains.grammar import Grammar
from tars.server.speech.decoders import GrammarDecoder
from tars.server.speech.endpointing import Words
from tars.server.speech.followers import Follower, Followers


@attrs.frozen
class Reading:
    """What an utterance says, as far as it has been heard."""

    text: str
    """Without the hotword."""
    words: Words
    explained: bool
    """Whether the grammar explains it, whole or as a beginning."""


@attrs.define(eq=False)
class Attempt:
    """An utterance under way.

    Its first moments are kept until they suffice to measure the speaker's mean cepstrum, then the decoders start.
    """

    grammar: Grammar
    decoder: GrammarDecoder
    followers: Followers
    known_speech: bytes
    """Earlier speech of the same session."""
    worst_word: float
    """See the settings."""
    called: bool
    """Whether the hotword is expected at the front."""
    _kept: bytearray = attrs.field(factory=bytearray)
    _follower: Follower | None = None

    def hear(self, frame: bytes) -> None:
        """Hear more."""
        if self._follower is None:
            self._kept += frame
            return
        self.decoder.hear(frame)
        self._follower.hear(frame)

    def start(self) -> None:
        """Enough has been heard to begin with."""
        self._start()

    @property
    def speech(self) -> bytes:
        """The first moments of the utterance."""
        return bytes(self._kept)

    @property
    def follower(self) -> Follower:
        """What the general model makes of it."""
        return self._start()

    def _start(self) -> Follower:
        if self._follower is None:
            beginning = bytes(self._kept)
            mean = self.decoder.measure(self.known_speech + beginning)
            self.decoder.start(mean, called=self.called)
            self._follower = self.followers.follow(mean)
            self.decoder.hear(beginning)
            self._follower.hear(beginning)
        return self._follower

    def read(self) -> Reading:
        """What the grammar makes of it so far."""
        self._start()
        text = self.grammar.without_hotword(self.decoder.heard())
        if not text:
            return Reading("", Words.OPEN, explained=True)
        if not self.grammar.is_complete(text):
            return Reading(text, Words.OPEN, explained=self.grammar.may_continue(text))
        if self.decoder.worst_word() < self.worst_word:
            return Reading(text, Words.OPEN, explained=False)
        words = Words.CONTINUING if self.grammar.may_continue(text) else Words.COMPLETE
        return Reading(text, words, explained=True)

    def read_general(self) -> str:
        """What the general model makes of what it has heard so far, which may be less."""
        return self.grammar.without_hotword(self.follower.text)
