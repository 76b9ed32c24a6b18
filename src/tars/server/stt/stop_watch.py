"""Listen for stop words while TARS speaks, through its own voice.

TARS's voice comes back through the microphone, so nobody knows where a word of the speaker's begins or ends: the
last moments are searched for a stop word again and again, as long as there is any voice in them.
"""

from collections import deque
from collections.abc import Callable
from functools import partial

import attrs

from tars.audio.formats import MICROPHONE
from tars.server.stt.commands import CommandRecogniser
from tars.server.stt.decoding import Decoding, DecodingQueue
from tars.server.stt.recogniser import SpeechEvent, StopWord
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.vad import FRAME, FRAME_BYTES, VoiceActivity

_WINDOW = 1.25
"""Seconds that are searched at once: twice a stop word, and no room for a sentence."""
_STEP = 0.25
"""Seconds from one search to the next, so that every word is whole in two windows at the least."""
_LEAST_VOICE = 0.16
"""Seconds of voice in the window. No stop word is shorter."""


@attrs.define(eq=False)
class StopWatch:
    """Takes audio, and calls `emit` with a `StopWord` for each stop word."""

    settings: SpeechSettings
    commands: CommandRecogniser
    voice_activity: VoiceActivity
    queue: DecodingQueue
    emit: Callable[[SpeechEvent], None]
    now: Callable[[], float]
    position: float
    """Seconds of audio that the session has heard."""
    _rest: bytearray = attrs.field(factory=bytearray)
    _frames: deque[tuple[bytes, bool]] = attrs.field(factory=lambda: deque(maxlen=round(_WINDOW / FRAME)))
    _searched_at: float = attrs.field(init=False)
    _decoding: Decoding | None = None

    def __attrs_post_init__(self) -> None:
        self._searched_at = self.position

    @property
    def received(self) -> float:
        """Seconds of audio that the session was given, the rest of a frame included."""
        return self.position + MICROPHONE.seconds(len(self._rest))

    def feed(self, pcm: bytes) -> None:
        """Take more audio, for `advance`."""
        self._rest += pcm

    def advance(self) -> bool:
        """Look at a moment of the audio; False where there is no more."""
        if len(self._rest) < FRAME_BYTES:
            return False
        frame = bytes(self._rest[:FRAME_BYTES])
        del self._rest[:FRAME_BYTES]
        self.position += FRAME
        self._frames.append((frame, self.voice_activity(frame) >= self.settings.speech_level))
        if self.position - self._searched_at >= _STEP and self._decoding is None:
            self._searched_at = self.position
            if sum(voiced for _, voiced in self._frames) * FRAME >= _LEAST_VOICE:
                self._search()
        return True

    def close(self) -> None:
        """Search no more."""
        if self._decoding is not None:
            self._decoding.cancel()

    def _search(self) -> None:
        pcm = b"".join(frame for frame, _ in self._frames)
        self._decoding = self.queue.submit(self.now(), partial(self.commands.has_stop_word, pcm), self._on_result)

    def _on_result(self, outcome: Callable[[], bool]) -> None:
        self._decoding = None
        if outcome():
            self._frames.clear()
            self.emit(StopWord(self.position))
