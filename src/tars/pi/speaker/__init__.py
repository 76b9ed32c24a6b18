"""Loudspeakers: a sound card, a WAV file, or nothing."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tars.pi.card_stream import OnTrouble
from tars.pi.speaker.card_speaker import open_card_speaker
from tars.pi.speaker.clocked_speaker import open_null_speaker, open_wav_speaker
from tars.pi.speaker.pulled_speaker import PulledSpeaker
from tars.pi.speaker.speaker import Speaker, SpeakerLost
from tars.pi.stand_ins import NULL, wav_path

__all__ = ["Speaker", "SpeakerLost", "open_speaker"]


@asynccontextmanager
async def open_speaker(
    spec: str | None, on_trouble: OnTrouble = lambda reason: None, *, output_delay: float = 0.0
) -> AsyncIterator[Speaker]:
    """Open the loudspeaker that `spec` names.

    That is `wav:FILE` (records what would be heard), `null`, a device's number or (part of its) name, or None for
    the default device. A sound card that stops is opened anew: `on_trouble` is called with the reason, and
    with None when it plays again; meanwhile playing raises `SpeakerLost`. Where PortAudio hangs for a minute
    `DeviceLost` is raised out of the body. Raises `UserError` where the file or the device cannot be used.

    `output_delay`: how many seconds later it sounds than its driver says.
    """
    async with _open(spec, on_trouble) as speaker:
        speaker.buffer.output_delay = output_delay
        yield speaker


def _open(spec: str | None, on_trouble: OnTrouble) -> AbstractAsyncContextManager[PulledSpeaker]:
    if spec == NULL:
        return open_null_speaker()
    if (path := wav_path(spec)) is not None:
        return open_wav_speaker(path)
    return open_card_speaker(spec, on_trouble)
