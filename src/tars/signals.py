"""Being asked to stop: SIGTERM and Ctrl-C."""

import os
import signal
import threading
from collections.abc import Callable

import trio
from structlog import get_logger

EXIT_INTERRUPTED = 130
TIDYING = 0.2
"""Seconds that the end at once leaves for the terminal's sake: goodbyes that wait for a peer take longer."""


log = get_logger()


async def watch_signals(
    stop: Callable[[int], object], *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Call `stop` with the number of the first SIGTERM or SIGINT; a SIGINT after it ends the program at once with
    status 130.

    Run it in a task of the main nursery, which `stop` asks to wind down (setting an event, say).
    """
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        stopping = False
        async for number in signals:
            if stopping and number == signal.SIGINT:
                _at_the_latest(TIDYING, os._exit, EXIT_INTERRUPTED)
                raise SystemExit(EXIT_INTERRUPTED)
            if not stopping:
                stopping = True
                stop(number)


def end_within(seconds: float) -> None:
    """Whatever still hangs then (a thread in a system call, a process in the kernel), the program ends, with
    status 0: its service manager need not kill it."""
    _at_the_latest(seconds, _force, seconds)


def _force(seconds: float) -> None:
    _at_the_latest(TIDYING, os._exit, 0)  # where it is the log's reader that hangs, saying so would hang as well
    log.error("stop_forced", reason=f"something hung for {seconds:g} s after the program was told to stop")
    os._exit(0)


def _at_the_latest(seconds: float, end: Callable[..., object], *args: object) -> None:
    timer = threading.Timer(seconds, end, args)
    timer.daemon = True
    timer.start()
