"""A recogniser whose free words come from a transcriber, and everything else from another recogniser.

The inner recogniser, the embedded one, decides when somebody speaks and when an utterance is over. What the
grammar explains is answered at once. Free words are the transcriber's: it gets the audio while it is spoken. Where
it fails or is too slow, the inner recogniser's words are taken.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import attrs
import trio
from structlog import get_logger

from tars.audio.formats import MICROPHONE
from tars.errors import first_problem
from tars.server.brains.grammar import Completeness
from tars.server.stt.recent_audio import RecentAudio
from tars.server.stt.recogniser import (
    Activation,
    FalseWake,
    HotwordAlone,
    Listening,
    Pause,
    Recogniser,
    RecogniserFailed,
    SpeechEvent,
    SpeechStarted,
    Utterance,
)
from tars.server.stt.transcriber import Transcriber, TranscriberFailed, Transcription

_MAX_EVENTS = 256
"""As many as wait in the recogniser itself."""
_OVERRUN = 0.5
"""Seconds. What was fed beyond the endpoint, in a burst of audio, may hold words of the next utterance."""

log = get_logger()


class WrittenForms(Protocol):
    """What a text amounts to; a `Grammar` knows."""

    def without_hotword(self, text: str) -> str:
        """Return the text without the hotword at its front."""

    def words(self, text: str) -> str:
        """Return the text normalised for commands."""

    def completeness(self, text: str) -> Completeness:
        """Whether the text is a sentence of the grammar."""


@attrs.frozen
class TranscribingPolicy:
    """Numbers of the use of a transcriber, in seconds."""

    lead_in: float = 0.3
    """Audio before the first sound that is transcribed as well."""
    text_limit: float = 2.0
    """From the endpoint to the text. A person who waits longer for an answer asks again."""
    kept: float = 30.0
    """Audio that is kept for an utterance whose beginning is told late: as much as a recogniser may be behind."""


@attrs.define(eq=False)
class _Pending:
    """A transcription under way."""

    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    fed_until: float = 0.0
    """Position in the audio."""
    text: str | None = None
    whole: trio.Event = attrs.field(factory=trio.Event)
    """All audio was fed."""
    done: trio.Event = attrs.field(factory=trio.Event)
    _transcription: Transcription | None = None
    _early: list[bytes] = attrs.field(factory=list)
    """What was fed before the transcription was open; bounded by the length of an utterance."""

    def feed(self, pcm: bytes, until: float) -> None:
        """Pass on more audio."""
        self.fed_until = until
        if self._transcription is not None:
            self._transcription.feed(pcm)
        elif not self.done.is_set():
            self._early.append(pcm)

    async def run(self, transcriber: Transcriber, session_id: str) -> None:
        """Transcribe until the text is there, or cannot be had."""
        try:
            with self.scope:
                async with transcriber.open() as self._transcription:
                    for pcm in self._early:
                        self._transcription.feed(pcm)
                    self._early.clear()
                    await self.whole.wait()
                    self.text = await self._transcription.text()
        except TranscriberFailed as failed:
            log.warning("transcription_failed", session_id=session_id, reason=str(failed))
        finally:
            self._transcription = None
            self._early.clear()
            self.done.set()


@attrs.define(eq=False)
class TranscribingListening:
    """A `Listening` whose free words are a transcriber's."""

    events: trio.MemoryReceiveChannel[SpeechEvent]
    _sender: trio.MemorySendChannel[SpeechEvent]
    _inner: Listening
    _session_id: str
    _recogniser: "TranscribingRecogniser"
    _nursery: trio.Nursery
    _recent: RecentAudio = attrs.field(init=False)
    _pending: _Pending | None = None
    _speech_start: float | None = None
    """Where the utterance under way begins, with its lead-in; None between utterances."""
    _generation: int = 0

    def __attrs_post_init__(self) -> None:
        self._recent = RecentAudio(MICROPHONE.bytes_in(self._recogniser.policy.kept))

    @property
    def unheard(self) -> float:
        """See `Listening`."""
        return self._inner.unheard

    def feed(self, pcm: bytes) -> None:
        """See `Listening`."""
        self._recent.append(pcm)
        if self._pending is not None:
            self._pending.feed(pcm, self._recent.end)
        self._inner.feed(pcm)

    def finish(self) -> None:
        """See `Listening`."""
        self._inner.finish()

    def restart(self) -> None:
        """See `Listening`."""
        self._forget()
        self._inner.restart()

    def watch_for_stop(self) -> None:
        """See `Listening`."""
        self._forget()
        self._inner.watch_for_stop()

    async def run(self) -> None:
        """Pass on events, until there are no more."""
        with self._sender:
            async for event in self._inner.events:
                await self._take(event)

    async def _take(self, event: SpeechEvent) -> None:
        match event:
            case SpeechStarted():
                self._speech_start = event.at - self._recogniser.policy.lead_in
                self._begin(self._speech_start, self._recent.end)
            case Pause(source="free"):
                return  # it will say something else
            case Utterance(source="free") if self._speech_start is not None:
                generation = self._generation
                event = await self._written(event, self._speech_start)
                if generation != self._generation:
                    return
            case Utterance() | HotwordAlone() | FalseWake():
                self._drop()
        if isinstance(event, Utterance | HotwordAlone):
            self._speech_start = None
        try:
            self._sender.send_nowait(event)
        except trio.WouldBlock:
            raise RecogniserFailed("its events were not read") from None

    async def _written(self, utterance: Utterance, start: float) -> Utterance:
        """The utterance in the transcriber's words, where it has them in time."""
        pending = self._pending
        if pending is None or pending.fed_until > utterance.at + _OVERRUN:
            pending = self._begin(start, utterance.at)
        pending.whole.set()
        with trio.move_on_after(self._recogniser.policy.text_limit) as waiting:
            await pending.done.wait()
        if waiting.cancelled_caught:
            log.warning("transcription_failed", session_id=self._session_id, reason="it took too long")
        if self._pending is pending:
            self._drop()
        return utterance if pending.text is None else self._recogniser.rewrite(utterance, pending.text)

    def _begin(self, start: float, until: float) -> _Pending:
        """Transcribe what is said from `start` on; up to `until` it is here already."""
        self._drop()
        self._pending = pending = _Pending()
        pending.feed(self._recent.between(start, until), until)
        self._nursery.start_soon(pending.run, self._recogniser.transcriber, self._session_id)
        return pending

    def _drop(self) -> None:
        """Nobody wants the transcription under way any more."""
        if self._pending is not None:
            self._pending.scope.cancel()
            self._pending = None

    def _forget(self) -> None:
        self._generation += 1
        self._speech_start = None
        self._drop()
        try:
            while True:
                self.events.receive_nowait()
        except trio.WouldBlock:
            pass


@attrs.define(eq=False)
class TranscribingRecogniser:
    """A `Recogniser` that wraps another one."""

    inner: Recogniser
    transcriber: Transcriber
    forms: WrittenForms
    policy: TranscribingPolicy = TranscribingPolicy()

    @property
    def busy(self) -> bool:
        """See `Recogniser`."""
        return self.inner.busy

    @asynccontextmanager
    async def open(
        self, session_id: str, activation: Activation | None = None
    ) -> AsyncIterator[TranscribingListening]:
        """See `Recogniser`."""
        sender, events = trio.open_memory_channel[SpeechEvent](_MAX_EVENTS)
        async with self.inner.open(session_id, activation) as inner:
            try:
                async with trio.open_nursery() as nursery:
                    listening = TranscribingListening(events, sender, inner, session_id, self, nursery)
                    nursery.start_soon(listening.run)
                    with events:
                        yield listening
                    nursery.cancel_scope.cancel()
            except* RecogniserFailed as group:
                raise first_problem(group) from None

    def rewrite(self, utterance: Utterance, text: str) -> Utterance:
        """Return the utterance with another text: a sentence of the grammar, where the text is one."""
        text = self.forms.without_hotword(text.strip())
        known = self.forms.completeness(text) is not Completeness.OPEN
        words = self.forms.words(text)
        return attrs.evolve(utterance, text=text, words=words, source="grammar" if known else "free")
