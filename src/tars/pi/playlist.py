"""What is to be played, in which order, and what is no longer to be played. Pure: no trio, no clock."""

import math
from collections import deque

import attrs

from tars.audio.formats import AudioFormat
from tars.pi.sound_names import Sound

MAX_QUEUED = 60.0
"""Seconds of speech that may wait here before no more is read. A server keeps its lead at about 2 s
(docs/protocol.md, rule 3)."""
MAX_QUEUED_UNPACED = 300.0
"""The same, of an older server, which sends an answer at once: longer than any answer, 10 MB at 16 kHz. To stop
reading earlier would cost the link. The two systems' buffers between the programs take 30 s to 2 min of speech
(measured), the server's ping waits behind it, and after 20 s without a pong the server hangs up."""
MAX_QUEUED_BYTES = 12 * 1024 * 1024
"""The same in bytes, whatever the format: at 192 kHz in eight channels a minute would be 370 MB."""
MAX_ITEMS = 32
"""Utterances and sounds that may wait, for the same reason."""
PIECE = 8 * 1024
"""Bytes to which audio that comes in smaller frames is put together. A frame by itself takes up forty bytes more
than its audio: frames of one sample would take twenty times the memory."""

PLAYED_AT_ONCE = 0.25
"""Seconds of audio that go to the loudspeaker together, and each time make room here, whatever the format."""


@attrs.define(eq=False)
class Utterance:
    """Speech from the server, as far as it has come in and has not gone to the loudspeaker."""

    utterance_id: str
    audio_format: AudioFormat
    unpaced: bool = False
    """It comes all at once, and its end may overtake its last audio, as from an older server."""
    ended: bool = False
    """The server has said that no more will come."""
    straggles: bool = False
    """Although it has ended, audio that was overtaken by the end may still come."""
    last_arrival: float = -math.inf
    """When anything of it last came in."""
    started: bool = False
    """Its first sample has been heard."""
    queued_bytes: int = attrs.field(init=False, default=0)
    """What waits here."""
    _pieces: deque[bytearray] = attrs.field(init=False, factory=deque)

    @property
    def queued(self) -> float:
        """Seconds waiting here."""
        return self.audio_format.seconds(self.queued_bytes)

    def add(self, pcm: bytes) -> None:
        """Queue audio behind what is here."""
        if self._pieces and len(self._pieces[-1]) + len(pcm) <= PIECE:
            self._pieces[-1].extend(pcm)
        elif pcm:
            self._pieces.append(bytearray(pcm))
        self.queued_bytes += len(pcm)

    def take(self) -> bytes:
        """Take out the oldest audio, a piece of it; empty when none is here."""
        if not self._pieces:
            return b""
        first = self._pieces[0]
        piece = bytes(first[: max(1, self.audio_format.bytes_in(PLAYED_AT_ONCE))])
        del first[: len(piece)]
        if not first:
            self._pieces.popleft()
        self.queued_bytes -= len(piece)
        return piece

    def end(self) -> None:
        """The server says that no more will come."""
        self.ended, self.straggles = True, self.unpaced

    def close(self) -> None:
        """No more will come, whatever the server is."""
        self.ended, self.straggles = True, False


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
            self._incoming.close()  # the server may have forgotten to say so: two never interleave
        full = len(self._waiting) >= MAX_ITEMS
        self._incoming = None if full else utterance
        if not full:
            self._waiting.append(utterance)
        return not full

    def audio(self, pcm: bytes) -> Utterance | None:
        """Take on audio of the utterance that is coming in, which is returned; None when there is none."""
        if self._incoming is None:
            self.stray_bytes += len(pcm)
        else:
            self._incoming.add(pcm)
        return self._incoming

    def end(self, utterance_id: str) -> Utterance | None:
        """The server says that the utterance has ended; the utterance, or None where it is not coming in."""
        ending = self._incoming
        if ending is None or ending.utterance_id != utterance_id:
            return None
        ending.end()
        if not ending.straggles:
            self._incoming = None
        return ending

    @property
    def full(self) -> bool:
        """Whether so much waits that no more should be read. What comes all the same is taken on."""
        if self._incoming is None:
            return False
        utterances = self.utterances
        limit = MAX_QUEUED_UNPACED if self._incoming.unpaced else MAX_QUEUED
        seconds = sum(utterance.queued for utterance in utterances)
        return seconds >= limit or sum(utterance.queued_bytes for utterance in utterances) >= MAX_QUEUED_BYTES

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
