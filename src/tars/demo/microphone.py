"""The microphone of the demonstration: a quiet room in which a synthetic voice asks when it is told to."""

from collections import deque
from collections.abc import Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path

import attrs
import numpy as np
import trio

from tars.audio.formats import MICROPHONE
from tars.audio.resample import Resampler
from tars.audio.wav import WavWriter
from tars.errors import UserError
from tars.server.tts.voice import Voice

ROOM_NOISE = 20
"""Root mean square of the noise under it all, in 16-bit steps: a quiet room. No real microphone gives zeros."""
BLOCK = 0.08
"""Seconds of audio that are sent at a time: as long as the chunks in which a hotword is looked for. So each
question begins with a chunk, and is heard in the same way every time."""
_SAMPLES = round(BLOCK * MICROPHONE.rate)

Samples = np.ndarray[tuple[int], np.dtype[np.float64]]


@attrs.define(eq=False)
class Microphone:
    """What `tars-pi --microphone stdin` hears, in real time; a recording keeps all of it."""

    recording: Path
    _said: deque[Samples] = attrs.field(factory=deque)
    _room: np.random.Generator = attrs.field(factory=lambda: np.random.default_rng(seed=1))

    def say(self, speech: Samples) -> None:
        """Say this from now on, after what is still being said."""
        self._said.append(speech)

    async def feed(self, stream: trio.abc.SendStream) -> None:
        """Send the room to `stream` until cancelled, then close it. Raises `UserError` for a recording that fails.

        A device that has gone is no trouble of the microphone's.
        """
        due = trio.current_time()
        async with aclosing(stream):
            with _open_recording(self.recording) as wav:
                while True:
                    block = self._next_block()
                    with _told_of():
                        wav.write(block)
                    try:
                        await stream.send_all(block)
                    except trio.BrokenResourceError:
                        return
                    due += BLOCK
                    await trio.sleep_until(due)

    def _next_block(self) -> bytes:
        block: Samples = self._room.normal(0, ROOM_NOISE, _SAMPLES)
        if self._said:
            speech = self._said.popleft()
            block[: len(speech[:_SAMPLES])] += speech[:_SAMPLES]
            if len(rest := speech[_SAMPLES:]):
                self._said.appendleft(rest)
        return np.clip(block, -32768, 32767).astype("<i2").tobytes()


@contextmanager
def _open_recording(path: Path) -> Iterator[WavWriter]:
    with _told_of():
        wav = WavWriter(str(path), MICROPHONE)
    try:
        yield wav
    finally:
        with suppress(UserError):  # what could not be written has been told
            wav.close()


@contextmanager
def _told_of() -> Iterator[None]:
    try:
        yield
    except UserError as exc:
        raise UserError(f"{exc}; or choose another place with --output") from exc


async def synthesise(text: str, voice: Voice) -> Samples:
    """What `voice` says, as a microphone hears it. Raises `VoiceFailed`."""
    pieces: list[bytes] = []

    async def play(pcm: bytes) -> None:  # noqa: ASYNC124 - a voice awaits it
        pieces.append(pcm)

    await voice.speak(text, play)
    resampler = Resampler(voice.format.rate, MICROPHONE.rate)
    pcm = resampler.feed(b"".join(pieces)) + resampler.flush()
    return np.frombuffer(pcm, "<i2").astype(np.float64)
