"""How long a conversation waits while it listens: for speech, for its end, for what the ears make of it."""

import math
from collections.abc import Callable

import trio

from tars.server.conversation.alarm import Alarm
from tars.server.conversation.ears import Ears
from tars.server.conversation.policy import LINK_DEATH, SessionPolicy
from tars.server.stt.recogniser import PROGRESS

MISSING = 0.5
"""Seconds without audio after which it is missing: devices send all the time while they are listened to."""
BURST = 2 * PROGRESS
"""Seconds of unheard audio in which somebody may well speak: more than a recogniser that keeps up is behind."""
PACE = 3.0
"""How many times faster than it was spoken the ears hear what came in at once, at the least."""


class Patience:
    """The limits of listening.

    Nobody speaks: a timeout, which stands still while someone does, unless that was not meant for TARS. Someone
    speaks: the utterance limit, in seconds of audio, and the stall, when audio stops coming in; both end in
    `Ears.finish`. The utterance was declared whole: the ears have a moment to say what it was, or count as dead.
    """

    def __init__(self, policy: SessionPolicy, ears: Ears, on_silence: Callable[[], None]) -> None:
        self._policy, self._ears, self._on_silence = policy, ears, on_silence
        self._alarm = Alarm()
        self._silence_left = policy.timeout
        self._speech_start: float | None = None
        self._speech_limit = policy.utterance_limit
        self._speech_at = trio.current_time()
        """When somebody began to speak; without the time that the device was away since."""
        self._finishing = False
        self._heard_at = self._away_since = trio.current_time()

    async def run(self) -> None:
        """Keep time, until cancelled."""
        await self._alarm.run()

    def wait_for_speech(self, seconds: float) -> None:
        """It is someone's turn to speak; a timeout of `seconds` begins."""
        self._silence_left = seconds
        self._wait()

    def extend(self, seconds: float) -> None:
        """Somebody called: wait `seconds` from now on, or from the end of what is being said."""
        self._silence_left = seconds
        if self._speech_start is None:
            self._wait()

    def resume(self) -> None:
        """What sounded like speech was none, or was lost; the timeout goes on from where it stood."""
        self._note_silence()
        self._wait()

    def resume_as_silent(self) -> None:
        """What was said was not meant for TARS; the timeout goes on as if nobody had spoken."""
        self._note_silence()
        self._silence_left = max(0.0, self._silence_left - (trio.current_time() - self._speech_at))
        self._wait()

    def stop(self) -> None:
        """Nobody is being listened to."""
        self._note_silence()
        self._stop_watching()
        self._alarm.clear()

    def speech_started(self, position: float, *, hurry: bool = False) -> None:
        """Someone speaks, since `position` in the audio.

        With `hurry` the utterance must be over when the timeout is: what was said before was not meant for TARS.
        """
        if self._speech_start is None:
            self._note_silence()
            limit = self._policy.utterance_limit
            self._speech_limit = min(limit, self._silence_left) if hurry else limit
            self._speech_start = position
            self._alarm.set(self._policy.audio_stall, self._finish)

    def heard_audio(self) -> None:
        """More audio has come in."""
        self._heard_at = trio.current_time()
        if self._speech_start is None or self._finishing:
            return
        heard = self._ears.clock.position - self._ears.unheard
        if heard - self._speech_start >= self._speech_limit:
            self._finish()
        else:
            self._alarm.set(self._policy.audio_stall, self._finish)

    def pause(self) -> None:
        """The device is away: no time passes, nor has it since it was last heard."""
        if self._speech_start is None and self._alarm.left <= self._policy.timeout:
            left = self._alarm.left + trio.current_time() - self._heard_at
            self._alarm.set(min(left, self._policy.timeout), self._silent)
        self._alarm.pause()
        self._away_since = trio.current_time()

    def go_on(self) -> None:
        """The device is back. What it sends now was said meanwhile, and has to be heard before time counts."""
        self._alarm.go_on()
        self._heard_at = trio.current_time()
        self._speech_at += self._heard_at - self._away_since
        if self._speech_start is not None and not self._finishing:
            self._alarm.set(self._policy.audio_stall, self._finish)
        elif self._speech_start is None and self._alarm.left < self._policy.endpoint_limit:
            self._alarm.set(self._policy.endpoint_limit, self._silent)

    def _silent(self) -> None:
        missing = trio.current_time() - self._heard_at
        if self._ears.behind or self._ears.unheard > BURST:
            self._alarm.set(1.0, self._silent)  # what has not been heard is no silence; ears have their own limit
        elif self._policy.resume_window and MISSING < missing < LINK_DEATH:
            self._alarm.set(LINK_DEATH - missing, self._silent)  # the link may be dead, and somebody speaking
        else:
            self._on_silence()

    def _finish(self) -> None:
        self._finishing = True
        self._ears.finish()
        limit = self._policy.endpoint_limit + self._ears.unheard / PACE
        self._alarm.set(limit, lambda: self._ears.fail(f"no transcript within {limit:.0f} s"))

    def _wait(self) -> None:
        self._stop_watching()
        self._alarm.set(self._silence_left, self._silent)

    def _note_silence(self) -> None:
        """Note how much of the timeout is left, where it is running."""
        if self._speech_start is None and math.isfinite(self._alarm.left):
            self._silence_left = max(self._alarm.left, 1.0)  # nobody who has just spoken is cut off at once
            self._speech_at = trio.current_time()

    def _stop_watching(self) -> None:
        self._speech_start = None
        self._finishing = False
