"""What is to be played, in which order, and what is no longer to be played. Pure: no trio, no clock."""

from collections import deque

import attrs

from tars.audio.formats import AudioFormat
from tars.pi.sounds import Sound

MAX_QUEUED = 60.0
"""Seconds of speech that may wait here. A server keeps its lead at about 2 s (docs/protocol.md, rule 3), but an
older one may send a long answer at once: a minute takes 2 MB at 16 kHz. Beyond that the newest is dropped rather
than memory filled."""
MAX_ITEMS = 32
"""Utterances and sounds that may wait, for the same reason."""


@attrs.define(eq=False)
class Utterance:
    """Speech from the server, as far as it has come in and has not gone to the loudspeaker."""

    utterance_id: str
    audio_format: AudioFormat
    chunks: deque[bytes] = attrs.field(factory=deque)
    ended: bool = False
    """No more will come."""
    started: bool = False
    """Its first sample has been heard."""
    dropped_bytes: int = 0
    """What came in beyond what may wait."""

    @property
    def queued(self) -> float:
        """Seconds waiting here."""
        return self.audio_format.seconds(sum(map(len, self.chunks)))


Item = Utterance | Sound


@attrs.define(eq=False)
class Playlist:
    """The order of play: one thing at a time, utterances as they came, the device's own sounds before them.

    At most one utterance is coming in at a time; audio that comes when none is belongs to one that was removed,
    and is dropped.
    """

    current: Item | None = None
    _waiting: deque[Item] = attrs.field(factory=deque)
    _incoming: Utterance | None = None
    stray_bytes: int = 0
    """Audio that belonged to nothing."""

    def start(self, utterance: Utterance) -> bool:
        """Take on an utterance whose audio comes next; False when too much waits already."""
        if self._incoming is not None:
            self._incoming.ended = True  # the server forgot to say so: two never interleave
        full = len(self._waiting) >= MAX_ITEMS
        self._incoming = None if full else utterance
        if not full:
            self._waiting.append(utterance)
        return not full

    def audio(self, pcm: bytes) -> Utterance | None:
        """Take on audio of the utterance that is coming in; the utterance when its audio had to be dropped."""
        if self._incoming is None:
            self.stray_bytes += len(pcm)
            return None
        seconds = self._incoming.audio_format.seconds(len(pcm))
        if seconds + sum(utterance.queued for utterance in self.utterances) > MAX_QUEUED:
            self._incoming.dropped_bytes += len(pcm)
            return self._incoming
        self._incoming.chunks.append(pcm)
        return None

    def end(self, utterance_id: str) -> None:
        """That was all the audio of the utterance."""
        if self._incoming is not None and self._incoming.utterance_id == utterance_id:
            self._incoming.ended = True
            self._incoming = None

    def add_sound(self, sound: Sound) -> None:
        """Play `sound` next; the same sound waits once at most."""
        if sound in self._waiting:
            return
        before = sum(isinstance(item, Sound) for item in self._waiting)
        self._waiting.insert(before, sound)

    def next(self) -> Item | None:
        """Begin with what is first in the order, if there is anything; it is `current` then."""
        self.current = self._waiting.popleft() if self._waiting else None
        return self.current

    def remove(self, item: Item) -> None:
        """Play no more of `item`, nor what may still come in of it."""
        if item is self.current:
            self.current = None
        else:
            self._waiting.remove(item)
        if item is self._incoming:
            self._incoming = None

    @property
    def utterances(self) -> list[Utterance]:
        """Those not yet played to their end, in their order."""
        return [item for item in (self.current, *self._waiting) if isinstance(item, Utterance)]
