"""Microphones: a sound card, a WAV file, or standard input."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tars.pi.card_stream import OnTrouble
from tars.pi.microphone.card_microphone import open_card_microphone
from tars.pi.microphone.microphone import BLOCK_BYTES, Microphone
from tars.pi.microphone.stdin_microphone import open_stdin_microphone
from tars.pi.microphone.wav_microphone import open_wav_microphone
from tars.pi.stand_ins import STDIN, wav_path

__all__ = ["BLOCK_BYTES", "Microphone", "open_microphone"]


@asynccontextmanager
async def open_microphone(
    spec: str | None, on_trouble: OnTrouble = lambda reason: None, listened: trio.Event | None = None
) -> AsyncIterator[Microphone]:
    """Open the microphone that `spec` names.

    That is `wav:FILE`, `stdin`, a device's number or (part of its) name, or None for the default device. A sound
    card that goes deaf is opened anew, and `on_trouble` is called with the reason, and with None when it hears
    again; meanwhile the blocks are silence. A WAV file begins when `listened` is set. Where PortAudio hangs for a
    minute `DeviceLost` is raised out of the body. Raises `UserError` where the file or the device cannot be used.
    """
    if (path := wav_path(spec)) is not None:
        async with open_wav_microphone(path, listened) as microphone:
            yield microphone
    elif spec == STDIN:
        async with open_stdin_microphone() as microphone:
            yield microphone
    else:
        async with open_card_microphone(spec, on_trouble) as microphone:
            yield microphone
