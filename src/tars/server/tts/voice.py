"""What speaks: the interface that every voice of the server offers."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from tars.audio.formats import AudioFormat


class VoiceFailed(Exception):
    """The voice died or hung; the session gets `tts_failed`."""


Play = Callable[[bytes], Awaitable[None]]


class Voice(Protocol):
    """Turns text into audio."""

    format: AudioFormat

    async def speak(self, text: str, play: Play) -> None:
        """Await `play` with pieces of audio, in whole frames, as they are made. Cancel it to stop speaking.

        Text is one sentence or a few. Raises `VoiceFailed`.
        """
