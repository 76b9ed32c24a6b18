"""The questions: synthetic speech, laid out in a WAV file as a microphone would hear it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import attrs
import numpy as np

from tars.audio.formats import MICROPHONE
from tars.audio.resample import Resampler
from tars.audio.wav import WavWriter
from tars.server.voices.voice import Voice

ROOM_NOISE = 20
"""Root mean square of the noise under it all, in 16-bit steps: a quiet room. No real microphone gives zeros."""


@attrs.frozen
class Spoken:
    """Something said at a moment."""

    at: float
    """Seconds from the beginning of the file."""
    text: str


async def record(path: Path, said: Sequence[Spoken], seconds: float, voice: Voice) -> None:
    """Write a WAV file of `seconds` in which `voice` says each thing at its moment, in a quiet room."""
    generator = np.random.default_rng(seed=1)
    room = generator.normal(0, ROOM_NOISE, round(seconds * MICROPHONE.rate))
    for each in said:
        speech = await _synthesise(each.text, voice)
        start = round(each.at * MICROPHONE.rate)
        room[start : start + len(speech)] += speech[: max(0, len(room) - start)]
    with closing(WavWriter(str(path), MICROPHONE)) as wav:
        wav.write(np.clip(room, -32768, 32767).astype("<i2").tobytes())


async def _synthesise(text: str, voice: Voice) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    pieces: list[bytes] = []

    async def play(pcm: bytes) -> None:  # noqa: ASYNC124 - a voice awaits it
        pieces.append(pcm)

    await voice.speak(text, play)
    resampler = Resampler(voice.format.rate, MICROPHONE.rate)
    pcm = resampler.feed(b"".join(pieces)) + resampler.flush()
    return np.frombuffer(pcm, "<i2").astype(np.float64)
