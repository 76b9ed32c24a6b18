"""Every number of speech recognition, with its reason."""

from typing import Annotated

import attrs
from cyclopts import Parameter

from tars.runtime.help import number

Probability = Annotated[float, number("PROBABILITY", gte=0, lte=1)]
Moment = Annotated[float, number("SECONDS", gte=0, lte=10)]
"""Of audio."""


@attrs.frozen
class SpeechSettings:
    """How speech is recognised."""

    processes: Annotated[
        int | None, number("PROCESSES", gte=1, lte=256), Parameter(show_default="one per core")
    ] = None
    """Speech worker processes. Each serves many sessions, and takes about 180 MB with one utterance at a time."""

    speech_level: Probability = 0.5
    """Probability of speech at which speech begins (Silero's own working point)."""
    silence_level: Probability = 0.35
    """Probability below which speech ends. Between the two levels, speech or silence goes on, so that it does not
    flutter."""
    onset: Moment = 0.096
    """Shortest speech: what is shorter is a click, a cough or a door. Three frames of the detector."""
    lead_in: Moment = 0.3
    """Audio before the onset that is recognised as well: soft first sounds, and a moment of the room's noise."""
    warm_up: Moment = 0.6
    """Speech from which the speaker's mean cepstrum is measured before recognition begins (it then catches up
    within some 50 ms): about a hotword. Without it "hey jarvis" is heard as "do you know"."""
    remembered_speech: Moment = 1.5
    """Earlier speech of a session that is measured together with the beginning of the next utterance."""

    short_pause: Moment = 0.12
    """Silence after which an answer is prepared. Longer than the closure of a stop consonant; a longer pause would
    take time from the preparation."""
    complete_pause: Moment = 0.16
    """Silence that ends a whole sentence that cannot go on. People leave about 200 ms between turns: the answer
    should come no later than a person's would."""
    continuing_pause: Moment = 0.35
    """Silence that ends a whole sentence that might go on ("what is the date", "... tomorrow"). It answers what
    was said so far truly, so it need not sit out a thinking speaker's 400 ms, as `open_pause` does; and an answer
    is to come within 500 ms."""
    open_pause: Moment = 0.8
    """Silence that ends an utterance that is no sentence of the grammar so far."""

    hotword_rest: Moment = 0.3
    """Speech that is over so soon after the audio began is the rest of the hotword. A device may detect the
    hotword 0.2 s before its last sound, the detector sees the end of a sound 0.1 s late, and no command is as
    short."""
    hotword_share: Annotated[float, number("SHARE", gte=0, lte=1)] = 0.75
    """The hotword is all that was said where it covers this share of the speech, the rest of which is no whole
    sentence. Of 14 synthetic voices a hotword alone covers 0.90 or more of what the detector takes for speech; a
    sentence whose beginning is mistaken for one leaves a half uncovered."""
    detection_delay: Moment = 0.2
    """Time from the end of a hotword to its detection. Speech that ended before that was the hotword, unless it
    holds a whole sentence."""
    trust: Annotated[float, number("LOG-ODDS", gte=-50, lte=50)] = -0.9
    """Log odds from which a sentence of the grammar is believed: see `tars.server.stt.trust`."""

    partial_interval: Moment = 0.25
    """Least time between two partial transcripts: as often as anybody can read."""

    general_step: Annotated[float, number("SECONDS", gte=0.01, lte=1)] = 0.096
    """Audio that the general model recognises in one step, when nothing else is to be done: some 15 ms of work, so
    that other sessions' audio never waits longer."""
    decoders: Annotated[int, number("UTTERANCES", gte=1, lte=64)] = 6
    """Utterances that a worker recognises at the same time (33 MB each). A core can follow nine as they are
    spoken, four with the general model. Further ones wait; with as many waiting, a new session is refused."""
    decoder_rest: Annotated[float, number("SECONDS", gte=0, lte=86_400)] = 60.0
    """Time after which a decoder that nobody needs is freed, save the first few: longer than the pauses of a
    conversation."""
    general_decoders: Annotated[int, number("UTTERANCES", gte=1, lte=64)] = 2
    """Utterances that a worker follows with the general model at the same time (95 MB each beyond the first).
    Further ones wait until one is free. Sentences of the grammar never wait for it."""
