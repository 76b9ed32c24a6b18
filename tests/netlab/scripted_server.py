"""`tars-server` as it is, but for ears, a brain and a voice that do as they are told.

    python -m tests.netlab.scripted_server [tars-server's arguments]

What they do is in `NETLAB_…` variables (`Acts`). What the ears were fed is kept byte for byte in
NETLAB_EARS/SESSION.pcm, and when, in NETLAB_EARS/SESSION.times (a line for each feed: seconds, bytes); the log
says when ears, brain and voice begin and end.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import attrs
import trio
from structlog import get_logger

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.server import providers
from tars.server.brains.brain import Outcome, Request, Say
from tars.server.conversation.interlocutor import Providers
from tars.server.program import cli
from tars.server.settings import Settings
from tars.server.stt.recogniser import Activation, Listening, SpeechEvent, SpeechStarted, Utterance
from tars.server.tts.voice import Play

LEVEL = 8_000
"""Every sample of the voice: nothing else that a device plays holds still."""

log = get_logger()


@attrs.frozen
class Acts:
    """What ears, brain and voice do."""

    open: float = 0.0
    """Seconds that the ears take to open."""
    utter_after: float = 1e9
    """Seconds of a session's audio after which the ears have heard a whole utterance; once a session."""
    think: float = 0.0
    """Seconds that the brain takes."""
    speak: float = 1.0
    """Seconds that a sentence lasts."""
    sentences: float = 1
    """So many has a reply."""
    pace: float = 2.0
    """How many times as fast as it is heard the voice speaks."""

    @classmethod
    def from_environment(cls) -> "Acts":
        names = [field.name for field in attrs.fields(cls)]
        given = {name: os.environ.get(f"NETLAB_{name.upper()}") for name in names}
        return cls(**{name: float(value) for name, value in given.items() if value is not None})


@attrs.define(eq=False)
class Ears:
    """One session's ears."""

    acts: Acts
    pcm: IO[bytes]
    times: IO[str]
    events: trio.MemoryReceiveChannel[SpeechEvent]
    send: trio.MemorySendChannel[SpeechEvent]
    fed: int = 0
    uttered: bool = False
    unheard: float = 0.0

    def feed(self, pcm: bytes) -> None:
        self.pcm.write(pcm)
        self.times.write(f"{time.monotonic():.6f} {len(pcm)}\n")
        self.fed += len(pcm)
        at = MICROPHONE.seconds(self.fed)
        if at >= self.acts.utter_after and not self.uttered:
            self.uttered = True
            self.send.send_nowait(SpeechStarted(at))
            self.send.send_nowait(Utterance("so far", "grammar", at, at, at))

    def finish(self) -> None:
        pass

    def watch_for_stop(self) -> None:
        self.restart()

    def restart(self) -> None:
        pass


@attrs.frozen
class Recogniser:
    """Opens such ears."""

    acts: Acts
    folder: Path
    busy: bool = False

    @asynccontextmanager
    async def open(self, session_id: str, activation: Activation | None = None) -> AsyncIterator[Listening]:
        await trio.sleep(self.acts.open)
        send, receive = trio.open_memory_channel[SpeechEvent](64)
        files = self.folder / session_id
        with (
            files.with_suffix(".pcm").open("ab", buffering=0) as pcm,
            files.with_suffix(".times").open("a", buffering=1) as times,
        ):
            log.info("ears_opened", session_id=session_id)
            try:
                yield Ears(self.acts, pcm, times, receive, send)
            finally:
                log.info("ears_closed", session_id=session_id)


@attrs.frozen
class Brain:
    """Takes its time, then says a sentence, or several."""

    acts: Acts

    async def think(self, request: Request, say: Say) -> Outcome:
        log.info("brain_began")
        done = False
        try:
            await trio.sleep(self.acts.think)
            await say("What you said. " * int(self.acts.sentences))
            done = True
        finally:
            log.info("brain_ended", cancelled=not done)
        return Outcome()


@attrs.define
class Voice:
    """A tone of no pitch: the same sample again and again."""

    acts: Acts
    format: AudioFormat = attrs.field(factory=lambda: AudioFormat(16_000))

    async def speak(self, text: str, play: Play) -> None:
        log.info("voice_began")
        done = False
        sample = LEVEL.to_bytes(2, "little")
        try:
            for _ in range(round(self.acts.speak / 0.1)):
                await play(sample * (self.format.bytes_in(0.1) // 2))
                await trio.sleep(0.1 / self.acts.pace)
            done = True
        finally:
            log.info("voice_ended", cancelled=not done)


@asynccontextmanager
async def open_scripted(settings: Settings) -> AsyncIterator[Providers]:
    """The providers, in place of tars-server's own."""
    acts = Acts.from_environment()
    yield Providers(Recogniser(acts, Path(os.environ["NETLAB_EARS"])), Brain(acts), Voice(acts))


if __name__ == "__main__":
    providers.open_providers = open_scripted
    cli()
