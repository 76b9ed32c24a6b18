"""What the device says to the server: over the link, and in a session onto its tape as well, for the next link."""

from tars.messages import FromDevice
from tars.pi.tape import Tape
from tars.pi.websocket_client import WebSocketClient


class Uplink:
    """Carries one session at a time, and what is said outside of sessions."""

    def __init__(self, client: WebSocketClient) -> None:
        self._client = client
        self._tape: Tape | None = None
        self._dropped_before = 0

    def begin(self, tape: Tape) -> None:
        """A session begins; from now on what is said goes onto its tape."""
        self._tape = tape
        self._dropped_before = self._client.dropped_audio_bytes

    def end(self) -> None:
        """The session is over."""
        self._tape = None

    def say(self, message: FromDevice, *, passing: bool = False) -> None:
        """Tell the server; in a session, over the next link if this one fails, unless of `passing` interest."""
        if self._tape is not None and not passing and not self.lost_on_the_way:
            self._tape.say(message)
        self._client.send(message)

    def hear(self, pcm: bytes) -> None:
        """Send the session's microphone audio, and keep it; what finds no room to be kept is dropped.

        A session that lost audio on the way goes on over no other link, and what it says needs no tape any more.
        """
        assert self._tape is not None
        if self.lost_on_the_way or self._tape.hear(pcm, connected=self._client.connected):
            self._client.send_audio(pcm)

    def go_on(self, position: int) -> int:
        """Send over a new link what the server does not have, from `position` on, faster than it was said.

        Returns how many bytes of audio that is.
        """
        assert self._tape is not None
        self._dropped_before = self._client.dropped_audio_bytes
        self._tape.begin_again()
        for said in self._tape.since(position):
            if isinstance(said, bytes):
                self._client.send_audio(said)
            else:
                self._client.send(said)
        return self._tape.end - position

    @property
    def lost_on_the_way(self) -> int:
        """Bytes of the session's audio that its link, or else the last one, was too slow for."""
        # a new link counts from zero: a session that has just lost one and does not go on lost nothing on it
        return max(0, self._client.dropped_audio_bytes - self._dropped_before)

    @property
    def dropped_audio_bytes(self) -> int:
        """These, and what found no room while there was no link."""
        return self.lost_on_the_way + (self._tape.dropped_bytes if self._tape is not None else 0)
