"""The embedded voice: espeak-ng in a worker process. No cloud, no download, first audio within milliseconds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import attrs
import msgspec
from cyclopts import Parameter

from tars.audio.formats import AudioFormat
from tars.runtime.help import EVERYDAY, number
from tars.server.tts.espeak_data import check_voice, data_path
from tars.server.tts.espeak_setup import Setup
from tars.server.tts.speakable import portions, speakable
from tars.server.tts.voice import Play, VoiceFailed
from tars.server.workers import WorkerFailed, WorkerPolicy, WorkerPool, open_worker_pool

FORMAT = AudioFormat(rate=22_050)
"""espeak-ng's own; no voice of its wheel makes another."""
POLICY = WorkerPolicy(processes=1, niceness=0)
"""One is enough: a second of speech takes a millisecond, so that a hundred devices wait for nobody. Not nice:
somebody is waiting for those milliseconds."""


@attrs.frozen
class EspeakSettings:
    """How the embedded voice sounds."""

    voice: Annotated[str, Parameter(metavar="VOICE", group=EVERYDAY)] = "en-us"
    """An espeak-ng voice, perhaps with a variant: en-us, en, en-gb-scotland, en-us+f3."""
    speed: Annotated[int, number("WORDS-PER-MINUTE", gte=80, lte=450)] = 165
    """How fast TARS speaks, from 80 to 450."""
    pitch: Annotated[int, number("PITCH", gte=0, lte=99)] = 40
    """How high TARS speaks, from 0 to 99."""
    sentence_pause: Annotated[float, number("SECONDS", gte=0, lte=2)] = 0.15
    """Silence after each sentence. Without it sentences run together."""


class EspeakVoice:
    """Speaks. Any number of devices at once: they take turns, sentence by sentence."""

    format = FORMAT

    def __init__(self, pool: WorkerPool, sentence_pause: float) -> None:
        self.pool = pool
        self._pause = bytes(FORMAT.bytes_in(sentence_pause))

    async def speak(self, text: str, play: Play) -> None:
        """Await `play` with 60 ms pieces of audio, as they are made.

        A sentence is made when the one before has been taken. Raises `VoiceFailed` when the worker died or hung;
        the next call finds a new one.
        """
        for sentence in portions(text):
            try:
                async with self.pool.open(speakable(sentence).encode()) as line:
                    async for piece in line.messages:
                        await play(piece)
                    if self._pause:
                        await play(self._pause)
            except WorkerFailed as exc:
                raise VoiceFailed(str(exc)) from exc


@asynccontextmanager
async def open_espeak_voice(
    settings: EspeakSettings = EspeakSettings(), policy: WorkerPolicy = POLICY
) -> AsyncIterator[EspeakVoice]:
    """The voice, while the block lasts; its worker loads beside it. `UserError` where there is no such voice."""
    check_voice(settings.voice, data_path())
    setup = Setup(settings.voice, settings.speed, settings.pitch, FORMAT.rate)
    async with open_worker_pool(
        "voice", "tars.server.tts.espeak_worker", msgspec.json.encode(setup), policy
    ) as pool:
        yield EspeakVoice(pool, settings.sentence_pause)
