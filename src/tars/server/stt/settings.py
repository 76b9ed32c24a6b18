"""Every number of speech recognition, with its reason."""

from typing import Annotated

import attrs
from cyclopts import Parameter

from tars.runtime.help import number

Probability = Annotated[float, number("PROBABILITY", gte=0, lte=1)]
Moment = Annotated[float, number("SECONDS", gte=0, lte=10)]
"""Of audio."""
LogRatio = Annotated[float, number("LOG-RATIO", gte=-50, lte=0)]


@attrs.frozen
class SpeechSettings:
    """How speech is recognised."""

    processes: Annotated[
        int | None, number("PROCESSES", gte=1, lte=256), Parameter(show_default="one per core")
    ] = None
    """Speech worker processes. Each serves many sessions, and takes about 190 MB."""
    speakers: Annotated[int, number("SPEAKERS", gte=1, lte=256)] = 16
    """People who speak at the same time, for each process: with so many a new session is refused. A core decodes
    the commands of twelve who never stop; people who use a device pause more."""

    speech_level: Probability = 0.5
    """Probability of speech at which speech begins (Silero's own working point)."""
    silence_level: Probability = 0.35
    """Probability below which speech ends. Between the two levels, speech or silence goes on, so that it does not
    flutter."""
    onset: Moment = 0.096
    """Shortest speech: what is shorter is a click, a cough or a door. Three frames of the detector."""
    lead_in: Moment = 0.3
    """Audio before the onset that is recognised as well: soft first sounds, and a moment of the room's noise."""

    short_pause: Moment = 0.064
    """Silence after which the words are sought and an answer is prepared: two frames of the detector. One in four
    such pauses is inside a word, and its work is thrown away; each frame more would delay every answer."""
    complete_pause: Moment = 0.16
    """Silence that ends a whole sentence that no value may follow. People leave about 200 ms between turns: the
    answer should come no later than a person's would."""
    continuing_pause: Moment = 0.32
    """Silence that ends a whole sentence that a value may follow ("what is the date", "... in five days"; "twelve
    plus thirty", "... times two"). People who ordered at 301 such places in 300 real recordings paused there for
    160 ms or more in one of ten, for 320 ms or more in one of 75. Mere wording ("repeat that", "... again") comes
    in one breath, and is not waited for. The answer to what was said so far is true, so a thinking speaker's 400
    ms need not be sat out, as `open_pause` does."""
    open_pause: Moment = 0.8
    """Silence that ends an utterance that is no sentence of the grammar so far."""
    free_pause: Moment = 0.5
    """Silence that ends free words that sound whole: they end with a full stop or a question mark, and no longer
    sentence of the grammar begins with them. A thinking speaker's 400 ms are shorter. An orator's 1.1 s are not,
    and the model ends the words before them with a full stop as well: to sit them out, every answer to free words
    would have to come 0.6 s later."""

    background_drop: Annotated[float, number("DECIBELS", gte=3, lte=40)] = 12.0
    """How much softer than the speaker a voice is that is not the speaker's: a television, people next door.
    Within a sentence people's own voices fall as far, but for moments only."""
    masked_pause: Moment = 0.35
    """Shortest pause where other voices go on in it. Soft sounds of the speaker's own are shorter."""

    sure: LogRatio = -5.0
    """Score from which a sentence of the grammar is sure: its log probability less that of the free words."""
    doubtful: LogRatio = -12.0
    """Score from which a sentence of the grammar is probable: what it changes is asked back. Below it the words
    are taken as free text. The floors decide more than this: of voices that are hard to understand, sentences
    between -8 and -12 are right more often than wrong."""
    floor: LogRatio = -1.9
    """Log probability for each token that a sentence of the grammar must have. Fitted (see the module `gate`): of
    480 commands, most in voices that are hard to understand, 85 % are right and 3 % another one, and of 480
    questions that are none 0.4 % are taken for one."""
    sure_floor: LogRatio = -1.0
    """The same for one that is sure, and for free words: what is said less surely and changes something is asked
    back."""
    unlike_price: Annotated[float, number("SHARE", gte=0, lte=10)] = 1.4
    """What a sentence loses of that where it sounds quite unlike the free words ("how are you" for "what was your
    30%"), and in part where it is partly unlike."""
    rare_price: Annotated[float, number("LOG-RATIO", gte=0, lte=20)] = 3.0
    """What a sentence loses of its log probability that people seldom say to a device ("you're welcome"): they ask
    for the time twenty times as often. Not where the free words are the same."""
    rival_price: Annotated[float, number("SHARE", gte=0, lte=2)] = 0.3
    """What a sentence loses of that for each unit of log probability by which the best one with other numbers
    comes nearer than 3: "set the volume to thirteen percent" is not sure where "thirty" is nearly as probable."""
    farewell_floor: LogRatio = -0.7
    """The same for a sentence that ends the session ("thank you", "stop"): noise and music sound like one most
    often, and a session that ends is the worst of mistakes. Below it the sentence is asked back, where the free
    words are the same."""
    hotword_score: LogRatio = -9.0
    """Log probability of "the hotword, then any words" less that of any words, from which the hotword was said.
    Where it was said in a quiet room it is -5 or more, where something else was said -14 or less."""
    doubtful_hotword: Probability = 0.9
    """A device's score below which the server looks for the hotword itself, in the audio from before the
    detection, and ends the session where other words are clearly there. 0 believes every device."""
    false_hotword: LogRatio = -11.0
    """Score, as that of `hotword_score`, below which the hotword is not there in that second look."""
    clear_words: LogRatio = -0.6
    """Log probability for each token from which those other words are clear. In noise and echo nothing is, and the
    device is believed: so none of 142 true calls was lost, and one in seven false ones is found."""
    stop_score: LogRatio = -3.0
    """Score from which a stop word, such as "stop", is believed while TARS speaks. Fitted on 7 voices: of 35 stop
    words in 7 others, 28 are heard where TARS's voice is 20 dB softer, and 14 at 10 dB. Of 881 moments of TARS's
    own sentences, and 426 of other talk beside it, none came back as one."""
    stop_floor: LogRatio = -2.5
    """Log probability for each token that a stop word must have then: TARS's voice behind it blurs it."""
    vague_stop_score: LogRatio = -2.0
    """The same as `stop_score` for "enough" and "shut up", which two voices at once sound like."""
    vague_stop_floor: LogRatio = -1.4
    """The same as `stop_floor` for them."""
