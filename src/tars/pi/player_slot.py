"""The player's place: the link is up before the loudspeaker is, and what the server says meanwhile is kept."""

from collections.abc import Callable
from typing import Protocol

import trio

from tars.audio.formats import AudioFormat
from tars.pi.playback_events import PlaybackEvent

EARLY_OFFERS = 500
"""Calls kept for a loudspeaker that is still being opened: seconds of speech, beyond any server's lead."""


class PlayerPort(Protocol):
    """What a session needs of `tars.pi.playback.Player`; see there. Nothing of it waits."""

    @property
    def events(self) -> trio.MemoryReceiveChannel[PlaybackEvent]:
        """What became of utterances."""

    @property
    def utterance_id(self) -> str | None:
        """What is played now or next."""

    volume: int

    def offer_start(self, utterance_id: str, audio_format: AudioFormat) -> None:
        """An utterance begins."""

    def offer_audio(self, pcm: bytes) -> None:
        """Its audio."""

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
        self._early: list[Callable[[PlayerPort], None]] = []

    def fill(self, player: PlayerPort) -> None:
        """The loudspeaker is open: hand over what was kept."""
        self._player = player
        for call in self._early:
            call(player)
        self._early.clear()

    @property
    def speaking(self) -> bool:
        """Whether there is speech that has not been heard to its end."""
        return bool(self._early) or (self._player is not None and self._player.utterance_id is not None)

    def begin(self, utterance_id: str, audio_format: AudioFormat) -> None:
        """An utterance of the server's begins."""
        self._call(lambda player: player.offer_start(utterance_id, audio_format))

    def audio(self, pcm: bytes) -> None:
        """Audio of the utterance that began last."""
        self._call(lambda player: player.offer_audio(pcm))

    def end(self, utterance_id: str) -> None:
        """That was all of it."""
        self._call(lambda player: player.offer_end(utterance_id))

    def stop(self, utterance_id: str) -> None:
        """Throw away what has not been heard of it."""
        self._call(lambda player: player.stop(utterance_id))

    def interrupt(self) -> tuple[str, int] | None:
        """Silence at once; what was being said, and how many bytes of it were heard."""
        self._early.clear()
        return self._player.interrupt() if self._player is not None else None

    def hold(self, on: bool) -> None:
        """Whether the rest of an utterance may be long in coming, because the link is away."""
        self._call(lambda player: player.hold(on))

    def set_volume(self, percent: int) -> None:
        """How loud, 0 to 100."""

        def set_it(player: PlayerPort) -> None:
            player.volume = percent

        self._call(set_it)

    def play_sound(self, name: str, *, urgent: bool = False) -> float:
        """One of the device's own sounds; a sound that could only come late is not worth playing.

        Returns how long it is, in seconds.
        """
        return self._player.play_sound(name, urgent=urgent) if self._player is not None else 0.0

    def _call(self, call: Callable[[PlayerPort], None]) -> None:
        if self._player is not None:
            call(self._player)
        elif len(self._early) < EARLY_OFFERS:
            self._early.append(call)
