"""Every limit of a conversation, in one value: the `[session]` table of the settings."""

from typing import Annotated

import attrs
from cyclopts import Parameter

from tars.runtime.help import EVERYDAY, number
from tars.server.conversation.end_phrases import DEFAULT_END_PHRASES

Seconds = Annotated[float, number("SECONDS", gt=0, lte=86_400)]
Window = Annotated[float, number("SECONDS", gte=0, lte=86_400)]

LINK_DEATH = 6.0
"""Seconds within which a link that is dead is known to be dead: `tars.link.heartbeat`, with something to spare."""


@attrs.frozen
class SessionPolicy:
    """How a conversation goes; times in seconds."""

    timeout: Annotated[Seconds, Parameter(group=EVERYDAY)] = 30.0
    """Silence after which a session ends, counted from the end of the last answer."""
    follow_up_limit: Seconds = 180.0
    """Time after a hotword in which questions may follow without another one."""
    follow_up_misses: Annotated[int, number("TIMES", gte=1, lte=1000)] = 2
    """Utterances in a row without a hotword that are not understood, after which a session ends."""
    confirm_timeout: Seconds = 8.0
    """Silence after a question back ("Volume thirty percent?") after which it is let go, and the session ends."""
    echo_window: Window = 2.0
    """How late a loudspeaker may be: words that resemble the last ones of an answer, and are over within this time
    after it, are taken for its echo. 0 for none."""
    utterance_limit: Seconds = 15.0
    """Longest utterance. What is longer is answered as far as it goes."""
    end_phrases: Annotated[tuple[str, ...], Parameter(metavar="PHRASE")] = DEFAULT_END_PHRASES
    """Whole utterances that end the session."""
    speculate: Annotated[bool, Parameter(negative="--session.no-speculate")] = True
    """Prepare the answer at the first short pause, before it is certain that the speaker has finished."""
    audio_lead: Seconds = 2.0
    """How far the audio of an answer runs ahead of the loudspeaker: enough to play through a short blackout."""
    barge_in_memory: Seconds = 1.5
    """Microphone audio that is kept while TARS speaks: it has the words right after an interruption."""
    audio_stall: Seconds = 3.0
    """Missing audio after which an utterance under way is taken as whole. A blackout of 2 s is shorter."""
    open_limit: Seconds = 20.0
    """Longest wait for a speech worker: at start-up, loading the models comes first."""
    endpoint_limit: Seconds = 5.0
    """Longest wait for the transcript of an utterance that has ended."""
    think_limit: Seconds = 15.0
    """Longest wait for the next word of the answer."""
    voice_limit: Seconds = 5.0
    """Longest wait for the next audio of the voice."""
    playback_grace: Seconds = 5.0
    """How long past the expected end of an answer the device's `playback_complete` is waited for."""
    playback_stall: Seconds = 10.0
    """How long a loudspeaker may stand still before its answer is given up."""
    ear_failures: Annotated[int, number("TIMES", gte=1, lte=1000)] = 3
    """Failures of speech recognition in a row after which the session ends."""
    resume_window: Annotated[Window, Parameter(group=EVERYDAY)] = 0.0
    """How long a session waits for its device when the link is lost. With 0 it ends with the link."""

    def for_session(self, *, resumable: bool) -> "SessionPolicy":
        """The same for one session, whose device can take it up again or cannot.

        Where it can, nothing that may be the fault of a dead link is decided before that link is known to be dead.
        """
        if not self.resume_window or not resumable:
            return attrs.evolve(self, resume_window=0.0)
        return attrs.evolve(
            self,
            audio_stall=self.audio_stall + LINK_DEATH,
            playback_grace=self.playback_grace + LINK_DEATH,
            playback_stall=self.playback_stall + LINK_DEATH,
        )
