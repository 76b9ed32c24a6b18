"""The program that kills what a killed test run leaves behind: `python reaper.py`.

It reads `+PID` and `-PID` lines. When its standard input ends, which not even a SIGKILL of the run prevents, it
kills every process that was named and not taken back.
"""

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Read to the end, and kill what is left."""
    left: set[int] = set()
    for line in sys.stdin:
        sign, pid = line[0], int(line[1:])
        (left.add if sign == "+" else left.discard)(pid)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
