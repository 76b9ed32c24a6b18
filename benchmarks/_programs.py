"""Programs that a benchmark runs: started, listened to line by line, stopped."""

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory
from typing import Any

import trio

ROOT = Path(__file__).parents[1]
_GRACE = 3.0
"""Seconds to leave after SIGTERM; both programs promise 2."""

Event = dict[str, Any]


def script(name: str) -> str:
    """One of the project's commands, as installed beside the Python that runs the benchmark."""
    return str(Path(sys.executable).with_name(name))


def module(name: str, *arguments: object) -> list[str]:
    """The command that runs a module of the benchmarks."""
    return [sys.executable, "-m", name, *map(str, arguments)]


class Program:
    """A running program whose standard output is one JSON object a line."""

    def __init__(self, process: trio.Process, name: str) -> None:
        self.process = process
        self.seen: list[Event] = []
        """Every line so far, those too that `event` passed over."""
        self._name = name
        self._changed = trio.Event()
        self._next = 0
        self._ended = False

    async def event(self, name: str, *, within: float, **fields: object) -> Event:
        """The next line whose `event` is `name`, and that has those fields, among those not passed over yet.

        Raises `RuntimeError`, with what came instead, when there is none `within` so many seconds.
        """
        with trio.move_on_after(within):
            while True:
                while self._next < len(self.seen):
                    line = self.seen[self._next]
                    self._next += 1
                    if line.get("event") == name and fields.items() <= line.items():
                        return line
                if self._ended:
                    break
                await self._changed.wait()
        last = [line.get("event") for line in self.seen[-8:]]
        wanted = " ".join([name, *(f"{field}={value}" for field, value in fields.items())])
        raise RuntimeError(f"{self._name}: no {wanted!r} within {within} s; the last lines were {last}")

    async def nth(self, name: str, count: int, *, within: float, **fields: object) -> Event:
        """The `count`-th line whose `event` is `name`, and that has those fields, whatever was waited for before.

        Raises `RuntimeError` when there are fewer `within` so many seconds.
        """
        with trio.move_on_after(within):
            while len(lines := self.logged(name, **fields)) < count and not self._ended:
                await self._changed.wait()
        if len(lines) < count:
            raise RuntimeError(f"{self._name}: {len(lines)} and not {count} {name!r} within {within} s")
        return lines[count - 1]

    def logged(self, name: str, **fields: object) -> list[Event]:
        """All lines so far whose `event` is `name`, and that have those fields."""
        return [line for line in self.seen if line.get("event") == name and fields.items() <= line.items()]

    def count(self, name: str) -> int:
        """How many lines with that `event` there have been."""
        return len(self.logged(name))

    async def _read(self) -> None:
        assert self.process.stdout is not None
        rest = b""
        async for chunk in self.process.stdout:
            *lines, rest = (rest + chunk).split(b"\n")
            self.seen += [parsed for line in lines if (parsed := _parse(line)) is not None]
            self._wake()
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


def _parse(line: bytes) -> Event | None:
    try:
        parsed = json.loads(line)
    except ValueError:
        print(line.decode(errors="replace"), file=sys.stderr)
        return None
    return parsed if isinstance(parsed, dict) else None


@asynccontextmanager
async def open_program(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> AsyncIterator[Program]:
    """Run the command until the end of the block; then SIGTERM, and SIGKILL for one that does not listen.

    It sees no settings and no state of whoever runs the benchmark.
    """
    with TemporaryDirectory() as home:
        own = {"XDG_CONFIG_HOME": home, "XDG_STATE_HOME": home}
        async with _running(command, {**os.environ, **own, **(env or {})}) as program:
            yield program


@asynccontextmanager
async def _running(command: Sequence[str], env: Mapping[str, str]) -> AsyncIterator[Program]:
    process = await trio.lowlevel.open_process(list(command), stdout=PIPE, cwd=ROOT, env=env)
    program = Program(process, Path(command[-1] if command[0] == "nsenter" else command[0]).name)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(program._read)
        try:
            yield program
        finally:
            if process.returncode is None:
                process.terminate()
            with trio.move_on_after(_GRACE, shield=True):
                await process.wait()
            if process.returncode is None:
                process.kill()
                with trio.CancelScope(shield=True):  # nothing survives that, so it does not take long
                    await process.wait()
            nursery.cancel_scope.cancel()
