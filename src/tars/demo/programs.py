"""Running one of the two programs and reading its log as it is written."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import trio

from tars.errors import UserError
from tars.runtime.installation import EXTRAS, install_command

STOP_LIMIT = 5.0
"""Seconds a program gets to stop by itself; it promises 2."""
LARGEST_LINE = 1 << 20
"""Bytes; a log line with a traceback stays far below."""


@attrs.frozen
class Event:
    """One line of a program's JSON log."""

    program: str
    name: str
    monotonic: float
    """Seconds on the clock that all programs of this machine share."""
    fields: dict[str, Any]


@attrs.frozen
class Program:
    """A running program; its log goes to the channel it was opened with."""

    name: str
    process: trio.Process

    def kill(self) -> None:
        """End it as a power cut would: no goodbye."""
        self.process.kill()


def find_program(name: str) -> Path:
    """The console script `name` of this installation; raises `UserError` where there is none."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise UserError(f"there is no {name} beside this Python; run: {install_command(*EXTRAS['tars-demo'])}")
    return Path(found)


@asynccontextmanager
async def open_program(
    name: str, arguments: Sequence[str], events: trio.MemorySendChannel[Event]
) -> AsyncGenerator[Program, None]:
    """Run `name` with JSON logs, and send each line to `events` (closed when the log ends).

    It has its defaults, whatever is set or paired on this machine. Leaving the block asks it to stop (SIGTERM)
    and kills it when it does not within `STOP_LIMIT`.
    """
    with TemporaryDirectory(prefix="tars-demo-") as home:
        process = await trio.lowlevel.open_process(
            [str(find_program(name)), *arguments, "--log-format", "json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=_nobodys_settings(home),
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_read_log, name, process, events)
            try:
                yield Program(name, process)
            finally:
                with trio.CancelScope(shield=True):
                    await _stop(process)
        # the nursery waits for the log's last line: the pipe ends with the process


def _nobodys_settings(home: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TARS_")}
    return clean | {"XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}


async def _stop(process: trio.Process) -> None:
    if process.returncode is None:
        process.terminate()
    with trio.move_on_after(STOP_LIMIT):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _read_log(name: str, process: trio.Process, events: trio.MemorySendChannel[Event]) -> None:
    assert process.stdout is not None
    pending = b""
    with events:
        async for chunk in process.stdout:
            *lines, pending = (pending + chunk).split(b"\n")
            pending = pending[-LARGEST_LINE:]
            for line in lines:
                if (event := read_event(name, line)) is not None:
                    await events.send(event)


def read_event(program: str, line: bytes) -> Event | None:
    """The event in a log line; None where the line holds none."""
    try:
        fields = json.loads(line)
        return Event(program, fields.pop("event"), float(fields.pop("monotonic")), fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
