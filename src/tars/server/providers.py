"""The embedded ears, brain and voice, put together from the settings."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tars.server.brains.offline import OfflineBrain
from tars.server.conversation.interlocutor import Providers
from tars.server.settings import Settings
from tars.server.stt.workers import open_speech_workers
from tars.server.tts.espeak import open_espeak_voice
from tars.server.workers import WorkerPolicy


@asynccontextmanager
async def open_providers(settings: Settings) -> AsyncIterator[Providers]:
    """What hears, thinks and speaks. Models load beside the block; whoever is early waits for them."""
    patient = WorkerPolicy(open_timeout=settings.session.open_limit)
    async with (
        open_speech_workers(settings.speech, settings.server.hotwords, patient) as recogniser,
        open_espeak_voice(settings.voice) as voice,
    ):
        yield Providers(recogniser, OfflineBrain(random.Random()), voice, (recogniser.pool, voice.pool))
