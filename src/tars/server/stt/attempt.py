"""One attempt to understand an utterance: the grammar at once, the general model whenever there is time."""

import attrs

from tars.audio.formats import MICROPHONE
from tars.server.brains.grammar import Grammar
from tars.server.stt.decoders import GrammarDecoder
from tars.server.stt.dictionary import GLUE
from tars.server.stt.endpointing import Words
from tars.server.stt.followers import Follower, Followers
from tars.server.stt.trust import Segment, hears_hotword, share, trust

PIECE = MICROPHONE.bytes_in(0.25)
"""What is heard once more at once: some 15 ms of work, so that other sessions' audio never waits longer."""


@attrs.frozen
class Reading:
    """What an utterance says, as far as it has been heard."""

    text: str
    """Without the hotword."""
    words: Words
    explained: bool
    """Whether the grammar explains it, whole or as a beginning."""
    hotword: str = ""
    """The hotword at the front, or its last words."""


@attrs.define(eq=False)
class Attempt:
    """An utterance under way.

    Its first moments are kept until they suffice to measure the speaker's mean cepstrum, then the decoders start.
    Without a decoder it hears nothing: see `take_up`.
    """

    grammar: Grammar
    followers: Followers
    known_speech: bytes
    """Earlier speech of the same session."""
    enough_trust: float
    """See the settings."""
    called: bool
    """Whether the hotword is believed to be at the front."""
    _decoder: GrammarDecoder | None = None
    _kept: bytearray = attrs.field(factory=bytearray)
    _mean: str = ""
    _all: bytearray = attrs.field(factory=bytearray)
    """All of the utterance, half a megabyte at most: it may have to be heard once more."""
    _heard: int = 0
    """How much of it the decoder has heard."""
    _activity: list[bool] = attrs.field(factory=list)
    """Whether somebody spoke, frame by frame."""
    _follower: Follower | None = None

    @property
    def stuck(self) -> bool:
        """Whether it needs a decoder to go on."""
        return self._decoder is None

    @property
    def decoder(self) -> GrammarDecoder:
        """The decoder that it has."""
        assert self._decoder is not None, "an attempt goes on without a decoder"
        return self._decoder

    def take_up(self, decoder: GrammarDecoder) -> None:
        """Here is a decoder. One that comes later has to `catch_up`."""
        self._decoder = decoder
        if self._follower is not None:
            decoder.start(self._mean, called=self.called)
            self._heard = 0

    def put_down(self) -> GrammarDecoder | None:
        """Give the decoder away, if there is one; what it has heard is heard once more by the next."""
        decoder, self._decoder = self._decoder, None
        return decoder

    def catch_up(self) -> bool:
        """Hear a piece of what an earlier decoder had heard; False where that is done."""
        if self._heard == len(self._all):
            return False
        piece = bytes(self._all[self._heard : self._heard + PIECE])
        self._heard += len(piece)
        self.decoder.hear(piece)
        return True

    def hear(self, frame: bytes, voiced: bool) -> None:
        """Hear a frame more, in which somebody spoke or not."""
        self._activity.append(voiced)
        if self._follower is None:
            self._kept += frame
            return
        self._all += frame
        self._heard = len(self._all)
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

    def abandon(self) -> None:
        """Nobody wants it any more."""
        if self._follower is not None:
            self._follower.over = True

    def _trust(self) -> float:
        return trust(self.decoder.segments(), self._activity)

    def _start(self) -> Follower:
        if self._follower is None:
            beginning = bytes(self._kept)
            self.called = self.called and self.decoder.knows_hotword
            self._all += beginning
            self._heard = len(self._all)
            self._mean = self.decoder.measure(self.known_speech + beginning)
            self.decoder.start(self._mean, called=self.called)
            self._follower = self.followers.follow(self._mean)
            self.decoder.hear(beginning)
            self._follower.hear(beginning)
        return self._follower

    def reconsider(self) -> None:
        """Hear it once more without expecting the hotword, if there is none at the front.

        Takes a tenth of the time that the utterance lasts: for pauses.
        """
        self._start()
        if self.called and not hears_hotword(self.decoder.segments()):
            self.called = False
            self._hear_again()

    def read_again(self) -> Reading:
        """What the grammar makes of it without expecting the hotword. Takes as long as `reconsider`."""
        self._hear_again()
        return self.read()

    def _hear_again(self) -> None:
        self.decoder.start(self._mean)
        self.decoder.hear(bytes(self._all))

    def read(self) -> Reading:
        """What the grammar makes of it so far."""
        self._start()
        heard = self.decoder.heard()
        text = self.grammar.without_hotword(heard)
        hotword = heard.removesuffix(text).strip()
        if not text:
            return Reading("", Words.OPEN, explained=True, hotword=hotword)
        if not self.grammar.is_complete(text):
            return Reading(text, Words.OPEN, self.grammar.may_continue(text), hotword)
        if self._trust() < self.enough_trust:
            return Reading(text, Words.OPEN, explained=False, hotword=hotword)
        words = Words.CONTINUING if self.grammar.may_continue(text) else Words.COMPLETE
        return Reading(text, words, explained=True, hotword=hotword)

    def hotword_share(self, reading: Reading) -> float:
        """Return which part of the speech the hotword covers that `reading` has at its front, from 0 to 1."""
        missing = len(reading.hotword.split())
        front: list[Segment] = []
        for segment in self.decoder.segments():
            if missing > 0 and not segment.silent:
                front.append(segment)
                missing -= len(segment.word.split(GLUE))
        return share(front, self._activity)

    def read_general(self) -> str:
        """What the general model makes of what it has heard so far, which may be less."""
        return self.grammar.without_hotword(self.follower.text)
