"""What the device says by itself, with a real espeak-ng in a real process."""

import sys
from importlib.util import find_spec

import pytest
import structlog

from tars.pi import words
from tars.pi.sound_names import Sound
from tests.support.real import need


@pytest.mark.real
@pytest.mark.trio
async def test_each_meaning_gets_words_of_its_own() -> None:
    need(find_spec("espeakng_loader") is not None, "espeak-ng (tars[offline])")
    said = await words.make_words()
    assert set(said) == set(words.WORDS)
    assert all(1 < clip.seconds < 5 for clip in said.values())
    assert len({clip.pcm for clip in said.values()}) == len(said)


@pytest.mark.trio
async def test_without_espeak_there_are_sounds_and_no_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "find_spec", lambda name: None)
    assert await words.make_words() == {}


@pytest.mark.parametrize("program", ["/bin/false", "/bin/echo", "/does/not/exist"])
@pytest.mark.trio
async def test_an_espeak_that_fails_costs_the_words_and_nothing_else(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "find_spec", lambda name: object())
    monkeypatch.setattr(words, "WORDS", {Sound.NOTED: "noted"})
    monkeypatch.setattr(sys, "executable", program)
    with structlog.testing.capture_logs() as log:
        assert await words.make_words() == {}
    assert [entry["event"] for entry in log] == ["no_words"]
    assert log[0]["reason"]
