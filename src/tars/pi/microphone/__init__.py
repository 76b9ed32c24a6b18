"""Microphones: a sound card, or a WAV file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tars.pi.microphone.microphone import BLOCK_BYTES, Microphone, MicrophoneLost
from tars.pi.microphone.wav_microphone import open_wav_microphone

__all__ = ["BLOCK_BYTES", "Microphone", "MicrophoneLost", "open_microphone"]


@asynccontextmanager
async def open_microphone(spec: str | None) -> AsyncIterator[Microphone]:
    """Open the microphone that `spec` names: `wav:FILE`."""
    if spec is not None and spec.startswith("wav:"):
        async with open_wav_microphone(spec.removeprefix("wav:")) as microphone:
            yield microphone
    else:
        raise NotImplementedError
