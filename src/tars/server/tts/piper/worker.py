"""The worker process of Piper's voice: `python -m tars.server.tts.piper.worker`, started by a worker pool."""

from pathlib import Path

import msgspec

from tars.server.tts.piper.engine import Piper
from tars.server.tts.piper.setup import Setup
from tars.server.tts.synthesis_queue import SynthesisQueue
from tars.server.workers.child import serve_lines


def prepare(setup: bytes) -> SynthesisQueue:
    """Load the network and the phonemes' dictionaries."""
    wanted = msgspec.json.decode(setup, type=Setup)
    piper = Piper(Path(wanted.model), Path(wanted.config), wanted.speed, wanted.rate)
    piper.synthesise("ready", lambda pcm: False)
    return SynthesisQueue(piper)


if __name__ == "__main__":
    serve_lines(prepare)
