"""What TARS says: the server's utterances on their way to the loudspeaker, and what became of them."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from tars.audio.formats import AudioFormat
from tars.messages import (
    Interrupt,
    PlaybackComplete,
    PlaybackProgress,
    StartOfTtsStream,
    StopPlayback,
    TtsStreamEnd,
)
from tars.pi import playback_events, status
from tars.pi.player_slot import PlayerPort, PlayerSlot
from tars.pi.websocket_client import WebSocketClient

SpeechMessage = StartOfTtsStream | TtsStreamEnd | StopPlayback


class Speech:
    """Hands utterances to the player, and tells the server and the status feed how they were heard."""

    def __init__(
        self, client: WebSocketClient, feed: status.StatusFeed, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._feed = feed
        self._clock = clock
        self._slot = PlayerSlot()
        self._refused_session: str | None = None
        self._refusing_audio = False

    def on_message(self, message: SpeechMessage) -> bool:
        """Take on a message about an utterance; True when one begins."""
        match message:
            case StartOfTtsStream(utterance_id, rate, channels, width, session_id):
                self._refusing_audio = session_id is not None and session_id == self._refused_session
                if self._refusing_audio:
                    return False
                self._slot.begin(utterance_id, AudioFormat(rate, channels, width))
                return True
            case TtsStreamEnd(utterance_id):
                self._slot.end(utterance_id)
            case StopPlayback(utterance_id):
                self._slot.stop(utterance_id)
        return False

    def on_audio(self, pcm: bytes) -> None:
        """Take on audio of the utterance that began last."""
        if not self._refusing_audio:
            self._slot.audio(pcm)

    def refuse(self, session_id: str) -> None:
        """The device has ended this session: what is still on its way for it is not played."""
        self._refused_session = session_id

    def is_refused(self, session_id: str) -> bool:
        """Whether this is the session that the device ended last."""
        return session_id == self._refused_session

    def interrupt(self) -> None:
        """Someone speaks over TARS: silence at once, then the server is told what was heard until then."""
        if (heard := self._slot.interrupt()) is None:
            return
        utterance_id, played_bytes = heard
        self._client.send(PlaybackProgress(utterance_id, played_bytes, self._clock()))
        self._client.send(Interrupt(utterance_id))
        self._feed.publish(status.PlaybackInterrupted(utterance_id, played_bytes))

    def hush(self) -> None:
        """Silence at once; the server knows, or cannot be told."""
        self._slot.interrupt()

    def sound(self, name: str, *, urgent: bool = False) -> None:
        """Play one of the device's own sounds, by its name in `tars.pi.sounds`."""
        self._slot.play_sound(name, urgent=urgent)

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Take on what the server remembers for this device: how loud it speaks. The rest is not ours."""
        volume = settings.get("volume")
        if isinstance(volume, int) and 0 <= volume <= 100:
            self._slot.set_volume(volume)

    async def run(self, player: PlayerPort, on_over: Callable[[], None]) -> None:
        """Play on `player`, and call `on_over` whenever nothing is left to say; until the player ends."""
        self._slot.fill(player)
        async for event in player.events:
            self._report(event)
            if not self._slot.speaking:
                on_over()

    def _report(self, event: playback_events.PlaybackEvent) -> None:
        match event:
            case playback_events.PlaybackStarted(utterance_id, at):
                self._client.send(PlaybackProgress(utterance_id, 0, at))
                self._feed.publish(status.PlaybackStarted(utterance_id))
            case playback_events.Progress(utterance_id, played_bytes, at):
                self._client.send(PlaybackProgress(utterance_id, played_bytes, at))
            case playback_events.PlaybackComplete(utterance_id, at=at):
                self._client.send(PlaybackComplete(utterance_id, at))
                self._feed.publish(status.PlaybackCompleted(utterance_id))
            case playback_events.PlaybackFailed(utterance_id, played_bytes, at, reason):
                # the server must not wait for an end that will not come
                self._client.send(PlaybackProgress(utterance_id, played_bytes, at))
                self._client.send(Interrupt(utterance_id))
                self._feed.publish(status.Trouble("playback_failed", reason))
            case playback_events.PlaybackStopped():
                pass  # whoever stopped it knows
