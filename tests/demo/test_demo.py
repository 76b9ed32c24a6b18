"""`tars-demo` as a newcomer runs it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tars.audio.wav import read_wav
from tests.end_to_end.programs import environment

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.alone]


def test_the_demonstration_answers_recovers_and_answers_again(tmp_path: Path) -> None:
    """Whatever is set on this machine for other purposes."""
    script = Path(sys.executable).with_name("tars-demo")
    for name, text in (("server", '[server]\ntoken = "another"\n'), ("pi", "hotword = 5\n")):
        (tmp_path / "tars").mkdir(exist_ok=True)
        (tmp_path / "tars" / f"{name}.toml").write_text(text)
    done = subprocess.run(
        [script, "--output", str(tmp_path / "out")],
        env=environment(tmp_path) | {"TARS_SERVER_HOST": "nowhere.invalid", "TARS_TOKEN": "another"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line for line in done.stdout.splitlines() if "tars-pi" in line]
    assert any("heard: what time is it" in line for line in said), done.stdout
    assert any(re.search(r"says: It's \d+:\d\d [AP]M", line) for line in said)
    assert any("heard: are you connected" in line for line in said), done.stdout
    assert sum("link up" in line for line in said) == 2
    assert done.stdout.count("endpoint confirmed") == 2
    for name in ("heard.wav", "spoken.wav"):
        _, pcm = read_wav(tmp_path / "out" / name)
        assert max(memoryview(pcm).cast("h")) > 3_000, f"{name} is silent"


def test_a_folder_that_cannot_be_made_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    script = Path(sys.executable).with_name("tars-demo")
    done = subprocess.run(
        [script, "--output", str(tmp_path / "file" / "out")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("tars-demo: ")
    assert done.stderr.count("\n") == 1
