"""The end that comes whatever hangs. (The usual ends are tested with the programs.)"""

import subprocess
import sys
import time

from tests.support.limits import HANG

HANGS = """
import time
from tars.signals import end_within
end_within(0.5, 143)
print("hanging", flush=True)
time.sleep(60)
"""


def test_a_program_that_hangs_after_it_was_told_to_stop_ends_all_the_same_and_says_so() -> None:
    with subprocess.Popen([sys.executable, "-c", HANGS], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "hanging\n"
        began = time.monotonic()
        assert run.wait(HANG) == 143
        assert time.monotonic() - began < 5
        assert "stop_forced" in run.stdout.read()


STUCK_IN_A_LINE = """
import structlog
from tars.signals import end_within
end_within(0.5)
structlog.configure(logger_factory=structlog.WriteLoggerFactory())
while True:
    structlog.get_logger().info("a line that nobody reads" * 1000)
"""


def test_a_program_whose_log_nobody_reads_ends_all_the_same() -> None:
    with subprocess.Popen([sys.executable, "-c", STUCK_IN_A_LINE], stdout=subprocess.PIPE) as run:
        try:
            assert run.wait(HANG) == 0
        finally:
            run.kill()
