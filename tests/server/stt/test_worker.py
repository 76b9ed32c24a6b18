"""The work of one speech worker, in this process."""

import gc
import importlib.util
import weakref
from collections.abc import Callable
from typing import cast

import pytest

from tars.server.brains.grammar import build_grammar
from tars.server.stt.recogniser import SpeechEvent, SpeechStarted, Utterance
from tars.server.stt.settings import SpeechSettings
from tars.server.stt.wire import AUDIO, Opening, decode_event, encode_opening
from tars.server.workers.child import ChildLine, GiveUp
from tests.server.stt.sounds import HOTWORDS, said
from tests.support.real import need

pytestmark = pytest.mark.real

MOST_QUEUED = 30 * 32_000


class Line:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, body: bytes) -> None:
        self.sent.append(body)

    def events(self) -> list[type[SpeechEvent]]:
        return [type(decode_event(body)[1]) for body in self.sent]

    def utterances(self) -> list[str]:
        events = [decode_event(body)[1] for body in self.sent]
        return [event.text for event in events if isinstance(event, Utterance)]

    def attempt(self, job: Callable[[], bool]) -> bool:
        return job()


def test_a_session_that_is_over_leaves_nothing_for_the_garbage_collector() -> None:
    need(importlib.util.find_spec("pocketsphinx") is not None, "pocketsphinx")
    from tars.server.stt.worker import SpeechWork

    work = SpeechWork(SpeechSettings(), build_grammar(HOTWORDS), HOTWORDS)
    line = Line()
    gc.disable()
    try:
        session = work.open(cast("ChildLine", line), encode_opening(Opening("s1", None)))
        session.receive(AUDIO + said("what time is it", after=0.0))
        while work.idle():
            pass
        assert isinstance(decode_event(line.sent[0])[1], SpeechStarted)
        held = weakref.ref(session)
        session.close()
        del session
        assert held() is None
    finally:
        gc.enable()


def test_a_sentence_that_waits_for_its_device_lends_its_decoder_to_another_and_loses_no_word() -> None:
    need(importlib.util.find_spec("pocketsphinx") is not None, "pocketsphinx")
    from tars.server.stt.worker import SpeechWork

    now = 0.0
    work = SpeechWork(SpeechSettings(decoders=1), build_grammar(HOTWORDS), HOTWORDS, lambda: now)

    def settle() -> None:
        while work.idle():
            pass

    away, there = Line(), Line()
    cut, asking = (
        work.open(cast("ChildLine", line), encode_opening(Opening("s", None))) for line in (away, there)
    )
    sentence = said("set the humor to seventy percent")
    half = len(sentence) // 2 // 1280 * 1280
    cut.receive(AUDIO + sentence[:half])
    settle()
    now = 0.5
    asking.receive(AUDIO + said("what time is it"))
    settle()
    assert there.utterances() == []  # the other may still be there
    assert there.events()[-1:] == [SpeechStarted]
    now = 1.0
    settle()
    assert there.utterances() == ["what time is it"]
    now = 30.0
    cut.receive(AUDIO + sentence[half:])
    settle()
    assert away.utterances() == ["set the humor to seventy percent"]
    assert away.events().count(SpeechStarted) == 1
    assert work.decoders.lent == 0
    asking.receive(AUDIO + bytes(MOST_QUEUED // 2))
    with pytest.raises(GiveUp, match="too far behind"):
        asking.receive(AUDIO + bytes(MOST_QUEUED // 2 + 2))
