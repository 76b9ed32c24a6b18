"""Ends what a killed demonstration leaves behind: `python guard.py`.

It reads numbers of processes, one a line, and takes hold of each process itself: a number is used again later.
When its standard input ends, which not even a SIGKILL of the demonstration prevents, it kills what still runs. It
imports nothing of TARS, so that it is there at once.
"""

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Read to the end, and kill what is left."""
    held: list[int] = []
    for line in sys.stdin:
        with suppress(ProcessLookupError):
            held.append(os.pidfd_open(int(line)))
    for process in held:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)


if __name__ == "__main__":
    main()
