"""Playback: the server's utterances and the device's own sounds, one after the other, on one loudspeaker."""

import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import attrs
import trio
from structlog import get_logger

from tars.audio.convert import UnsupportedFormat
from tars.audio.formats import AudioFormat
from tars.pi.playback_events import (
    PlaybackComplete,
    PlaybackEvent,
    PlaybackFailed,
    PlaybackStarted,
    PlaybackStopped,
    Progress,
)
from tars.pi.playlist import Item, Playlist, Utterance
from tars.pi.sound_names import Sound
from tars.pi.sounds import SOUND_FORMAT, Clip, sound
from tars.pi.speaker import Speaker, SpeakerLost

__all__ = [
    "PlaybackComplete",
    "PlaybackEvent",
    "PlaybackFailed",
    "PlaybackStarted",
    "PlaybackStopped",
    "Player",
    "Progress",
    "open_player",
]

log = get_logger()
PROGRESS_EVERY = 1.0
"""Seconds."""
EVENTS_WAITING = 256
"""Minutes of ordinary playback; who reads no events for that long has stopped, and the newest are dropped."""
SILENT_SERVER = 30.0
"""Seconds without audio in the middle of an utterance before it counts as failed: more than a slow brain takes
for its next sentence."""
FAINT = 25
"""Percent at which a muted device makes its sounds: 24 dB below full, to be heard in a quiet room."""
STRAGGLERS = 0.5
"""Seconds after the last news of an older server's utterance in which more of its audio may come, although it has
ended: its end overtakes its last audio. That follows within milliseconds, or after a lost packet's repetition. An
utterance that is longer than this is not told complete any later for it."""


@asynccontextmanager
async def open_player(speaker: Speaker, clock: Callable[[], float] = time.monotonic) -> AsyncIterator["Player"]:
    """A player on `speaker`; `clock` gives the times that its events carry."""
    tx, rx = trio.open_memory_channel[PlaybackEvent](EVENTS_WAITING)
    player = Player(speaker, rx, tx, clock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(player._run)
        yield player
        nursery.cancel_scope.cancel()


@attrs.define(eq=False)
class Player:
    """Plays utterances in the order they came. No method waits: they may be called by the link's reader."""

    _speaker: Speaker
    events: trio.MemoryReceiveChannel[PlaybackEvent]
    _outgoing: trio.MemorySendChannel[PlaybackEvent]
    _clock: Callable[[], float]
    _playlist: Playlist = attrs.field(init=False, factory=Playlist)
    _changed: trio.Event = attrs.field(init=False, factory=trio.Event)
    _scope: trio.CancelScope = attrs.field(init=False, factory=trio.CancelScope)
    _words: dict[Sound, Clip] = attrs.field(init=False, factory=dict)
    _held: bool = attrs.field(init=False, default=False)
    _volume: int = attrs.field(init=False, default=100)
    """Percent at which speech is heard; 0 while the device is muted."""
    _says_that_it_is_muted: bool = attrs.field(init=False, default=False)
    """The utterance under way, or the next one, tells the mute: it is heard, faintly."""
    _room: trio.Event = attrs.field(init=False, factory=trio.Event)

    # ---- from the server

    def offer_start(self, utterance_id: str, audio_format: AudioFormat, *, unpaced: bool = False) -> None:
        """An utterance begins; it is played when those before it have been. One that is `unpaced` comes all at
        once, and its end may overtake its last audio."""
        utterance = Utterance(utterance_id, audio_format, unpaced)
        if not self._playlist.start(utterance):
            self._emit(PlaybackFailed(utterance_id, 0, self._clock(), "too many utterances wait"))
        self._wake()

    def offer_audio(self, pcm: bytes) -> None:
        """Audio of the utterance begun last. Audio of one that was stopped or abandoned is dropped."""
        if (utterance := self._playlist.audio(pcm)) is not None:
            utterance.last_arrival = trio.current_time()
        self._wake()

    def offer_end(self, utterance_id: str) -> None:
        """That was all audio of the utterance."""
        if (utterance := self._playlist.end(utterance_id)) is not None:
            utterance.last_arrival = trio.current_time()
        self._wake()

    @property
    def full(self) -> bool:
        """Whether so much speech waits that no more should be read. Nothing is dropped for it."""
        return self._playlist.full

    async def wait_for_room(self) -> None:
        """Return when there is room for more speech."""
        while self._playlist.full:
            await self._room.wait()

    def stop(self, utterance_id: str) -> None:
        """Throw away what has not been heard of the utterance; nothing when it is not known."""
        for utterance in self._playlist.utterances:
            if utterance.utterance_id == utterance_id:
                self._drop(utterance)

    def hold(self, on: bool) -> None:
        """The rest of an utterance may be long in coming, because the link is away; or, if not `on`, no longer."""
        self._held = on
        self._wake()

    # ---- from the device

    def interrupt(self) -> tuple[str, int] | None:
        """Silence TARS at once: all utterances are dropped. The one under way, and how much of it was heard.

        That is in bytes of its own format; None when TARS was not speaking.
        """
        utterances = self._playlist.utterances
        if not utterances:
            return None
        first = utterances[0]
        heard = first.utterance_id, self._played_bytes(first)
        self.abandon()
        return heard

    def abandon(self) -> None:
        """The link is gone: drop all utterances, also what is still to come of them."""
        for utterance in self._playlist.utterances:
            self._drop(utterance)

    def play_sound(self, name: Sound | str, *, urgent: bool = False) -> float:
        """Play one of the device's own sounds after what is playing, or at once, instead of it, if `urgent`.

        Returns how long it is, in seconds.
        """
        self._playlist.add_sound(Sound(name))
        if urgent and (current := self._playlist.current) is not None:
            self._drop(current)
        self._wake()
        return self._clip(Sound(name)).seconds

    def learn(self, words: Mapping[Sound, Clip]) -> None:
        """From now on say these words instead of playing the sounds of the same meaning."""
        self._words.update(words)

    @property
    def utterance_id(self) -> str | None:
        """The utterance that is played now, or would be next; None when there is none."""
        utterances = self._playlist.utterances
        return utterances[0].utterance_id if utterances else None

    @property
    def volume(self) -> int:
        """Percent."""
        return self._volume

    @volume.setter
    def volume(self, percent: int) -> None:
        self._volume = max(0, min(100, percent))
        self._says_that_it_is_muted = False
        self._set_loudness(self._playlist.current)

    def mute(self, *, after_speech: bool) -> None:
        """Say nothing from now on, and make the device's own sounds faintly; until `volume` is set.

        With `after_speech`, what is being said, or else what is said next, tells the mute: it is heard faintly.
        """
        if self._volume:
            self.volume = 0
            self._says_that_it_is_muted = after_speech
            self._set_loudness(self._playlist.current)

    def _set_loudness(self, item: Item | None) -> None:
        """Set the loudspeaker for `item`: a mute silences speech, except for what tells it."""
        told = isinstance(item, Sound) or self._says_that_it_is_muted
        self._speaker.volume = self._volume or (FAINT if told else 0)

    # ---- the task

    async def _run(self) -> None:
        with self._outgoing:
            while True:
                item = self._playlist.next()
                if item is None:
                    await self._wait_changed()
                    continue
                with trio.CancelScope() as self._scope:
                    if isinstance(item, Sound):
                        await self._play_sound(item)
                    else:
                        await self._play_utterance(item)

    async def _play_sound(self, name: Sound) -> None:
        self._set_loudness(name)
        try:
            clip = self._clip(name)
            await self._speaker.start(clip.audio_format)
            await self._speaker.write(clip.pcm)
            await self._speaker.drain()
        except SpeakerLost as exc:
            log.warning("sound_not_played", sound=name, reason=str(exc))

    def _clip(self, name: Sound) -> Clip:
        return self._words.get(name) or Clip(SOUND_FORMAT, sound(name))

    async def _play_utterance(self, utterance: Utterance) -> None:
        if not self._volume and not self._says_that_it_is_muted:
            await self._play_sound(Sound.MUTED)
        self._set_loudness(utterance)
        try:
            await self._speaker.start(utterance.audio_format)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._report, utterance)
                await self._write_all(utterance)
                nursery.cancel_scope.cancel()
        except* (SpeakerLost, UnsupportedFormat, trio.TooSlowError) as group:
            self._fail(utterance, _reason(group))
        else:
            self._complete(utterance)

    async def _write_all(self, utterance: Utterance) -> None:
        while (pcm := utterance.take()) or await self._more_comes(utterance):
            if pcm:
                self._make_room()
                await self._speaker.write(pcm)
        await self._speaker.drain()

    async def _more_comes(self, utterance: Utterance) -> bool:
        """Wait for news of the utterance; False when it is whole. Raises `TooSlowError` when there is none."""
        if not utterance.ended:
            with trio.move_on_after(math.inf if self._held else SILENT_SERVER) as patience:
                await self._wait_changed()
            if patience.cancelled_caught:
                raise trio.TooSlowError
            return True
        if not utterance.straggles:
            return False
        with trio.move_on_at(utterance.last_arrival + STRAGGLERS) as grace:
            await self._wait_changed()
        return not grace.cancelled_caught

    async def _report(self, utterance: Utterance) -> None:
        self._started(utterance, await self._speaker.wait_heard())
        while True:
            await trio.sleep(PROGRESS_EVERY)
            self._emit(Progress(utterance.utterance_id, self._played_bytes(utterance), self._clock()))

    # ---- what becomes of an utterance

    def _started(self, utterance: Utterance, at: float) -> None:
        if not utterance.started:
            utterance.started = True
            ago = trio.current_time() - at
            self._emit(PlaybackStarted(utterance.utterance_id, self._clock() - ago))

    def _complete(self, utterance: Utterance) -> None:
        if (at := self._speaker.heard_at) is not None:
            self._started(utterance, at)
        played = self._played_bytes(utterance)
        self._says_that_it_is_muted = False
        self._remove(utterance)
        self._emit(PlaybackComplete(utterance.utterance_id, played, self._clock()))

    def _fail(self, utterance: Utterance, reason: str) -> None:
        if self._playlist.current is utterance:  # it may have been stopped when it had already failed
            played = self._played_bytes(utterance)
            self._remove(utterance)
            self._speaker.discard()
            self._emit(PlaybackFailed(utterance.utterance_id, played, self._clock(), reason))

    def _drop(self, item: Item) -> None:
        current = item is self._playlist.current
        played = self._played_bytes(item) if isinstance(item, Utterance) else 0
        self._remove(item)
        if current:
            self._speaker.discard()
            self._scope.cancel()
        if isinstance(item, Utterance):
            self._emit(PlaybackStopped(item.utterance_id, played, self._clock()))

    def _remove(self, item: Item) -> None:
        self._playlist.remove(item)
        self._make_room()

    def _make_room(self) -> None:
        self._room.set()
        self._room = trio.Event()

    def _played_bytes(self, utterance: Utterance) -> int:
        if not utterance.started:
            return 0
        return self._speaker.played * utterance.audio_format.frame_bytes

    def _emit(self, event: PlaybackEvent) -> None:
        try:
            self._outgoing.send_nowait(event)
        except trio.WouldBlock:
            log.error("playback_event_dropped", dropped=type(event).__name__)

    def _wake(self) -> None:
        self._changed.set()

    async def _wait_changed(self) -> None:
        self._changed = trio.Event()
        await self._changed.wait()


def _reason(group: BaseExceptionGroup[BaseException]) -> str:
    cause = group.exceptions[0]
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    match cause:
        case UnsupportedFormat():
            return f"the server sent {cause}"
        case trio.TooSlowError():
            return f"the server sent no audio for {SILENT_SERVER:g} s"
        case _:
            return str(cause)
