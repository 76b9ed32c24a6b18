"""Loudspeakers: a sound card, a WAV file, or nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tars.pi.speaker.clocked_speaker import open_null_speaker, open_wav_speaker
from tars.pi.speaker.speaker import Speaker, SpeakerLost

__all__ = ["Speaker", "SpeakerLost", "open_speaker"]


@asynccontextmanager
async def open_speaker(spec: str | None) -> AsyncIterator[Speaker]:
    """Open the loudspeaker that `spec` names: `wav:FILE` or `null`."""
    if spec == "null":
        async with open_null_speaker() as speaker:
            yield speaker
    elif spec is not None and spec.startswith("wav:"):
        async with open_wav_speaker(spec.removeprefix("wav:")) as speaker:
            yield speaker
    else:
        raise NotImplementedError
