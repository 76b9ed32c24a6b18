"""What writes down free words: the interface that every provider of transcriptions offers.

A provider has to implement this alone: `tars.server.stt.transcribing` adds voice activity, endpointing,
speculation, the grammar and the gate.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class TranscriberFailed(Exception):
    """The transcription did not succeed; the message says why."""


class Transcription(Protocol):
    """One utterance on its way to its text."""

    def feed(self, pcm: bytes) -> None:
        """Take more of the utterance (16 kHz mono 16-bit), as it comes. Never waits."""

    async def text(self) -> str:
        """Return the text of all that was fed; no more will be. Empty where no words are in it.

        Raises `TranscriberFailed`. May be cancelled.
        """


class Transcriber(Protocol):
    """Writes down utterances. Several may be under way at once."""

    def open(self) -> AbstractAsyncContextManager[Transcription]:
        """Begin a transcription, which is over when the block is left, with or without its text.

        Raises `TranscriberFailed`.
        """
