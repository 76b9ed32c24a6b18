"""Being asked to stop: SIGTERM and Ctrl-C."""

import signal
from collections.abc import Callable

import trio

EXIT_INTERRUPTED = 130


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
                raise SystemExit(EXIT_INTERRUPTED)
            stopping = True
            stop()
