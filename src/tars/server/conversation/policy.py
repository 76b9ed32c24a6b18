"""Every limit of a conversation, in one value: the `[session]` table of the settings."""

from typing import Annotated

import attrs
from cyclopts import Parameter
from cyclopts.validators import Number

from tars.server.conversation.end_phrases import DEFAULT_END_PHRASES

Seconds = Annotated[float, Parameter(validator=Number(gt=0, lte=86_400))]
Window = Annotated[float, Parameter(validator=Number(gte=0, lte=86_400))]

LINK_DEATH = 6.0
"""Seconds within which a link that is dead is known to be dead: `tars.link.heartbeat`, with something to spare."""


@attrs.frozen
class SessionPolicy:
    """How a conversation goes; times in seconds."""

    timeout: Seconds = 30.0
    """Silence after which a session ends, counted from the end of the last reply."""
    utterance_limit: Seconds = 15.0
    """The longest utterance; what is longer is answered as far as it goes."""
    end_phrases: tuple[str, ...] = DEFAULT_END_PHRASES
    """A whole utterance that ends the session."""
    speculate: Annotated[bool, Parameter(negative="--session.no-speculate")] = True
    """Prepare the answer at the first short pause, before it is certain that the speaker has finished."""
    audio_lead: Seconds = 2.0
    """How far a reply's audio runs ahead of the loudspeaker: enough to play through a short blackout."""
    barge_in_memory: Seconds = 1.5
    """Microphone audio kept while TARS speaks: the words right after an interruption are in it."""
    audio_stall: Seconds = 3.0
    """Missing audio after which an utterance under way is taken as whole; a blackout of 2 s is shorter."""
    open_limit: Seconds = 20.0
    """How long ears may take to open: at start-up, loading the models comes first."""
    endpoint_limit: Seconds = 5.0
    """How long the ears may take over an utterance that was declared whole."""
    think_limit: Seconds = 15.0
    """How long the brain may go without a word."""
    voice_limit: Seconds = 5.0
    """How long the voice may go without audio."""
    playback_grace: Seconds = 5.0
    """How long past its expected end a reply's `playback_complete` is waited for."""
    playback_stall: Seconds = 10.0
    """How long a loudspeaker may stand still before its reply is given up."""
    ear_failures: Annotated[int, Parameter(validator=Number(gte=1, lte=1000))] = 3
    """Deaths of the recogniser in a row after which the session ends."""
    resume_window: Window = 0.0
    """How long a session waits for its device when the link is lost; with 0 it ends with the link."""

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
