"""The player's place: the link is up before the loudspeaker is, and what the server says meanwhile is kept."""

from collections.abc import Callable
from typing import Protocol

import trio

from tars.audio.formats import AudioFormat
from tars.pi.playback_events import PlaybackEvent
from tars.pi.playlist import PIECE

EARLY_OFFERS = 500
"""Calls kept for a loudspeaker that is still being opened, audio in between counted as one."""
EARLY_BYTES = 1024 * 1024
"""Bytes of audio kept for it before no more is read: half a minute of speech. A server that paces itself is 2 s
ahead (docs/protocol.md, rule 3)."""


class PlayerPort(Protocol):
    """What a session needs of `tars.pi.playback.Player`; see there. Nothing of it waits."""

    @property
    def events(self) -> trio.MemoryReceiveChannel[PlaybackEvent]:
        """What became of utterances."""

    @property
    def utterance_id(self) -> str | None:
        """What is played now or next."""

    volume: int

    def mute(self, *, after_speech: bool) -> None:
        """Say nothing from now on, or from the end of what is being said, or comes next, which is said faintly."""

    def offer_start(self, utterance_id: str, audio_format: AudioFormat, *, unpaced: bool = False) -> None:
        """An utterance begins."""

    def offer_audio(self, pcm: bytes) -> None:
        """Its audio."""

    @property
    def full(self) -> bool:
        """Whether no more should be read."""

    async def wait_for_room(self) -> None:
        """Return when more may be read."""

    def offer_end(self, utterance_id: str) -> None:
        """That was all of it."""

    def stop(self, utterance_id: str) -> None:
        """Throw it away."""

    def interrupt(self) -> tuple[str, int] | None:
        """Silence at once; what was being said, and how much of it was heard."""

    def hold(self, on: bool) -> None:
        """Wait without a limit for the rest of an utterance, or no longer."""

    def play_sound(self, name: str, *, urgent: bool = False) -> float:
        """Play one of the device's own sounds; how long it is, in seconds."""


class PlayerSlot:
    """Passes calls on to the player; before there is one, keeps those that a player must not miss."""

    def __init__(self) -> None:
        self._player: PlayerPort | None = None
        self._early: list[Callable[[PlayerPort], None] | bytearray] = []
        self._early_utterance: str | None = None
        self._changed = trio.Event()

    def fill(self, player: PlayerPort) -> None:
        """The loudspeaker is open: hand over what was kept."""
        self._player = player
        for kept in self._early:
            if isinstance(kept, bytearray):
                for at in range(0, len(kept), PIECE):
                    player.offer_audio(bytes(kept[at : at + PIECE]))
            else:
                kept(player)
        self._forget_early()

    @property
    def speaking(self) -> bool:
        """Whether there is speech that has not been heard to its end."""
        return bool(self._early) or (self._player is not None and self._player.utterance_id is not None)

    @property
    def full(self) -> bool:
        """Whether so much speech waits that no more should be read from the server."""
        if self._player is not None:
            return self._player.full
        return sum(len(kept) for kept in self._early if isinstance(kept, bytearray)) >= EARLY_BYTES

    async def wait_for_room(self) -> None:
        """Return when there is room for more speech."""
        while self._player is None and self.full:
            await self._changed.wait()
        if self._player is not None:
            await self._player.wait_for_room()

    def begin(self, utterance_id: str, audio_format: AudioFormat, *, unpaced: bool = False) -> None:
        """An utterance of the server's begins; see `Player.offer_start`."""
        if self._player is None:
            self._early_utterance = utterance_id
        self._call(lambda player: player.offer_start(utterance_id, audio_format, unpaced=unpaced))

    def audio(self, pcm: bytes) -> None:
        """Audio of the utterance that began last."""
        if self._player is not None:
            self._player.offer_audio(pcm)
        elif self._early and isinstance(last := self._early[-1], bytearray):
            last.extend(pcm)
        elif self._early_utterance is not None and len(self._early) < EARLY_OFFERS:
            self._early.append(bytearray(pcm))

    def end(self, utterance_id: str) -> None:
        """That was all of it."""
        self._call(lambda player: player.offer_end(utterance_id))

    def stop(self, utterance_id: str) -> None:
        """Throw away what has not been heard of it."""
        self._call(lambda player: player.stop(utterance_id))

    def interrupt(self) -> tuple[str, int] | None:
        """Silence at once; what was being said, and how many bytes of it were heard."""
        if self._player is not None:
            return self._player.interrupt()
        unheard = self._early_utterance
        self._forget_early()
        return None if unheard is None else (unheard, 0)

    def hold(self, on: bool) -> None:
        """Whether the rest of an utterance may be long in coming, because the link is away."""
        self._call(lambda player: player.hold(on))

    def set_volume(self, percent: int) -> None:
        """How loud, 0 to 100."""

        def set_it(player: PlayerPort) -> None:
            player.volume = percent

        self._call(set_it)

    def mute(self, *, after_speech: bool) -> None:
        """Say nothing from now on, or from the end of what is being said, or comes next."""
        self._call(lambda player: player.mute(after_speech=after_speech))

    def play_sound(self, name: str, *, urgent: bool = False) -> float:
        """One of the device's own sounds; a sound that could only come late is not worth playing.

        Returns how long it is, in seconds.
        """
        return self._player.play_sound(name, urgent=urgent) if self._player is not None else 0.0

    def _forget_early(self) -> None:
        self._early.clear()
        self._early_utterance = None
        self._changed.set()
        self._changed = trio.Event()

    def _call(self, call: Callable[[PlayerPort], None]) -> None:
        if self._player is not None:
            call(self._player)
        elif len(self._early) < EARLY_OFFERS:
            self._early.append(call)
