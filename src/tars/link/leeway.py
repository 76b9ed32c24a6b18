"""How much audio may be under way at once. Pure: what the kernel knows comes in as `UnderWay`.

What TCP has taken cannot be called back, and goes before everything that is said later. Over a link that is slower
than speech it would take all the audio that its buffers hold: seconds, which a message then waits. Audio that is
kept back instead waits where it can still be dropped, or forgotten.
"""

import attrs

from tars.audio.formats import MICROPHONE

AT_ONCE = MICROPHONE.bytes_in(0.25)
"""Bytes. A link of 64 kbit/s, a quarter of what speech needs, has brought them within a second."""
PER_SECOND_OF_WAY = 4 * MICROPHONE.bytes_per_second
"""Bytes for each second that the way there and back takes: over a long one, four times as fast as speech, so that
a session that goes on over a new link catches up with its speaker."""
LONGEST_WAY = 1.0
"""Seconds, further than by satellite. Before it has measured the way, Linux says that it takes an hour."""


@attrs.frozen
class UnderWay:
    """What lies between the two ends of a link."""

    byte_count: int
    """Bytes that TCP has taken and the peer's system has not acknowledged."""
    quickest: float
    """Seconds of the shortest round trip of late: the way itself, without what queues on it."""

    def leaves_room(self, byte_count: int) -> bool:
        """Whether so many more bytes of audio may follow; any number where nothing is under way."""
        allowed = max(AT_ONCE, PER_SECOND_OF_WAY * min(self.quickest, LONGEST_WAY))
        return not self.byte_count or self.byte_count + byte_count <= allowed
