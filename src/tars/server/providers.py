"""The embedded ears, brain and voice, put together from the settings."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from tars.server.brains.offline import OfflineBrain
from tars.server.conversation.fixed_replies import FIXED_REPLIES
from tars.server.conversation.interlocutor import Providers
from tars.server.settings import Settings
from tars.server.stt.workers import open_speech_workers
from tars.server.tts.voices import open_voices
from tars.server.workers.policy import WorkerPolicy


@asynccontextmanager
async def open_providers(settings: Settings) -> AsyncIterator[Providers]:
    """What hears, thinks and speaks. Models load beside the block; whoever is early waits for them."""
    patient = WorkerPolicy(open_timeout=settings.session.open_limit)
    async with (
        open_speech_workers(settings.speech, settings.server.hotwords, patient) as recogniser,
        open_voices(settings.tts, settings.voice, settings.piper) as speaking,
        trio.open_nursery() as nursery,
    ):
        workers = (recogniser.pool, *speaking.pools)
        nursery.start_soon(speaking.prepare, FIXED_REPLIES.values())
        yield Providers(recogniser, OfflineBrain(random.Random()), speaking.voice, workers)
        nursery.cancel_scope.cancel()
