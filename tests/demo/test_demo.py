"""`tars-demo` as a newcomer runs it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.demo.picture import PICTURE, masked_rows
from tests.end_to_end.programs import environment
from tests.support.limits import HANG
from tests.support.wav import read_wav

pytestmark = [pytest.mark.real, pytest.mark.slow]

SCRIPT = Path(sys.executable).with_name("tars-demo")


def shown(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The whole of it, to its end."""
    return subprocess.run(
        [SCRIPT, "--output", str(folder / "out"), *arguments],
        env=environment(folder) | variables, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=HANG, check=False,
    )  # fmt: skip


@contextmanager
def running(
    folder: Path, until: str, **streams: int
) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """The demonstration up to the line that holds `until`, and the processes that it has started."""
    with subprocess.Popen(
        [SCRIPT, "--output", str(folder / "out")],
        env=environment(folder), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as demo:  # fmt: skip
        try:
            assert demo.stdout is not None
            for line in demo.stdout:
                if until in line:
                    break
            yield demo, psutil.Process(demo.pid).children(recursive=True)
        finally:
            demo.kill()


def left_over(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run, though they have had time to end."""
    _, alive = psutil.wait_procs(processes, timeout=HANG)
    return list(alive)


def one_sentence(text: str) -> str:
    assert text.startswith("tars-demo: "), text
    assert text.count("\n") == 1, text
    return text


def test_the_demonstration_answers_recovers_and_answers_again(tmp_path: Path) -> None:
    """On a terminal that knows nothing but ASCII, whatever is set on this machine for other purposes."""
    for name, text in (("server", '[server]\ntoken = "another"\n'), ("pi", "hotword = 5\n")):
        (tmp_path / "tars").mkdir(exist_ok=True)
        (tmp_path / "tars" / f"{name}.toml").write_text(text)
    picture = tmp_path / "demo.svg"
    done = shown(
        tmp_path, "--save-svg", str(picture),
        TARS_SERVER_HOST="nowhere.invalid", TARS_TOKEN="another", PYTHONIOENCODING="ascii", TERM="dumb",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.isascii()
    said = [line for line in done.stdout.splitlines() if "tars-pi" in line]
    assert any("heard: what time is it" in line.lower() for line in said), done.stdout
    assert any(re.search(r"says: It's \d+:\d\d [AP]M", line) for line in said)
    assert any("heard: are you connected" in line.lower() for line in said), done.stdout
    assert sum("link up" in line for line in said) == 2
    assert done.stdout.count("endpoint confirmed") == 2
    assert re.search(r"^The answers began \d+ and \d+ ms after the last word\.$", done.stdout, re.MULTILINE)
    for name in ("heard.wav", "spoken.wav"):
        _, pcm = read_wav(tmp_path / "out" / name)
        assert max(memoryview(pcm).cast("h")) > 3_000, f"{name} is silent"
    now, kept = masked_rows(picture.read_text()), masked_rows(PICTURE.read_text())
    assert now == kept, "docs/demo.svg is out of date: make it anew with tars-demo --save-svg docs/demo.svg"


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "demo is connected"),
        (signal.SIGTERM, "starts the server"),
        (signal.SIGHUP, "starts the device"),
    ],
)
def test_a_signal_ends_it_with_one_sentence_and_all_that_it_started(
    tmp_path: Path, number: signal.Signals, moment: str
) -> None:
    with running(tmp_path, until=moment) as (demo, processes):
        assert processes  # the guard, the programs
        demo.send_signal(number)
        _, said = demo.communicate(timeout=HANG)
    assert demo.returncode == 128 + number
    assert "stopped before its end" in one_sentence(said)
    assert not [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_nothing_that_it_started_outlives_a_killed_one(tmp_path: Path) -> None:
    """Not even programs that have hung, which would not notice."""
    with running(tmp_path, until="demo is connected") as (demo, processes):
        programs = [each for each in processes if each.ppid() == demo.pid and "guard.py" not in each.cmdline()[-1]]
        assert len(programs) == 2
        for each in programs:
            each.suspend()
        demo.kill()
    assert left_over(processes) == []


def test_a_reader_that_leaves_ends_it_without_a_word(tmp_path: Path) -> None:
    with running(tmp_path, until="starts the device") as (demo, processes):
        assert demo.stdout is not None
        assert demo.stderr is not None
        demo.stdout.close()
        assert demo.stderr.read() == ""
        assert demo.wait(HANG) == 141
    assert left_over(processes) == []


SMALL_DISK = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_a_full_disk_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tars-pi.log").symlink_to("/dev/full")
    done = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, SCRIPT, "--output", str(tmp_path / "out")],
        env=environment(tmp_path), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=HANG, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "heard.wav: cannot be written any further: File too large" in one_sentence(done.stderr)
    assert 0 < len(read_wav(tmp_path / "out" / "heard.wav")[1]) <= 20_000


def test_a_terminal_that_takes_nothing_is_told_in_one_sentence(tmp_path: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [SCRIPT, "--output", str(tmp_path / "out")],
            env=environment(tmp_path), stdout=full, stderr=subprocess.PIPE, text=True, timeout=HANG, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "standard output: cannot be written: No space left" in one_sentence(done.stderr)


def test_a_program_that_cannot_start_is_named_with_its_reason_and_its_log(tmp_path: Path) -> None:
    broken = "it needs libnothing.so.1, which is not there"
    (tmp_path / "hassil.py").write_text(f"raise ImportError({broken!r})\n")
    done = shown(tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1, done.stderr
    said = one_sentence(done.stderr)
    log = tmp_path / "out" / "tars-server.log"
    assert "tars-server ended by itself" in said
    assert broken in said
    assert f"its log is {log}" in said
    assert broken in log.read_text()


def test_a_folder_that_cannot_be_made_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    done = shown(tmp_path)
    assert done.returncode == 2
    one_sentence(done.stderr)


def test_it_says_its_version_and_how_to_use_it() -> None:
    said = {
        name: subprocess.run(
            [SCRIPT.with_name(name), "--version"], env=dict(os.environ), capture_output=True, text=True, check=True
        ).stdout.split()
        for name in ("tars-demo", "tars-pi", "tars-server")
    }
    assert {name: words[1] for name, words in said.items()} == dict.fromkeys(said, said["tars-pi"][1])
    assert [words[0] for words in said.values()] == list(said)
    usage = subprocess.run([SCRIPT, "--help"], capture_output=True, text=True, check=True).stdout
    assert "--output" in usage
    assert "--save-svg" in usage
