"""What TARS says: the server's utterances on their way to the loudspeaker, and what became of them."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import attrs

from tars.audio.formats import AudioFormat
from tars.messages import (
    FromDevice,
    Interrupt,
    Playback,
    PlaybackComplete,
    PlaybackProgress,
    StartOfTtsStream,
    StopPlayback,
    TtsStreamEnd,
)
from tars.pi import playback_events, status
from tars.pi.player_slot import PlayerPort, PlayerSlot

SpeechMessage = StartOfTtsStream | TtsStreamEnd | StopPlayback


class Say(Protocol):
    """How the server is told what became of its words."""

    def __call__(self, message: FromDevice, *, passing: bool = False) -> None:
        """Tell it; what is only of passing interest need not survive the link."""


@attrs.define
class _Incoming:
    """The utterance that began last, as far as it has come in."""

    utterance_id: str
    session_id: str | None
    audio_format: AudioFormat
    announces: bool
    """It belongs to a notification."""
    received_bytes: int = 0
    ended: bool = False
    cut: bool = False
    """The link was lost since it began: when it begins again, it goes on."""

    def goes_on_with(self, utterance_id: str, audio_format: AudioFormat) -> bool:
        """Whether a start that says this is no new beginning. What follows in another format would be noise."""
        return self.cut and (self.utterance_id, self.audio_format) == (utterance_id, audio_format)


class Speech:
    """Hands utterances to the player, and tells the server and the status feed how they were heard."""

    def __init__(self, say: Say, feed: status.StatusFeed, clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._feed = feed
        self._clock = clock
        self._slot = PlayerSlot()
        self._refused_session: str | None = None
        self._refusing_audio = False
        self._incoming: _Incoming | None = None
        self._played_bytes = 0
        self.muted = False
        """Whether what the server says is shown and not heard."""
        self.legacy = False
        """Whether the server is an older one: it sends an answer at once, its words may overtake its audio, and it
        listens to nobody until it is told that what it says is over, in whichever way."""

    def on_message(self, message: SpeechMessage) -> bool:
        """Take on a message about an utterance; True when one begins or goes on."""
        match message:
            case StartOfTtsStream():
                return self._begin(message)
            case TtsStreamEnd(utterance_id):
                if self._incoming is not None and self._incoming.utterance_id == utterance_id:
                    self._incoming.ended, self._incoming.cut = True, False
                self._slot.end(utterance_id)
            case StopPlayback(utterance_id):
                self._slot.stop(utterance_id)
        return False

    def _begin(self, start: StartOfTtsStream) -> bool:
        incoming, audio_format = self._incoming, AudioFormat(start.rate, start.channels, start.width)
        if incoming is not None and incoming.goes_on_with(start.utterance_id, audio_format):
            incoming.cut = False
            return self._slot.speaking  # it may have been silenced meanwhile
        announces = start.notification_id is not None
        self._incoming = _Incoming(start.utterance_id, start.session_id, audio_format, announces)
        self._refusing_audio = start.session_id is not None and start.session_id == self._refused_session
        if self._refusing_audio:
            self._tell_unheard(start.utterance_id)
        else:
            self._slot.begin(start.utterance_id, audio_format, unpaced=self.legacy)
        return not self._refusing_audio

    def on_audio(self, pcm: bytes) -> Callable[[], Awaitable[None]] | None:
        """Take on audio of the utterance that began last; how to wait for room, where there is none for more."""
        if self._incoming is not None:
            self._incoming.received_bytes += len(pcm)
        if not self._refusing_audio:
            self._slot.audio(pcm)
        return self._slot.wait_for_room if self._slot.full else None

    def session_over(self) -> None:
        """The server has ended the session. An older one says no other end of what it was saying then."""
        if self.legacy and self._incoming is not None:
            self._slot.end(self._incoming.utterance_id)

    def playback_of(self, session_id: str) -> Playback | None:
        """How much has come in of the session's utterance that began last."""
        incoming = self._incoming
        if incoming is None or incoming.announces or incoming.session_id not in (None, session_id):
            return None
        return Playback(incoming.utterance_id, incoming.received_bytes)

    def hold(self, session_id: str) -> None:
        """The link is gone and the session is not: play what is here, and wait for the rest in silence.

        What does not belong to the session is not waited for: the server begins that again.
        """
        if (incoming := self._incoming) is not None:
            incoming.cut = incoming.session_id in (None, session_id)
            if incoming.announces and not incoming.ended:
                self._slot.stop(incoming.utterance_id)
                self._incoming = None
        self._slot.hold(True)

    def go_on(self) -> None:
        """There is a link again, or nothing to wait for."""
        self._slot.hold(False)

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
        self._say(PlaybackProgress(utterance_id, played_bytes, self._clock()))
        self._say(Interrupt(utterance_id))
        self._feed.publish(status.PlaybackInterrupted(utterance_id, played_bytes))

    def hush(self) -> None:
        """Silence at once; the server knows, or cannot be told."""
        if (silenced := self._slot.interrupt()) is not None:
            self._tell_unheard(silenced[0])

    def _tell_unheard(self, utterance_id: str) -> None:
        """Tell an older server that the utterance will not be heard to its end. Any other server knows."""
        if self.legacy:
            self._say(Interrupt(utterance_id))

    def sound(self, name: str, *, urgent: bool = False) -> float:
        """Play one of the device's own sounds, by its name in `tars.pi.sounds`; how long it is, in seconds."""
        return self._slot.play_sound(name, urgent=urgent)

    def apply(self, settings: Mapping[str, Any], *, told: bool = False) -> None:
        """Take on what the server remembers for this device: how loud it speaks. The rest is not ours.

        `told`: the server's answer says so; where that is a mute, it is heard nevertheless, faintly.
        """
        volume = settings.get("volume")
        if not isinstance(volume, int) or not 0 <= volume <= 100:
            return
        if volume:
            self._slot.set_volume(volume)
        else:
            self._slot.mute(after_speech=told)
        if self.muted is not (volume == 0):
            self.muted = volume == 0
            self._feed.publish(status.MuteChanged(self.muted))

    async def run(
        self, player: PlayerPort, on_over: Callable[[], None], on_heard: Callable[[], None] = lambda: None
    ) -> None:
        """Play on `player` until it ends.

        Call `on_over` when nothing is left to say, and `on_heard` once a second while something is heard.
        """
        self._slot.fill(player)
        async for event in player.events:
            if self._was_heard(event):
                on_heard()
            self._report(event)
            if not self._slot.speaking:
                on_over()

    def _was_heard(self, event: playback_events.PlaybackEvent) -> bool:
        """Whether more was heard since the last event: an utterance may also be waiting for its rest."""
        before = self._played_bytes
        if isinstance(event, playback_events.PlaybackStarted):
            self._played_bytes = 0
            return True
        self._played_bytes = event.played_bytes
        return event.played_bytes > before

    def _report(self, event: playback_events.PlaybackEvent) -> None:
        match event:
            case playback_events.PlaybackStarted(utterance_id, at):
                self._say(PlaybackProgress(utterance_id, 0, at))
                self._feed.publish(status.PlaybackStarted(utterance_id))
            case playback_events.Progress(utterance_id, played_bytes, at):
                self._say(PlaybackProgress(utterance_id, played_bytes, at), passing=True)
            case playback_events.PlaybackComplete(utterance_id, at=at):
                self._say(PlaybackComplete(utterance_id, at))
                self._feed.publish(status.PlaybackCompleted(utterance_id))
            case playback_events.PlaybackFailed(utterance_id, played_bytes, at, reason):
                # the server must not wait for an end that will not come
                self._say(PlaybackProgress(utterance_id, played_bytes, at))
                self._say(Interrupt(utterance_id))
                self._feed.publish(status.Trouble("playback_failed", reason))
            case playback_events.PlaybackStopped(utterance_id):
                self._tell_unheard(utterance_id)
