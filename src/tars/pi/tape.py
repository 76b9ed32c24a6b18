"""What a session says to the server, kept until the server is known to have it. Pure: no trio, no clock."""

from collections import deque
from collections.abc import Iterator

import attrs

from tars.audio.formats import MICROPHONE
from tars.messages import FromDevice, HotwordDetected

CAPACITY = MICROPHONE.bytes_in(30.0)
"""What is kept while there is no link: the longest utterance that a server takes; a megabyte."""
RESERVE = MICROPHONE.bytes_in(5.0)
"""What is kept beyond that while there is one: a link that carries speech is known to be dead within 4 s. A server
takes 40 s at once, see `LinkPolicy.audio_rate`."""
SILENCE = MICROPHONE.bytes_in(10.0)
"""More than a server that acknowledges ever takes without a word: by then a dead link is known to be dead."""
PIECE = MICROPHONE.bytes_in(0.25)
"""Bytes of a frame that is sent again. Few frames for much audio, because a server may count frames; and short
ones, because each must pass a bad link within the limit for sending."""


@attrs.define(eq=False)
class Tape:
    """The microphone audio of one session, and the messages between it, in the order in which they were said.

    Positions count the session's audio in bytes since `hotword_detected`, as `audio_ack` and `welcome.resumed` do.
    What the server confirms is forgotten; a message counts as arrived once audio behind it has.
    """

    capacity: int = CAPACITY
    reserve: int = RESERVE
    start: int = attrs.field(init=False, default=0)
    """The position of the oldest byte kept."""
    dropped_bytes: int = attrs.field(init=False, default=0)
    """Audio that found no room while the server answered nothing. It has no position: the session goes on without
    it."""
    _audio: bytearray = attrs.field(init=False, factory=bytearray)
    _messages: deque[tuple[int, FromDevice]] = attrs.field(init=False, factory=deque)
    _unanswered: int = attrs.field(init=False, default=0)
    """Bytes heard over the present link since the server last acknowledged any."""

    @property
    def end(self) -> int:
        """The position behind the newest byte."""
        return self.start + len(self._audio)

    def say(self, message: FromDevice) -> None:
        """Keep a message, said behind all audio so far."""
        self._messages.append((self.end, message))

    def hear(self, pcm: bytes, *, connected: bool) -> bool:
        """Keep audio; False where there is no room, and `pcm` must not be sent either, because it has no position.

        What was said first matters most, and only the server's word says that it has arrived: a link may have been
        dead for seconds. The oldest audio makes room only where a link works and its server acknowledges nothing.
        """
        self._unanswered = self._unanswered + len(pcm) if connected else 0
        room = self.capacity + (self.reserve if connected else 0) - len(self._audio)
        if len(pcm) > room:
            if self._unanswered <= SILENCE:
                self.dropped_bytes += len(pcm)
                return False
            self._forget(len(pcm) - room)
        self._audio += pcm
        return True

    def acknowledge(self, received: int) -> None:
        """The server has all audio before the position `received`, and with it all messages before that.

        A position beyond the end cannot be, and is not believed.
        """
        if received > self.end:
            return
        self._unanswered = 0
        self._forget(received - received % MICROPHONE.frame_bytes - self.start)

    def forget_beginning(self) -> None:
        """The server has the session, and with it the `hotword_detected` that began it."""
        if self._messages and self._messages[0][0] == 0 and isinstance(self._messages[0][1], HotwordDetected):
            self._messages.popleft()

    def begin_again(self) -> None:
        """A new link begins, whose server has not had the time to acknowledge anything."""
        self._unanswered = 0

    def holds(self, position: int) -> bool:
        """Whether all from `position` on is here, and a sample begins there."""
        return self.start <= position <= self.end and position % MICROPHONE.frame_bytes == 0

    def since(self, position: int) -> Iterator[bytes | FromDevice]:
        """All from `position` on, in order, the audio in frames of at most `PIECE` bytes.

        A message at `position` itself is among it: whether that one arrived cannot be known.
        """
        for at, message in list(self._messages):
            if at >= position:
                yield from self._pieces(position, at)
                yield message
                position = at
        yield from self._pieces(position, self.end)

    def _forget(self, count: int) -> None:
        if count <= 0:
            return
        del self._audio[:count]
        self.start += count
        while self._messages and self._messages[0][0] < self.start:
            self._messages.popleft()

    def _pieces(self, first: int, behind: int) -> Iterator[bytes]:
        for at in range(first, behind, PIECE):
            yield bytes(self._audio[at - self.start : min(at + PIECE, behind) - self.start])
