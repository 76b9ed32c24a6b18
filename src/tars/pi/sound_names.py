"""Names of the sounds that TARS makes by itself; making them takes numpy, which loads beside the link."""

import enum


class Sound(enum.StrEnum):
    """What a sound says."""

    LISTENING = "listening"
    """Speak, it is being heard: a short rising pair."""
    NOT_CONNECTED = "not_connected"
    """There is no server to hear you: a falling pair, low."""
    SERVER_TROUBLE = "server_trouble"
    """The server is there and failed: three low rough knocks."""
    DONE = "done"
    """The session is over: one soft tone that dies away."""
    ASK_LATER = "ask_later"
    """There is no server, but speak, it will be asked later: a low tone, then its octave."""
    NOTED = "noted"
    """What was said will be asked later: two short tones of one height."""
    GAVE_UP = "gave_up"
    """It was not asked, and will not be: three falling tones."""
    MUTED = "muted"
    """There is an answer, but TARS is muted: one short low tone."""
