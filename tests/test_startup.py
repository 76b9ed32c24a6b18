import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.support.limits import HANG

LOADING = """
import sys, time
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == {slow!r}:
            print("loading", flush=True)
            time.sleep(60)
sys.meta_path.insert(0, Slow())
from {program}.start import cli
cli()
"""
GIVEN_UP = """
import sys, threading, time
from tars.pi import main
def run(*_, **__):
    threading.Thread(target=time.sleep, args=(60,)).start()
    print("the last line")
    sys.exit(2)
main.run_app = run
main.cli()
"""
PROGRAMS = ["tars.pi", "tars.server"]


@contextmanager
def python(code: str, arguments: Sequence[str] = ()) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    ("arguments", "command"), [([], False), (["--log-format", "json"], False), (["pair"], True)]
)
def test_a_signal_while_it_loads_ends_it_without_a_word(
    program: str, number: signal.Signals, arguments: list[str], command: bool
) -> None:
    with python(LOADING.format(slow=f"{program}.main", program=program), arguments) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        if program == "tars.pi":
            process.send_signal(signal.SIGUSR1)
        process.send_signal(number)
        said, _ = process.communicate(timeout=HANG)
    assert (process.returncode, said) == (128 + number if command else 0, "")


def test_a_thread_that_was_given_up_does_not_hold_the_end_up() -> None:
    with python(GIVEN_UP) as process:
        said, _ = process.communicate(timeout=HANG)
    assert (process.returncode, said) == (2, "the last line\n")


CRASHES = """
from tars.startup import leave_when_told
leave_when_told()
raise ValueError("from outside: \\x1b[2J\\u202e")
"""


def test_a_crash_tells_its_traceback_and_commands_no_terminal() -> None:
    with python(CRASHES) as process:
        said, _ = process.communicate(timeout=HANG)
    assert process.returncode == 1
    assert "Traceback" in said
    assert said.endswith("ValueError: from outside: \\x1b[2J\\u202e\n")


def test_what_is_slow_to_load_is_not_loaded_before_the_link_is_dialled() -> None:
    slow = ["numpy", "soxr", "onnxruntime", "sounddevice"]
    code = f"import sys, tars.pi.main, tars.pi.preflight; print([name for name in {slow} if name in sys.modules])"
    with python(code) as process:
        said, _ = process.communicate(timeout=HANG)
    assert (process.returncode, said) == (0, "[]\n")
