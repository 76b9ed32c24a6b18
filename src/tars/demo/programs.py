"""Running the two programs, and reading their logs as they are written."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import trio

from tars.errors import UserError
from tars.runtime.installation import EXTRAS, install_command

STOP_LIMIT = 6.0
"""Seconds a program gets to stop by itself; the server promises 5."""
LARGEST_LINE = 1 << 20
"""Bytes; a log line with a traceback stays far below."""
_DRAWN = " |+-\r"
"""What stands around the lines of an exception group's traceback."""
ENDED = "ended"
"""The event of a program that ends, which is no log line."""


@attrs.frozen
class Event:
    """One line of a program's JSON log."""

    program: str
    name: str
    monotonic: float
    """Seconds on the clock that all programs of this machine share."""
    fields: dict[str, Any]


@attrs.define(eq=False)
class Program:
    """A running program; its log goes to the channel it was opened with."""

    name: str
    process: trio.Process
    dismissed: bool = False
    """Whether its end is no surprise."""
    last_words: str = ""
    """The last line written that is no log event: why it cannot work, or the end of a traceback."""

    def kill(self) -> None:
        """End it as a power cut would: no goodbye."""
        self.dismissed = True
        self.process.kill()

    async def wait(self) -> int:
        """Wait for its end, which is expected, and return its exit status."""
        self.dismissed = True
        return await self.process.wait()


@attrs.define(eq=False)
class LogFile:
    """The file that keeps all that a program writes. A disk that is full costs the file, not the demonstration."""

    path: Path
    trouble: str | None = None
    """Why the file is not whole."""
    _file: BinaryIO | None = None

    def write(self, data: bytes | bytearray) -> None:
        """Append `data`."""
        if self.trouble is not None:
            return
        try:
            if self._file is None:
                self._file = open(self.path, "ab", buffering=0)  # noqa: SIM115 - closed by close()
            self._file.write(data)
        except OSError as exc:
            self.trouble = exc.strerror or str(exc)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


@attrs.define(eq=False)
class Backstage:
    """What all programs of one demonstration share."""

    events: trio.MemorySendChannel[Event]
    """Takes the log lines of them all; never closed by a program."""
    logs: Path
    """The folder for `tars-pi.log` and `tars-server.log`."""
    home: Path
    """The programs' settings and state: empty, whatever is set or paired on this machine."""
    guard: trio.Process
    """See `tars.demo.guard`."""

    @asynccontextmanager
    async def run(
        self, name: str, arguments: Sequence[str], *, fed: bool = False
    ) -> AsyncGenerator[Program, None]:
        """Run `name` with JSON logs; `fed`: its standard input is a pipe.

        Leaving the block asks the program to stop (SIGTERM), and kills it when it does not within `STOP_LIMIT`.
        """
        with trio.CancelScope(shield=True):  # or a program could be started of which nobody knows
            process = await self._start(name, arguments, fed=fed)
        program = Program(name, process)
        log = LogFile(self.logs / f"{name}.log")
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._follow, program, log)
                try:
                    yield program
                finally:
                    program.dismissed = True
                    with trio.CancelScope(shield=True):
                        await _stop(process)
            # the nursery waits for the log's last line: the pipe ends with the process
        finally:
            log.close()

    async def _start(self, name: str, arguments: Sequence[str], *, fed: bool) -> trio.Process:
        command = [str(find_program(name)), *arguments, "--log-format", "json"]
        process = await trio.lowlevel.open_process(
            command,
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_nobodys_settings(os.environ, self.home),
        )
        assert self.guard.stdin is not None
        with suppress(trio.BrokenResourceError):  # the guard has been killed: the demonstration is well without it
            await self.guard.stdin.send_all(b"%d\n" % process.pid)
        return process

    async def _follow(self, program: Program, log: LogFile) -> None:
        assert program.process.stdout is not None
        pending = b""
        async for chunk in program.process.stdout:
            log.write(chunk)
            *lines, pending = (pending + chunk).split(b"\n")
            pending = pending[-LARGEST_LINE:]
            for line in lines:
                await self._take(program, line)
        status = await program.process.wait()
        if not program.dismissed:
            fields = {"status": status, "last_words": program.last_words}
            await self.events.send(Event(program.name, ENDED, time.monotonic(), fields))

    async def _take(self, program: Program, line: bytes) -> None:
        if (event := read_event(program.name, line)) is not None:
            await self.events.send(event)
        elif words := line.decode(errors="replace").strip(_DRAWN):
            program.last_words = words


@asynccontextmanager
async def open_guard() -> AsyncGenerator[trio.Process, None]:
    """Run the guard; it ends with the block, and with this program, whatever becomes of it."""
    with trio.CancelScope(shield=True):
        guard = await trio.lowlevel.open_process(
            [sys.executable, "-I", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,  # a Ctrl-C is not for it
        )
    assert guard.stdin is not None
    try:
        yield guard
    finally:
        with trio.CancelScope(shield=True):
            await guard.stdin.aclose()
            with trio.move_on_after(STOP_LIMIT):
                await guard.wait()


def find_program(name: str) -> Path:
    """The console script `name` of this installation; raises `UserError` where there is none."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        raise UserError(f"there is no {name} beside this Python; run: {install_command(*EXTRAS['tars-demo'])}")
    return Path(found)


def _nobodys_settings(environment: Mapping[str, str], home: Path) -> dict[str, str]:
    clean = {name: value for name, value in environment.items() if not name.startswith("TARS_")}
    return clean | {"XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}


async def _stop(process: trio.Process) -> None:
    if process.returncode is None:
        process.terminate()
    with trio.move_on_after(STOP_LIMIT):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def read_event(program: str, line: bytes) -> Event | None:
    """The event in a log line; None where the line holds none."""
    try:
        fields = json.loads(line)
        return Event(program, fields.pop("event"), float(fields.pop("monotonic")), fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
