"""Several voices in order of preference: the first that can speaks, clause by clause."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import attrs
import trio
from structlog import get_logger

from tars.audio.formats import AudioFormat
from tars.server.tts.audio_cache import AudioCache
from tars.server.tts.clauses import portions, sentences
from tars.server.tts.voice import Play, Voice, VoiceFailed
from tars.server.tts.worker_voice import FORMAT

CLAUSE_LIMIT = 2.5
"""Seconds that a clause may take, with the wait for its turn, before the next voice says it: a person is waiting.
Piper needs a third of a second on a PC; the session's own limit (`voice_limit`) is twice as long."""
REST = 30.0
"""Seconds for which a voice that failed is not asked again: one slow clause in a conversation is enough."""

log = get_logger()


class ChainedVoice(Voice, Protocol):
    """A voice as the chain sees it."""

    name: str
    longest: int
    """Characters that it makes at once."""

    @property
    def ready(self) -> bool:
        """Whether it would begin at once."""


@attrs.define(eq=False)
class VoiceChain:
    """A voice of one or more; each takes over where those before it fail, are slow, or still load.

    No clause is heard twice: what a voice makes is played when all of it is there. Only the last voice is heard as
    it speaks, for no other is left to say it again.
    """

    voices: Sequence[ChainedVoice]
    cache: AudioCache = attrs.field(factory=AudioCache)
    format: AudioFormat = FORMAT
    _resting_until: dict[str, float] = attrs.field(factory=dict)

    async def speak(self, text: str, play: Play) -> None:
        """Await `play` with pieces of audio. Raises `VoiceFailed` where the last voice failed as well."""
        for sentence in sentences(text):
            rest = sentence
            while rest:
                voice = self._best()
                clause = next(portions(rest, voice.longest))
                if await self._say(voice, clause, play):
                    rest = rest[len(clause) :].strip()

    async def warm(self, texts: Iterable[str]) -> None:
        """Make what is often said before it is asked for. A voice that fails is nobody's trouble here."""

        async def nobody(pcm: bytes) -> None:
            await trio.lowlevel.checkpoint()

        for text in texts:
            try:
                await self.speak(text, nobody)
            except VoiceFailed:
                return

    def _best(self) -> ChainedVoice:
        now = trio.current_time()
        for voice in self.voices[:-1]:
            if voice.ready and self._resting_until.get(voice.name, now) <= now:
                return voice
        return self.voices[-1]

    async def _say(self, voice: ChainedVoice, clause: str, play: Play) -> bool:
        """Say a clause; False where `voice` could not, and another is to say it."""
        made = self.cache.get(voice.name, clause)
        if made is not None:
            await play(made)
            return True
        if voice is self.voices[-1]:
            self.cache.put(voice.name, clause, await _heard(voice, clause, play))
            return True
        try:
            made = await _made(voice, clause)
        except VoiceFailed as failure:
            self._resting_until[voice.name] = trio.current_time() + REST
            instead = self._best().name
            log.warning("tts_fallback", voice=voice.name, instead=instead, reason=str(failure), retry_in=REST)
            return False
        self.cache.put(voice.name, clause, made)
        await play(made)
        return True


async def _made(voice: Voice, clause: str) -> bytes:
    """All of a clause's audio. Raises `VoiceFailed`, also where it takes too long."""
    pieces: list[bytes] = []

    async def keep(pcm: bytes) -> None:
        pieces.append(pcm)
        await trio.lowlevel.checkpoint()

    with trio.move_on_after(CLAUSE_LIMIT) as limit:
        await voice.speak(clause, keep)
    if limit.cancelled_caught:
        raise VoiceFailed(f"a clause took more than {CLAUSE_LIMIT:g} s")
    return b"".join(pieces)


async def _heard(voice: Voice, clause: str, play: Play) -> bytes:
    """Play a clause as it is made, and return all of its audio. Raises `VoiceFailed`."""
    pieces: list[bytes] = []

    async def pass_on(pcm: bytes) -> None:
        pieces.append(pcm)
        await play(pcm)

    await voice.speak(clause, pass_on)
    return b"".join(pieces)
