"""Being asked to stop: SIGTERM, Ctrl-C, and SIGHUP, when the terminal goes away.

SIGQUIT is left alone: it ends a program at once, for a person who wants just that. So is SIGTSTP (Ctrl-Z), which
makes the other side of the link miss its heartbeats, and SIGCONT, after which the link is dialled again.
"""

import os
import signal
import threading
from collections.abc import Callable, Sequence

import trio
from structlog import get_logger

from tars.runtime.log_output import drain_outputs, when_reader_leaves

EXIT_INTERRUPTED = 130
TIDYING = 0.2
"""Seconds that the end at once leaves for the terminal's sake: goodbyes that wait for a peer take longer."""
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
MEANINGLESS = (signal.SIGUSR1, signal.SIGUSR2)
"""They would end the program without a goodbye, unless it has a use for them."""


log = get_logger()


async def watch_signals(
    stop: Callable[[int], object],
    *,
    ignored: Sequence[signal.Signals] = MEANINGLESS,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Call `stop` with the number of the first signal that asks for it; a SIGINT after it ends the program at once
    with status 130. A log whose reader leaves is like a SIGPIPE.

    A SIGHUP that the program was started to ignore, by nohup, say, stays ignored. Of those in `ignored` there is
    a line in the log. Run it in a task of the main nursery, which `stop` asks to wind down (setting an event,
    say).
    """
    watched = [number for number in STOPPING if number != signal.SIGHUP or not hangup_is_ignored()]
    token = trio.lowlevel.current_trio_token()
    stopping = False

    def stop_once(number: int) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            stop(number)

    with trio.open_signal_receiver(*watched, *ignored) as signals:
        when_reader_leaves(lambda: token.run_sync_soon(stop_once, signal.SIGPIPE))
        try:
            task_status.started()
            async for number in signals:
                if number in ignored:
                    log.info("signal_ignored", signal=signal.Signals(number).name)
                elif stopping and number == signal.SIGINT:
                    _at_the_latest(TIDYING, os._exit, EXIT_INTERRUPTED)
                    raise SystemExit(EXIT_INTERRUPTED)
                else:
                    stop_once(number)
        finally:
            when_reader_leaves(None)


def hangup_is_ignored() -> bool:
    """Return whether whoever started this program wants it to outlive its terminal, as nohup does."""
    return signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def end_within(seconds: float, status: int = 0) -> None:
    """End the program after `seconds` with `status`, whatever still hangs then: a thread in a system call, say, or
    a process in the kernel. With 0 a service manager need not kill it."""
    _at_the_latest(seconds, _force, seconds, status)


def _force(seconds: float, status: int) -> None:
    _at_the_latest(TIDYING, os._exit, status)  # for what might hang in saying so
    log.error("stop_forced", reason=f"something hung for {seconds:g} s after the program began to stop")
    drain_outputs(TIDYING)
    os._exit(status)


def _at_the_latest(seconds: float, end: Callable[..., object], *args: object) -> None:
    timer = threading.Timer(seconds, end, args)
    timer.daemon = True
    timer.start()
