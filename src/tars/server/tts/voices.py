"""The embedded voices, put together from the settings."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Literal

import attrs
from cyclopts import Parameter
from structlog import get_logger

from tars.errors import UserError
from tars.runtime.help import EVERYDAY
from tars.server.tts.chain import VoiceChain
from tars.server.tts.espeak import EspeakSettings, open_espeak_voice
from tars.server.tts.piper.files import is_installed
from tars.server.tts.piper.voice import PiperSettings, open_piper_voice
from tars.server.tts.worker_voice import WorkerVoice
from tars.server.workers.pool import WorkerPool

VoiceName = Literal["piper", "espeak"]
log = get_logger()


@attrs.frozen
class TtsSettings:
    """Which voices speak."""

    use: Annotated[tuple[VoiceName, ...], Parameter(metavar="VOICE", group=EVERYDAY)] = ("piper", "espeak")
    """Voices in order of preference: the next one speaks where one fails, or still loads. A voice that is not
    installed is left out, unless it is the only one."""


@attrs.frozen
class OpenVoices:
    """The voice, and the processes that it runs on."""

    voice: VoiceChain
    pools: tuple[WorkerPool, ...]

    async def prepare(self, texts: Iterable[str]) -> None:
        """Make what is said again and again, as soon as the first voice has loaded."""
        await self.pools[0].wait_ready()
        await self.voice.warm(texts)


@asynccontextmanager
async def open_voices(
    settings: TtsSettings, espeak: EspeakSettings, piper: PiperSettings
) -> AsyncIterator[OpenVoices]:
    """Open the voices that are wanted and installed, while the block lasts.

    Raises `UserError` where `use` makes no sense, or the only voice is not installed.
    """
    wanted = _wanted(settings.use, own_model=piper.model is not None)
    async with AsyncExitStack() as stack:
        voices: list[WorkerVoice] = []
        for name in wanted:
            opening = open_piper_voice(piper) if name == "piper" else open_espeak_voice(espeak)
            voices.append(await stack.enter_async_context(opening))
        log.info("voices", use=list(wanted))
        yield OpenVoices(VoiceChain(voices), tuple(voice.pool for voice in voices))


def _wanted(use: tuple[VoiceName, ...], *, own_model: bool) -> tuple[VoiceName, ...]:
    if not use:
        raise UserError("tts.use names no voice; the voices are piper and espeak")
    if len(set(use)) < len(use):
        raise UserError(f"tts.use names a voice twice: {', '.join(use)}")
    left = tuple(name for name in use if name != "piper" or own_model or is_installed())
    return left or use  # the only one: its own complaint says what to install
