"""The worker process of the espeak voice: one line, one sentence. See `tars.server.workers`."""

from collections import deque

import attrs
import msgspec

from tars.audio.espeak_library import Espeak
from tars.server.tts.espeak_setup import Setup
from tars.server.workers.child import ChildLine, LineHandler, serve_lines


@attrs.define(eq=False)
class Sentence:
    """A sentence that waits for its turn. Its line carries the audio back, and ends when it is all there."""

    line: ChildLine
    text: str
    wanted: bool = True

    def receive(self, body: bytes) -> None:
        """There is nothing more to say."""
        raise ValueError("a line takes one sentence: the one that opens it")

    def close(self) -> None:
        """Nobody listens any more."""
        self.wanted = False

    def take(self, pcm: bytes) -> bool:
        """Send a piece on; true when it is not wanted any more."""
        if self.line.unwanted():
            return True
        self.line.send(pcm)
        return False


@attrs.define(eq=False)
class Synthesiser:
    """Says one sentence after the other, whoever wants them: nobody waits for another's whole reply."""

    espeak: Espeak
    queue: deque[Sentence] = attrs.field(factory=deque)

    def open(self, line: ChildLine, opening: bytes) -> LineHandler:
        """Queue a sentence."""
        sentence = Sentence(line, opening.decode())
        self.queue.append(sentence)
        return sentence

    def idle(self) -> bool:
        """Say the next sentence; some milliseconds of work."""
        if not self.queue:
            return False
        sentence = self.queue.popleft()
        if sentence.wanted:
            self.espeak.synthesise(sentence.text, sentence.take)
            sentence.line.finish()
        return True


def prepare(setup: bytes) -> Synthesiser:
    """Load the library."""
    wanted = msgspec.json.decode(setup, type=Setup)
    espeak = Espeak(wanted.voice, wanted.speed, wanted.pitch)
    if espeak.rate != wanted.rate:
        raise RuntimeError(f"espeak-ng makes {espeak.rate} Hz, not {wanted.rate}")
    espeak.synthesise("ready", lambda pcm: False)  # its dictionaries are read at the first word
    return Synthesiser(espeak)


if __name__ == "__main__":
    serve_lines(prepare)
