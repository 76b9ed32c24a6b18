"""Piper's voice in a worker process: far easier to understand than espeak-ng, for some 100 ms a sentence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import attrs
import msgspec
from cyclopts import Parameter

from tars.runtime.help import number
from tars.server.tts.piper.files import find_files
from tars.server.tts.piper.setup import Setup
from tars.server.tts.worker_voice import FORMAT, WorkerVoice
from tars.server.workers.policy import WorkerPolicy
from tars.server.workers.pool import open_worker_pool

POLICY = WorkerPolicy(processes=1, niceness=0)
"""One process with one thread makes speech sixteen times as fast as it is spoken."""
LONGEST = 80
"""Characters that are made at once: some 5 s of speech, a third of a second of work before the first sound."""
PAUSE = 0.1
"""Seconds of silence after a sentence; the network adds as much by itself."""


@attrs.frozen
class PiperSettings:
    """How Piper's voice sounds."""

    model: Annotated[Path | None, Parameter(metavar="FILE", show_default="the installed one")] = None
    """A Piper voice of your own: FILE.onnx, with FILE.onnx.json beside it."""
    speed: Annotated[float, number("FACTOR", gte=0.5, lte=2)] = 1.0
    """How fast it speaks, from 0.5 to 2; 1 is as it was trained."""


@asynccontextmanager
async def open_piper_voice(
    settings: PiperSettings = PiperSettings(), policy: WorkerPolicy = POLICY
) -> AsyncIterator[WorkerVoice]:
    """The voice, while the block lasts; its worker loads beside it. `UserError` where something is missing."""
    files = find_files(settings.model)
    setup = Setup(str(files.model), str(files.config), settings.speed, FORMAT.rate)
    async with open_worker_pool(
        "piper", "tars.server.tts.piper.worker", msgspec.json.encode(setup), policy
    ) as pool:
        yield WorkerVoice("piper", pool, LONGEST, PAUSE)
