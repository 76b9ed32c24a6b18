"""The hotword detector in its own thread, and the task that answers for it."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

import attrs
import trio
from structlog import get_logger

from tars.pi.beside_the_loop import run_beside
from tars.pi.hotword.catalogue import DEFAULT_HOTWORD, ModelFiles, find_models
from tars.pi.hotword.chunk import CHUNK_BYTES, Chunk
from tars.pi.hotword.detection import Detection
from tars.pi.hotword.handover import Handover
from tars.pi.hotword.trigger import Trigger

log = get_logger()

_BACKLOG = 25  # chunks, 2 s: a hotword said while the models load is still heard; more would be answered too late
_UNREAD = 4  # detections, each a cooldown apart: an owner further behind than that does not want them any more
_COMPLAIN_EVERY = 125  # lost chunks, 10 s: often enough to be noticed, seldom enough to leave the log readable
_STOP_LIMIT = 1.0  # seconds; the thread looks up after every chunk, only loading models can take longer


class HotwordListener(Protocol):
    """What hears hotwords in a stream of microphone audio."""

    @property
    def detections(self) -> trio.MemoryReceiveChannel[Detection]:
        """What was heard, as it is heard."""
        ...

    @property
    def ready(self) -> trio.Event:
        """Set once the models are loaded."""
        ...

    def offer(self, block: bytes) -> None:
        """Hand over the next piece of the stream, of any length; never waits."""
        ...


@asynccontextmanager
async def open_hotword(
    hotwords: Iterable[str] = (DEFAULT_HOTWORD,),
    threshold: float = 0.5,
    cooldown: float = 1.0,
    *,
    gate: bool = True,
) -> AsyncIterator[HotwordListener]:
    """Listen for `hotwords`: names of openWakeWord's models (`hey_jarvis`), or paths of `.onnx` files.

    A detection needs a score of `threshold`, and none follows another within `cooldown` seconds. The `gate` spares
    the models a silent room. The models load in the background while audio may already be offered; the last two
    seconds of it wait for them.

    Raises `UserError` for a hotword that is not there; what goes wrong later (a file that is no model) cancels the
    body and is raised in an exception group.
    """
    files = await run_beside(lambda: find_models(hotwords), "hotword")
    send, receive = trio.open_memory_channel[Detection](_UNREAD)
    listener = _Listener(receive, send)
    with send, receive:
        async with trio.open_nursery() as nursery:
            work = _Work(listener, files, Trigger(threshold, cooldown), gated=gate)
            patience = trio.CancelScope(shield=True)
            nursery.start_soon(_run_thread, work, patience)
            try:
                yield listener
            finally:
                listener.handover.close()
                patience.deadline = trio.current_time() + _STOP_LIMIT


@attrs.define(eq=False)
class _Listener:
    """The event loop's end."""

    detections: trio.MemoryReceiveChannel[Detection]
    _send: trio.MemorySendChannel[Detection]
    ready: trio.Event = attrs.field(factory=trio.Event)
    handover: Handover = attrs.field(factory=lambda: Handover(_BACKLOG))
    _rest: bytearray = attrs.field(factory=bytearray)
    _offered: int = 0
    _complain_at: int = 0

    def offer(self, block: bytes) -> None:
        """Collect whole chunks and queue them for the thread."""
        self._rest += block
        while len(self._rest) >= CHUNK_BYTES:
            self._offered += CHUNK_BYTES
            self.handover.put(Chunk(bytes(self._rest[:CHUNK_BYTES]), self._offered))
            del self._rest[:CHUNK_BYTES]
        if self.ready.is_set() and self.handover.dropped >= self._complain_at:
            log.warning("hotword_too_slow", lost_chunks=self.handover.dropped)
            self._complain_at = self.handover.dropped + _COMPLAIN_EVERY

    def loaded(self) -> None:
        """The thread has its models; what was lost until now was lost to loading, not to a slow machine."""
        self._complain_at = self.handover.dropped + 1
        self.ready.set()

    def heard(self, detection: Detection) -> None:
        """Pass a detection on to the owner."""
        try:
            self._send.send_nowait(detection)
        except trio.WouldBlock:
            log.warning("hotword_unread", hotword=detection.hotword)
        except trio.BrokenResourceError:
            pass  # the owner has closed its end: it is on its way out


@attrs.define
class _Work:
    """What the thread does from start to end."""

    listener: _Listener
    files: ModelFiles
    trigger: Trigger
    gated: bool

    def run(self, token: trio.lowlevel.TrioToken) -> None:
        """Load the models, then listen until the hand-over is closed."""
        from tars.pi.hotword.detector import load_detector  # numpy and onnxruntime load here, beside the link

        with suppress(trio.RunFinishedError):  # abandoned, and the program has ended meanwhile
            detector = load_detector(self.files, self.trigger, gated=self.gated)
            token.run_sync_soon(self.listener.loaded)
            while chunks := self.listener.handover.get(detector.batch):
                for detection in filter(None, map(detector.listen, chunks)):
                    token.run_sync_soon(self.listener.heard, detection)


async def _run_thread(work: _Work, patience: trio.CancelScope) -> None:
    """Wait for the thread, so that what it raises is raised here; closing its hand-over ends it, not a cancel."""
    limiter = trio.CapacityLimiter(1)  # its own: a thread that never ends must not take a shared place
    with patience:
        await trio.to_thread.run_sync(
            work.run,
            trio.lowlevel.current_trio_token(),
            thread_name="hotword",
            abandon_on_cancel=True,
            limiter=limiter,
        )
