"""What commands say where nothing can be written, or nobody reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tars.errors import UserError
from tars.runtime.terminal import show, tell

TARS_SERVER = [sys.executable, "-c", "from tars.server.start import cli; cli()"]


def test_a_result_that_is_lost_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.open("/dev/full", os.O_WRONLY), "w", closefd=True, buffering=1) as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(UserError, match="No space left"):
            show("a token")
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # for what is left in its buffer


def test_a_remark_that_is_lost_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.open("/dev/full", os.O_WRONLY), "w", closefd=True, buffering=1) as full:
        monkeypatch.setattr(sys, "stderr", full)
        tell("a remark")
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


def test_lines_stay_lines_and_command_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    show("one\ntwo \x1b[2J")
    tell("three \u202e")
    out, err = capsys.readouterr()
    assert (out, err) == ("one\ntwo \\x1b[2J\n", "three \\u202e\n")


@pytest.mark.parametrize("command", ["make-token", "--help"])
def test_a_command_on_a_full_disk_is_one_sentence_and_status_2(command: str, tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [*TARS_SERVER, command], stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path
        )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "No space left" in run.stderr


def test_a_command_whose_reader_has_left_is_quiet() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with open(write_end, "wb") as nobody_reads:
        run = subprocess.run(
            [*TARS_SERVER, "make-token"], stdout=nobody_reads, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (run.returncode, run.stderr) == (141, "")
