"""The embedded voice: espeak-ng in a worker process. No cloud, no download, first audio within milliseconds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import attrs
import msgspec
from cyclopts import Parameter

from tars.runtime.help import EVERYDAY, number
from tars.server.tts.espeak_data import check_voice, data_path
from tars.server.tts.espeak_setup import Setup
from tars.server.tts.worker_voice import FORMAT, WorkerVoice
from tars.server.workers.policy import WorkerPolicy
from tars.server.workers.pool import open_worker_pool

POLICY = WorkerPolicy(processes=1, niceness=0)
"""One is enough: a second of speech takes a millisecond, so that a hundred devices wait for nobody. Not nice:
somebody is waiting for those milliseconds."""
LONGEST = 400
"""Characters that are made at once, some 25 s of speech: what is made and not yet played stays small."""


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


@asynccontextmanager
async def open_espeak_voice(
    settings: EspeakSettings = EspeakSettings(), policy: WorkerPolicy = POLICY
) -> AsyncIterator[WorkerVoice]:
    """The voice, while the block lasts; its worker loads beside it. `UserError` where there is no such voice."""
    check_voice(settings.voice, data_path())
    setup = Setup(settings.voice, settings.speed, settings.pitch, FORMAT.rate)
    async with open_worker_pool(
        "voice", "tars.server.tts.espeak_worker", msgspec.json.encode(setup), policy
    ) as pool:
        yield WorkerVoice("espeak", pool, LONGEST, settings.sentence_pause)
