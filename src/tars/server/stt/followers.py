"""The general model follows utterances when there is time: it is slow, and most utterances never need it.

An utterance's audio waits in its follower. A worker that has nothing else to do lets the followers hear it,
piece by piece, each with a decoder of a small stock; without a free one a follower waits. One whose words are
waited for takes that of an utterance that has stopped in the middle, which is then heard once more, later.
"""

import time
from collections.abc import Callable

import attrs

from tars.server.stt.decoders import GeneralDecoder
from tars.server.stt.rota import FRESH
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.stock import Stock


@attrs.define(eq=False)
class Follower:
    """What the general model is to make of one utterance."""

    mean: str
    """The speaker's mean cepstrum."""
    now: Callable[[], float]
    text: str = ""
    """As far as it has been heard."""
    fed_at: float = 0.0
    """When there was last more of it."""
    _audio: bytearray = attrs.field(factory=bytearray)
    """All of the utterance, half a megabyte at most."""
    _heard: int = 0
    """How much of it the decoder has heard."""
    _then: Callable[[str], None] | None = None
    decoder: GeneralDecoder | None = None
    over: bool = False
    """Nobody wants it any more."""

    def hear(self, frame: bytes) -> None:
        """Keep more of the utterance, to be heard when there is time."""
        self._audio += frame
        self.fed_at = self.now()

    def conclude(self, then: Callable[[str], None]) -> None:
        """The utterance is over: hear the rest, then call `then` with all the words."""
        self._then = then

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for the words."""
        return self._then is not None and not self.over

    def ready(self, step_bytes: int) -> bool:
        """Whether there is something to do."""
        return self.urgent or len(self._audio) - self._heard >= step_bytes

    def take_up(self, decoder: GeneralDecoder) -> None:
        """Here is a decoder; it begins at the beginning."""
        decoder.start(self.mean)
        self.decoder, self._heard = decoder, 0

    def advance(self, decoder: GeneralDecoder, step_bytes: int) -> None:
        """Hear `step_bytes` more; with all heard and the utterance over, hand over the words."""
        if piece := bytes(self._audio[self._heard : self._heard + step_bytes]):
            self._heard += len(piece)
            decoder.hear(piece)
        if self._heard < len(self._audio) or self._then is None:
            self.text = decoder.heard()
            return
        decoder.stop()
        self.text = decoder.heard()
        self.over = True
        self._then(self.text)


@attrs.define(eq=False)
class Followers:
    """All followers of a worker, and the stock of general decoders."""

    settings: SpeechSettings
    make: Callable[[], GeneralDecoder] = GeneralDecoder
    now: Callable[[], float] = time.monotonic
    stock: Stock[GeneralDecoder] = attrs.field(init=False)
    _following: list[Follower] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        most, rest = self.settings.general_decoders, self.settings.decoder_rest
        self.stock = Stock(self.make, most, rest, kept=1, now=self.now)

    def follow(self, mean: str) -> Follower:
        """Follow a new utterance."""
        follower = Follower(mean, self.now)
        self._following.append(follower)
        return follower

    def work(self) -> bool:
        """One step for the follower that needs it most; False where there is nothing to do."""
        self._let_go()
        step_bytes = round(self.settings.general_step * 16_000) * 2
        ready = [follower for follower in self._following if follower.ready(step_bytes)]
        for follower in sorted(ready, key=lambda one: not one.urgent):
            if follower.decoder is None:
                self._equip(follower)
            if follower.decoder is not None:
                follower.advance(follower.decoder, step_bytes)
                self._following.remove(follower)
                self._following.append(follower)  # the others first, next time
                return True
        return False

    def work_if_urgent(self) -> None:
        """One step, if somebody waits for words: keeps them coming even when audio never stops coming in."""
        if any(follower.urgent for follower in self._following):
            self.work()

    def _let_go(self) -> None:
        for follower in [one for one in self._following if one.over]:
            self._following.remove(follower)
            self._disarm(follower)

    def _equip(self, follower: Follower) -> None:
        decoder = self.stock.take()
        if decoder is None and follower.urgent:
            now = self.now()
            stopped = [one for one in self._following if not one.urgent and now - one.fed_at >= FRESH]
            for one in stopped:
                if one.decoder is not None:
                    self._disarm(one)
                    decoder = self.stock.take()
                    break
        if decoder is not None:
            follower.take_up(decoder)

    def _disarm(self, follower: Follower) -> None:
        decoder, follower.decoder = follower.decoder, None
        if decoder is not None:
            self.stock.give_back(decoder)
