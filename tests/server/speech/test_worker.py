"""The work of one speech worker, in this process."""

import gc
import importlib.util
import weakref
from typing import cast

import pytest

from tars.server.brains.grammar import build_grammar
from tars.server.speech.recogniser import SpeechStarted
from tars.server.speech.settings import SpeechSettings
from tars.server.speech.wire import AUDIO, Opening, decode_event, encode_opening
from tars.server.workers.child import ChildLine
from tests.server.speech.sounds import HOTWORDS, said
from tests.support.real import need

pytestmark = pytest.mark.real


class Line:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, body: bytes) -> None:
        self.sent.append(body)


def test_a_session_that_is_over_leaves_nothing_for_the_garbage_collector() -> None:
    need(importlib.util.find_spec("pocketsphinx") is not None, "pocketsphinx")
    from tars.server.speech.followers import Followers
    from tars.server.speech.worker import SpeechWork

    settings = SpeechSettings()
    work = SpeechWork(settings, build_grammar(HOTWORDS), HOTWORDS, Followers(settings))
    line = Line()
    gc.disable()
    try:
        session = work.open(cast("ChildLine", line), encode_opening(Opening("s1", None)))
        session.receive(AUDIO + said("what time is it", after=0.0))
        assert isinstance(decode_event(line.sent[0])[1], SpeechStarted)
        held = weakref.ref(session)
        session.close()
        del session
        assert held() is None
    finally:
        gc.enable()
