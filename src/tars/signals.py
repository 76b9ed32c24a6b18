"""Being asked to stop: SIGTERM and Ctrl-C."""

import os
import signal
import threading
from collections.abc import Callable

import trio

EXIT_INTERRUPTED = 130
TIDYING = 0.2
"""Seconds that the end at once leaves for the terminal's sake: goodbyes that wait for a peer take longer."""


async def watch_signals(
    stop: Callable[[], object], *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Call `stop` at the first SIGTERM or SIGINT; a SIGINT after it ends the program at once with status 130.

    Run it in a task of the main nursery, which `stop` asks to wind down (setting an event, say).
    """
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        stopping = False
        async for number in signals:
            if stopping and number == signal.SIGINT:
                end = threading.Timer(TIDYING, os._exit, [EXIT_INTERRUPTED])
                end.daemon = True
                end.start()
                raise SystemExit(EXIT_INTERRUPTED)
            stopping = True
            stop()
