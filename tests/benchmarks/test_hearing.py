import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from benchmarks import _hearing_cases as cases
from benchmarks._hearing_cases import Case, Heard
from benchmarks._hearing_cost import Memory
from benchmarks._hearing_fit import Kind, Sample, outcome
from benchmarks._hearing_report import Costs, Figures, report, worst_voice
from benchmarks._recordings import find_recordings
from benchmarks._scoring import Fate, Intent, Result
from benchmarks._sound import at_level, samples_of, speech_rms, with_noise
from benchmarks.hearing import Results, mixed
from tars.server.stt.gate import Evidence
from tars.server.stt.settings import SpeechSettings
from tests.support.voices import noise, speak

TIME: Intent = ("time", ())
DATE: Intent = ("date", ())


def result(voice: str, taken: Intent | None, *, meant: Intent | None = TIME, changes: bool = False) -> Result:
    return Result("what time is it", "something", meant, taken, voice, changes=changes)


def figures(commands: list[Result], outside: list[Result]) -> Figures:
    costs = Costs({"Moonshine": [0.1, 0.1, 0.3]}, {"Moonshine": 9.0})
    return Figures(
        name="report",
        commands={"Moonshine": commands},
        uncalled=[],
        outside={"Moonshine": outside},
        real_outside={"Moonshine": []},
        noisy=[],
        orders={"quiet": {"Moonshine": [True] * 38 + [False] * 2}},
        read={"Moonshine": [("one two three four", "one two three four")]},
        costs=costs,
        memory=Memory(150, 160, 170),
    )


def test_the_goals_are_of_our_own_recogniser_and_say_what_is_missed() -> None:
    commands = [result("a", TIME)] * 19 + [result("a", DATE)]
    outside = [result("a", None, meant=None)] * 60 + [result("b", DATE, meant=None, changes=True)] * 2
    goals = {goal.what: goal for goal in report(figures(commands, outside)).goals}
    assert goals["commands: intent right"].measured == 95
    assert goals["commands: intent right"].reached
    assert goals["commands: another command"].measured == 5
    assert not goals["commands: another command"].reached
    assert goals["outside: taken for a command, of 60 in the worst voice"].measured == 60
    assert goals["outside: change anything"].measured == 2
    assert not goals["real orders: all slots right, of 40"].reached
    assert goals["read sentences: word errors"].reached
    assert goals["processor time for a command, median"].measured == pytest.approx(100)
    assert goals["people a core who speak at once"].measured == pytest.approx(18)
    assert goals["speech worker, resident after 200 utterances"].measured == 170


def test_the_worst_voice_is_told_and_not_the_mean() -> None:
    results = [result("a", None, meant=None)] * 9 + [result("b", None, meant=None), result("b", DATE, meant=None)]
    assert worst_voice(results) == 0.5
    assert worst_voice([]) == 0


def test_each_voice_begins_elsewhere_and_nothing_is_lost() -> None:
    what = [Case(said, voice, b"") for voice in "ab" for said in ("1", "2", "3", "4")]
    first = [(case.voice, case.said) for case in mixed(what)]
    assert first[:4] == [("a", "1"), ("b", "3"), ("a", "2"), ("b", "4")]
    assert sorted(first) == sorted((case.voice, case.said) for case in what)


def sample(kind: Kind, meant: Intent | None, *, per_token: float, margin: float = 3.0) -> Sample:
    return Sample(kind, meant, None, TIME, Evidence(0.0, per_token, margin=margin))


def test_thresholds_are_judged_by_what_the_product_would_take_a_sample_for() -> None:
    samples = [
        sample("commands", TIME, per_token=-0.2),
        sample("commands", TIME, per_token=-1.2),
        sample("commands", DATE, per_token=-0.9, margin=0.0),
        sample("no commands", None, per_token=-1.9),
    ]
    strict = SpeechSettings(floor=-1.0, sure_floor=-1.0, rival_price=0.3)
    wide = SpeechSettings(floor=-2.0, sure_floor=-1.0, rival_price=0.0)
    assert outcome(samples, strict).right == {"commands": pytest.approx(100 / 3)}
    assert outcome(samples, strict).other == {}
    assert outcome(samples, wide).right == {"commands": pytest.approx(200 / 3)}
    assert outcome(samples, wide).other == {"commands": pytest.approx(100 / 3), "no commands": 100}
    assert outcome(samples, wide).asked == pytest.approx(100 / 3)
    assert outcome(samples, wide).worth < outcome(samples, strict).worth


def test_a_folder_of_recordings_is_read_by_its_manifest(tmp_path: Path) -> None:
    manifest = {
        "orders": [{"file": "o.wav", "slots": {"coffeeDrink": "mocha"}}],
        "commands": [{"file": "c.wav", "text": "what time is it", "voice": "anna"}],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = find_recordings([tmp_path])
    assert [(each.path, each.slots) for each in found.orders] == [(tmp_path / "o.wav", {"coffeeDrink": "mocha"})]
    assert [(each.text, each.voice) for each in found.commands] == [("what time is it", "anna")]
    assert found.read == ()


def test_orders_that_figures_are_published_of_are_not_among_those_to_fit_to(tmp_path: Path) -> None:
    reported, source = tmp_path / "reported", tmp_path / "source"
    for name in ("a.wav", "b.wav"):
        (source / "data" / "speech").mkdir(parents=True, exist_ok=True)
        (source / "data" / "speech" / name).touch()
    (source / "data" / "label").mkdir()
    labels: dict[str, object] = {name: {"slots": {}} for name in ("a.wav", "b.wav", "missing.wav")}
    (source / "data" / "label" / "label.json").write_text(json.dumps(labels))
    reported.mkdir()
    (reported / "manifest.json").write_text(json.dumps({"orders": [{"file": "a.wav", "slots": {}}]}))
    assert [each.path.name for each in find_recordings([reported, source]).more_orders] == ["b.wav"]


def test_a_folder_without_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{tmp_path} has no manifest\.json"):
        find_recordings([tmp_path])


def test_noise_stands_as_far_below_the_speech_as_it_is_asked_to() -> None:
    speech = at_level(speak("what time is it"), 1000)
    assert speech_rms(speech) == pytest.approx(1000, rel=0.02)
    sound = samples_of(noise(5, 300))
    added = samples_of(with_noise(speech, sound, 10, level=1000, seed=1)) - samples_of(speech)
    assert np.sqrt((added**2).mean()) == pytest.approx(1000 / 10**0.5, rel=0.05)


def test_the_hotword_is_detected_after_its_end_and_before_the_command() -> None:
    call, command = speak("hey jarvis"), speak("what time is it")
    pcm = cases.in_quiet_room(command, call)
    assert len(pcm) / 32_000 == pytest.approx(
        cases.WIDE.before + (len(call) + len(command)) / 32_000 + cases.BREATH + cases.WIDE.after, abs=0.001
    )


class Deaf:
    def hear(self, pcm: bytes, called: float | None = None) -> Heard | None:
        return None

    def write(self, pcm: bytes, pause: float | None = None) -> str:
        return ""


def test_what_was_heard_crosses_from_one_process_to_the_other() -> None:
    results = Results("pocketsphinx", errors=False)
    results.hear(Deaf(), "commands", [Case("flip a coin", "espeak:en", bytes(32_000))])
    again: Results = pickle.loads(pickle.dumps(results))
    assert [each.fate for each in again.groups["commands"]] == [Fate.SILENT]
