"""The general model follows utterances when there is time: it is slow, and most utterances never need it.

An utterance's audio waits in its follower. A worker that has nothing else to do lets the followers hear it,
piece by piece, each with a decoder of a small stock; without a free one a follower waits.
"""

from collections import deque
from collections.abc import Callable

import attrs

from tars.server.speech.decoders import GeneralDecoder
from tars.server.speech.settings import SpeechSettings


@attrs.define(eq=False)
class Follower:
    """What the general model is to make of one utterance."""

    mean: str
    """The speaker's mean cepstrum."""
    text: str = ""
    """As far as it has been heard."""
    _audio: deque[bytes] = attrs.field(factory=deque)
    _waiting: int = 0
    _then: Callable[[str], None] | None = None
    decoder: GeneralDecoder | None = None
    over: bool = False
    """Nobody wants it any more."""

    def hear(self, frame: bytes) -> None:
        """Keep more of the utterance, to be heard when there is time."""
        self._audio.append(frame)
        self._waiting += len(frame)

    def conclude(self, then: Callable[[str], None]) -> None:
        """The utterance is over: hear the rest, then call `then` with all the words."""
        self._then = then

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for the words."""
        return self._then is not None and not self.over

    def ready(self, step_bytes: int) -> bool:
        """Whether there is something to do."""
        return self.urgent or self._waiting >= step_bytes

    def advance(self, decoder: GeneralDecoder, step_bytes: int) -> None:
        """Hear about `step_bytes` more; with all heard and the utterance over, hand over the words."""
        piece = bytearray()
        while self._audio and len(piece) < step_bytes:
            piece += self._audio.popleft()
        self._waiting -= len(piece)
        if piece:
            decoder.hear(bytes(piece))
        if self._audio or self._then is None:
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
    _following: list[Follower] = attrs.field(factory=list)
    _free: list[GeneralDecoder] = attrs.field(factory=list)
    _made: int = 0

    def prepare(self) -> None:
        """Load the first decoder: it takes about half a second, which nobody should have to wait for later."""
        self._free.append(self._new())

    def follow(self, mean: str) -> Follower:
        """Follow a new utterance."""
        follower = Follower(mean)
        self._following.append(follower)
        return follower

    def work(self) -> bool:
        """One step for the follower that needs it most; False where there is nothing to do."""
        self._let_go()
        step_bytes = round(self.settings.general_step * 16_000) * 2
        ready = [follower for follower in self._following if follower.ready(step_bytes)]
        for follower in sorted(ready, key=lambda one: not one.urgent):
            if follower.decoder is None:
                follower.decoder = self._take(follower.mean)
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
            if follower.decoder is not None:
                follower.decoder.stop()
                self._free.append(follower.decoder)
                follower.decoder = None

    def _take(self, mean: str) -> GeneralDecoder | None:
        if not self._free and self._made < self.settings.general_decoders:
            self._free.append(self._new())
        if not self._free:
            return None
        decoder = self._free.pop()
        decoder.start(mean)
        return decoder

    def _new(self) -> GeneralDecoder:
        self._made += 1
        return self.make()
