"""What is said to the recogniser in these tests."""

from collections.abc import Iterator

from tars.server.stt.recogniser import Listening, SpeechEvent, Utterance
from tests.support.voices import in_room, mix, noise, silence, speak

HOTWORDS = ["hey_jarvis"]
ROOM = 20.0
"""Root mean square of the noise: no microphone gives digital silence."""


def said(
    *parts: str | float, voice: str = "en-us", seed: int = 1, before: float = 0.5, after: float = 1.5
) -> bytes:
    """Sentences, with pauses of so many seconds between them, in a quiet room."""
    speech = b"".join(silence(part) if isinstance(part, float) else speak(part, voice) for part in parts)
    return in_room(speech, ROOM, before, after, seed)


def room(seconds: float, rms: float = ROOM) -> bytes:
    """Nobody says anything."""
    return mix(noise(seconds, rms, seed=3))


def frames(pcm: bytes, size: int = 1280) -> Iterator[bytes]:
    """The audio as it arrives, in frames of 40 ms."""
    return (pcm[start : start + size] for start in range(0, len(pcm), size))


async def utterance(listening: Listening) -> Utterance:
    """The next utterance that is heard."""
    return (await events_until_utterance(listening))[1]


async def events_until_utterance(listening: Listening) -> tuple[list[SpeechEvent], Utterance]:
    """What is heard up to the next utterance, and that."""
    events: list[SpeechEvent] = []
    async for event in listening.events:
        if isinstance(event, Utterance):
            return events, event
        events.append(event)
    raise AssertionError("the listening ended")
