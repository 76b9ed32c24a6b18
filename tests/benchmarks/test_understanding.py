"""How sentences are counted that a brain understood rightly, wrongly, or not."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import understanding
from benchmarks.__main__ import NAMES, told_apart
from benchmarks._sentence_sets import NotASet, Sentence, Taken, count, judge, read_set, total
from benchmarks.understanding import ACCEPTED, ASKED, BESIDE, OVOS, REFUSALS, goals_of, rows_of
from tars.server.brains.skills.table import SKILLS
from tests.support.limits import HANG

CLINC = {
    "train": [["what is the time", "time"]],
    "val": [["who is the president", "president"]],
    "test": [["never to be seen", "time"]],
    "oos_train": [["purple", "oos"]],
    "oos_test": [["never to be seen either", "oos"]],
}


def test_of_a_set_with_splits_the_one_for_testing_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "data_full.json"
    path.write_text(json.dumps(CLINC))
    assert [sentence.text for sentence in read_set(path)] == ["what is the time", "purple", "who is the president"]
    assert [sentence.text for sentence in read_set(path, ["test"])] == [
        "never to be seen",
        "never to be seen either",
    ]


def test_a_set_of_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text('{"utterance": "which year", "intent_label": "what_year_is_it", "lang": "en"}\n\n')
    assert read_set(path) == [Sentence("which year", "what_year_is_it")]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"train": [1]}', b"\xff", b'{"train": 3}'])
@pytest.mark.parametrize("name", ["set.json", "set.jsonl"])
def test_what_is_no_set_is_one_sentence(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotASet, match="set") as raised:
        read_set(path)
    assert "\n" not in str(raised.value)


def test_every_sentence_is_counted_once_and_under_what_became_of_it() -> None:
    skills = {"a": "tell_time", "b": "joke", "c": "weather", "d": None}
    said = [Sentence(text, "time") for text in "abcd"] + [Sentence("b", "president"), Sentence("c", "president")]
    taken = count(said, skills.get, {"time": frozenset({"tell_time"})}, frozenset({"weather"}))
    assert taken == {
        "time": Taken(right=1, other=1, refused=1, unknown=1),
        "president": Taken(other=1, refused=1),
    }
    assert taken["time"].share(taken["time"].right) == 25
    assert total(taken.values()) == Taken(right=1, other=2, refused=2, unknown=1)
    assert Taken().share(0) == 0


def test_a_refusal_that_is_right_is_right() -> None:
    assert judge("weather", frozenset({"weather"}), frozenset({"weather"})) == "right"


def test_every_skill_that_is_accepted_exists() -> None:
    names = {skill.name for skill in SKILLS}
    assert set().union(*ACCEPTED.values()) <= names
    assert names >= REFUSALS
    assert not REFUSALS & set().union(*ACCEPTED.values())
    assert len(ACCEPTED) == len(ASKED) + len(BESIDE) + len(OVOS), "an intent has one meaning"


def test_the_rows_begin_with_what_is_understood_best() -> None:
    now = {"time": Taken(right=1, unknown=3), "date": Taken(right=3, other=1), "president": Taken(unknown=9)}
    rows = rows_of(ASKED, now, {"date": Taken(right=1, unknown=1)})
    assert [(row.name, row.figures) for row in rows] == [
        ("date", (4, 75, 25, 0, 0, 50)),
        ("time", (4, 25, 0, 0, 75, None)),
    ]


def test_the_goals_are_the_worst_intent_and_what_is_answered_that_is_foreign() -> None:
    taken = {
        "time": Taken(right=9, unknown=1),
        "date": Taken(right=7, unknown=3),
        "timezone": Taken(other=50),
        "president": Taken(other=1, refused=99, unknown=100),
    }
    goals = {goal.what: goal for goal in goals_of(taken, p99=0.004)}
    assert goals["the least understood intent of clinc/oos-eval (date)"].measured == 70
    assert goals["foreign sentences answered wrongly"].measured == 0.5
    assert [goal.reached for goal in goals.values()] == [False, True, True]


def test_names_and_files_are_told_apart() -> None:
    assert told_apart(["understanding", "set.json", "storm"]) == (["understanding", "storm"], ["set.json"])
    assert "understanding" in NAMES


def test_the_whole_of_it_prints_a_table_and_lists_what_went_wrong(tmp_path: Path) -> None:
    path = tmp_path / "data_full.json"
    path.write_text(json.dumps(CLINC))
    command = [sys.executable, "-m", understanding.__name__]
    table = subprocess.run([*command, str(path)], capture_output=True, text=True, check=True, timeout=HANG)
    assert "| time | 1 | 100 |" in table.stdout
    assert "| foreign to TARS | 2 | 0 |" in table.stdout
    listed = subprocess.run([*command, "--list", "unknown", str(path)], capture_output=True, text=True, check=True)
    assert listed.stdout == ""
    for wrong in ([], [str(tmp_path / "absent.json")]):
        told = subprocess.run([*command, *wrong], capture_output=True, text=True, check=False)
        assert (told.returncode, told.stdout) == (2, "")
        assert "clinc/oos-eval" in told.stderr if not wrong else "absent.json" in told.stderr


def test_a_reader_of_the_list_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "data_full.json"
    path.write_text(json.dumps({**CLINC, "train": [["purple", "time"]]}))
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", understanding.__name__, "--list", "unknown", str(path)]
    with open(write_end, "wb") as nobody_reads:
        done = subprocess.run(
            command, stdout=nobody_reads, stderr=subprocess.PIPE, text=True, check=False, timeout=HANG
        )
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, "")
