import contextlib
import pty
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


ENDS = """
import threading
from pathlib import Path
import structlog
from tars.cli import make_app, run_app
from tars.errors import UserError
from tars.logs import LogFormat, configure_logs
from tars.runtime.log_output import LogOutput
from tars.startup import leave_when_told

asked = threading.Event()  # the terminal takes nothing until somebody waits for it
put, drain = LogOutput._put, LogOutput.drain
LogOutput._put = lambda *args: asked.wait() and put(*args)
LogOutput.drain = lambda *args: asked.set() or drain(*args)
leave_when_told()
app = make_app("ends", "Ends.")

@app.default
async def end() -> None:
    configure_logs(LogFormat.PRETTY)
    structlog.get_logger().info("what_came_before")
    raise {ending}("the end")

run_app(app, Path("absent.toml"), [])
"""


@pytest.mark.parametrize("ending", ["UserError", "ValueError"])
def test_on_a_terminal_the_last_words_come_last(ending: str) -> None:
    master, slave = pty.openpty()
    with open(master, "rb", buffering=0) as terminal:
        with open(slave, "wb") as its_side:
            code = ENDS.format(ending=ending)
            process = subprocess.Popen([sys.executable, "-c", code], stdout=its_side, stderr=its_side)
        said = b""
        with contextlib.suppress(OSError):  # EIO: nobody has its side open any more
            while piece := terminal.read(4096):
                said += piece
        assert process.wait(HANG) in (1, 2)
    lines = said.decode().splitlines()
    assert "what_came_before" in lines[0]
    assert lines[-1].endswith(": the end")


def test_what_is_slow_to_load_is_not_loaded_before_the_link_is_dialled() -> None:
    slow = ["numpy", "soxr", "onnxruntime", "sounddevice"]
    code = f"import sys, tars.pi.main, tars.pi.preflight; print([name for name in {slow} if name in sys.modules])"
    with python(code) as process:
        said, _ = process.communicate(timeout=HANG)
    assert (process.returncode, said) == (0, "[]\n")
