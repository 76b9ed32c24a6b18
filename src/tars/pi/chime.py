"""When to say "I am listening": only when someone waits for it, and only when it is true.

Whoever says "hey jarvis, what time is it" in one breath needs no sound, and a sound in the middle of the
question would be recorded with it. So the device listens for a moment, and sounds only into a pause. After a
hotword of which the model was not sure it waits a moment longer: the server may find that there was none.
"""

import trio

from tars.audio.formats import MICROPHONE
from tars.pi.listening import Listening
from tars.pi.session import Session

PAUSE = 0.3
"""Seconds between the hotword and the sound: the gap within a sentence is shorter."""
SURE = 0.8
"""The score from which nobody looks a second time at a hotword."""
SECOND_LOOK = 0.6
"""Seconds more for one below that: the way to the server and back, and the look."""
RECENT = MICROPHONE.bytes_in(0.16)
HOTWORD = MICROPHONE.bytes_in(0.8)
QUIET = 0.25
"""How loud the pause may be beside the hotword: -12 dB."""


async def wait_to_chime(session: Session, listening: Listening) -> bool:
    """Wait for the moment, then say whether the sound is wanted."""
    await trio.sleep(PAUSE if session.wake.score >= SURE else PAUSE + SECOND_LOOK)
    await session.confirmed.wait()  # no "yes?" before somebody hears the answer; the session ends if that fails
    from tars.audio.levels import rms  # numpy: loaded beside the link, not before it

    now = listening.position
    hotword = listening.between(session.wake.position - HOTWORD, session.wake.position)
    return rms(listening.between(now - RECENT, now)) < QUIET * rms(hotword)
