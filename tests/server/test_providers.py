"""What hears and thinks, put together from the settings."""

import importlib.util
from datetime import UTC, datetime
from functools import cache
from typing import Any

import attrs
import pytest
import trio

from tars.server.brains.brain import LinkFacts, Outcome, Request
from tars.server.brains.grammar import Completeness, Grammar
from tars.server.providers import grammar_and_brain, open_providers
from tars.server.settings import Settings
from tars.server.tts.voices import TtsSettings
from tests.server.stt.sounds import frames, said, utterance
from tests.support.limits import HANG
from tests.support.real import need

ODD = ("Mischief managed", "10-4, Cooper", "¡Hasta la vista!", "[over] {and} (out|up)", "...")


made = cache(grammar_and_brain)


def question(text: str, **more: Any) -> Request:
    link = LinkFacts(round_trip=None, connected_for=None, reconnects=0)
    settings = {"humor": 0, "honesty": 90, "volume": 50}
    return attrs.evolve(Request(text, datetime(2026, 5, 4, tzinfo=UTC), link, settings), **more)


@pytest.mark.parametrize(
    "text",
    ["Mischief managed.", "10 4 Cooper", "please, mischief managed", "ten four cooper", "hasta la vista"],
)
def test_farewells_of_the_settings_are_sentences_of_the_grammar_and_of_the_brain(text: str) -> None:
    spec, brain = made(ODD)
    grammar = Grammar(spec, ["hey_jarvis"])
    assert grammar.completeness(f"Hey Jarvis, {text}") is Completeness.COMPLETE
    assert grammar.ends(text)
    assert grammar.changes(text)
    assert brain.answer(question(text)).reply.text == "Goodbye."
    assert brain.answer(question(text)).reply.outcome == Outcome(end_session=True)
    assert brain.answer(question(text, doubtful=True)).reply.outcome == Outcome(asked=text)


def test_they_leave_everything_else_as_it_is() -> None:
    spec, brain = made(ODD)
    assert not Grammar(spec).ends("ten four")
    assert brain.answer(question("what is 7 times 6")).reply.text == "7 times 6 is 42."
    assert brain.answer(question("mischief")).understood is None
    plain, _ = grammar_and_brain(("Goodbye!", "never mind"))
    assert "end_phrase" not in plain.sentences


@pytest.mark.real
@pytest.mark.trio
async def test_a_farewell_of_the_settings_is_heard_by_the_workers_and_ends_the_session() -> None:
    need(importlib.util.find_spec("moonshine_voice") is not None, "moonshine-voice")
    plain = Settings(tts=TtsSettings(use=("espeak",)))
    settings = attrs.evolve(
        plain,
        session=attrs.evolve(plain.session, end_phrases=("mischief managed",)),
        speech=attrs.evolve(plain.speech, processes=1),
    )
    with trio.fail_after(HANG):
        async with open_providers(settings) as providers, providers.recogniser.open("s1") as listening:
            for frame in frames(said("mischief managed", voice="en-us+f2")):
                listening.feed(frame)
            heard = await utterance(listening)
            assert (heard.words, heard.source) == ("mischief managed", "grammar")

            async def say(words: str) -> None:
                assert words.startswith("Goodbye")

            outcome = await providers.brain.think(question(heard.text, words=heard.words), say)
            assert outcome == Outcome(end_session=True)
