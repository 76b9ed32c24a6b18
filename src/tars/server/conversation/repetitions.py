"""What a device says again because it cannot know that it has arrived. Pure.

A device that comes back says again what it said since the microphone audio that has arrived. Nothing that it said
behind more audio than that has arrived; what it said exactly there may have.
"""

from collections import deque

import attrs

from tars.messages import FromDevice, HotwordDetected, PlaybackComplete, PlaybackProgress

MOST = 64
"""Messages between two frames of microphone audio; a device that sends audio at all says one or two."""


@attrs.define
class Repetitions:
    """Tells the second time of a message from the first."""

    _said: deque[FromDevice] = attrs.field(factory=lambda: deque(maxlen=MOST))
    """Since the last audio."""
    _again: deque[FromDevice] = attrs.field(factory=deque)
    """Those of them that may come once more."""

    def audio(self) -> None:
        """Microphone audio came in."""
        self._said.clear()
        self._again.clear()

    def came_back(self) -> None:
        """The device has come back, and begins again at the last audio."""
        self._again = deque(self._said)

    def is_one(self, message: FromDevice) -> bool:
        """Whether `message` has come before; it counts as said from now on."""
        bare = _bare(message)
        if bare in self._again:
            self._again.remove(bare)
            return True
        self._said.append(bare)
        return False


def _bare(message: FromDevice) -> FromDevice:
    """The message without its time, which a device may stamp anew."""
    if isinstance(message, HotwordDetected | PlaybackComplete | PlaybackProgress):
        return attrs.evolve(message, device_time=None)
    return message
