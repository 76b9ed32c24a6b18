"""Push to talk without a button: SIGUSR1, and the Enter key where there is a terminal."""

import os
import signal
import sys
from collections.abc import Callable

import trio

BACKGROUND_CHECK = 1.0
"""Seconds between two looks at whether this program has the terminal again; only the foreground may read it."""


async def watch_button(press: Callable[[], None]) -> None:
    """Call `press` for each SIGUSR1 and each Enter, until cancelled."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_watch_signal, press)
        if sys.stdin is not None and sys.stdin.isatty():
            nursery.start_soon(_watch_terminal, sys.stdin.fileno(), press)


async def _watch_signal(press: Callable[[], None]) -> None:
    with trio.open_signal_receiver(signal.SIGUSR1) as signals:
        async for _ in signals:
            press()


async def _watch_terminal(terminal: int, press: Callable[[], None]) -> None:
    while True:
        await trio.lowlevel.wait_readable(terminal)
        try:
            if os.tcgetpgrp(terminal) != os.getpgrp():
                await trio.sleep(BACKGROUND_CHECK)  # reading from the background would stop the whole program
                continue
            typed = os.read(terminal, 1024)
        except OSError:  # the terminal is gone, and this program was told to outlive it (nohup)
            return
        if b"\n" in typed:
            press()
        elif not typed:
            return
