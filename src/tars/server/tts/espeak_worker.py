"""The worker process of the espeak voice: `python -m tars.server.tts.espeak_worker`, started by a worker pool."""

import msgspec

from tars.audio.espeak_library import Espeak
from tars.server.tts.espeak_setup import Setup
from tars.server.tts.synthesis_queue import SynthesisQueue
from tars.server.workers.child import serve_lines


def prepare(setup: bytes) -> SynthesisQueue:
    """Load the library."""
    wanted = msgspec.json.decode(setup, type=Setup)
    espeak = Espeak(wanted.voice, wanted.speed, wanted.pitch)
    if espeak.rate != wanted.rate:
        raise RuntimeError(f"espeak-ng makes {espeak.rate} Hz, not {wanted.rate}")
    espeak.synthesise("ready", lambda pcm: False)  # its dictionaries are read at the first word
    return SynthesisQueue(espeak)


if __name__ == "__main__":
    serve_lines(prepare)
