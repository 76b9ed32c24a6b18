"""A voice that speaks in a worker process."""

import attrs

from tars.audio.formats import AudioFormat
from tars.server.tts.clauses import portions
from tars.server.tts.speakable import speakable
from tars.server.tts.voice import Play, VoiceFailed
from tars.server.workers.errors import WorkerFailed
from tars.server.workers.pool import WorkerPool

FORMAT = AudioFormat(rate=22_050)
"""Of every embedded voice: espeak-ng makes no other, and Piper's usual voices neither. One format an utterance."""


@attrs.define(eq=False)
class WorkerVoice:
    """Speaks. Any number of devices at once: they take turns, clause by clause."""

    name: str
    """As `[tts] use` has it."""
    pool: WorkerPool
    longest: int
    """Characters that are made at once: nobody waits longer for a turn, or for the first sound."""
    pause: float = 0.0
    """Seconds of silence after a sentence."""
    format: AudioFormat = FORMAT

    @property
    def ready(self) -> bool:
        """Whether it would begin at once."""
        return bool(self.pool.pids)

    async def speak(self, text: str, play: Play) -> None:
        """Await `play` with pieces of audio, as they are made.

        A clause is made when the one before has been taken. Raises `VoiceFailed` when the worker died or hung;
        the next call finds a new one.
        """
        for portion in portions(text, self.longest):
            if not (said := speakable(portion)):
                continue  # an emoji by itself
            try:
                async with self.pool.open(said.encode()) as line:
                    async for piece in line.messages:
                        await play(piece)
            except WorkerFailed as exc:
                raise VoiceFailed(str(exc)) from exc
            if self.pause and portion[-1] not in ",;:":
                await play(bytes(FORMAT.bytes_in(self.pause)))
