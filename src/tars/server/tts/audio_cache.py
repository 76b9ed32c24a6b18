"""Speech that has been made before, kept by its text. Pure."""

from collections import OrderedDict

import attrs


@attrs.define(eq=False)
class AudioCache:
    """The clauses said last, in memory, up to `max_bytes`. A piece over `max_piece` is not worth its place.

    Fixed replies ("Say again?") and common ones ("Volume 30 percent.") begin at once, whatever the voice costs.
    """

    max_bytes: int = 8_000_000
    """Three minutes of speech."""
    max_piece: int = 200_000
    """Four and a half seconds."""
    held_bytes: int = 0
    _pieces: OrderedDict[tuple[str, str], bytes] = attrs.field(factory=OrderedDict)

    def get(self, voice: str, text: str) -> bytes | None:
        """Return what `voice` makes of `text`; None where that is not known."""
        piece = self._pieces.get((voice, text))
        if piece is not None:
            self._pieces.move_to_end((voice, text))
        return piece

    def put(self, voice: str, text: str, pcm: bytes) -> None:
        """Keep what `voice` made of `text`, and drop the longest unused for it."""
        if not pcm or len(pcm) > self.max_piece or (voice, text) in self._pieces:
            return
        self._pieces[voice, text] = pcm
        self.held_bytes += len(pcm)
        while self.held_bytes > self.max_bytes:
            _, dropped = self._pieces.popitem(last=False)
            self.held_bytes -= len(dropped)
