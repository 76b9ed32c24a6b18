"""Tells the device how much of its microphone audio has arrived."""

import trio

from tars.audio.formats import MICROPHONE
from tars.messages import AudioAck
from tars.server.conversation.outlet import Outlet

INTERVAL = 1.0
"""Seconds, of time or of audio, between two acknowledgements."""


class Acknowledger:
    """Counts one session's audio."""

    def __init__(self, session_id: str, outlet: Outlet) -> None:
        self.received_bytes = 0
        self._session_id, self._outlet = session_id, outlet
        self._said_bytes = 0
        self._said_at = trio.current_time()

    def received(self, byte_count: int) -> None:
        """So much more has arrived."""
        self.received_bytes += byte_count
        now = trio.current_time()
        unsaid = MICROPHONE.seconds(self.received_bytes - self._said_bytes)
        if unsaid >= INTERVAL or now - self._said_at >= INTERVAL:
            self._said_bytes, self._said_at = self.received_bytes, now
            self._outlet.post(AudioAck(self._session_id, self.received_bytes))
