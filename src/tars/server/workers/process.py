"""One running worker process and the lines on it, in the parent."""

import subprocess
import sys
from collections import deque
from collections.abc import Callable

import attrs
import trio
from structlog import get_logger

from tars.server.workers.frames import BadFrame, Frame, FrameReader, Kind
from tars.server.workers.line import Line
from tars.server.workers.policy import WorkerPolicy

log = get_logger()

_WRITE_BYTES = 65_536
"""As much as a pipe holds: pieces that wait are written together."""
_LOG_BYTES = 4096
"""What is read of a worker's standard error at once, and becomes one event of the log: tracebacks stay whole."""

_REAP_TIMEOUT = 5.0
"""Seconds for a killed process to be gone. Only one that hangs in the kernel takes so long; it is left behind."""


class _Gone(Exception):
    """The process is of no more use."""


@attrs.define(eq=False)
class WorkerProcess:
    """A worker process, from start to end. `run` it in a task of its own."""

    name: str
    module: str
    policy: WorkerPolicy
    on_ready: Callable[[], None]
    lines: dict[int, Line] = attrs.field(factory=dict)
    pid: int | None = None
    _ready: trio.Event = attrs.field(factory=trio.Event)
    _over: bool = False
    _outbox: deque[Frame] = attrs.field(factory=deque)
    """Bounded by the lines' own limits, and one ping."""
    _wake_writer: trio.Event = attrs.field(factory=trio.Event)
    _asked_at: float | None = None

    @property
    def ready(self) -> bool:
        """Whether lines may be opened."""
        return self._ready.is_set() and not self._over

    def open_line(self, number: int, opening: bytes) -> Line:
        """Begin a line."""
        sender, receiver = trio.open_memory_channel[bytes](self.policy.line_inbox_messages)
        line = Line(number, receiver, sender, self._write, self.policy.line_queue_bytes)
        self.lines[number] = line
        self._write(Frame(Kind.OPEN, number, opening))
        return line

    def renew(self, setup: bytes) -> None:
        """Give the process another setup. One that still starts prepares with the first, then takes this one."""
        self._write(Frame(Kind.SETUP, body=setup))

    def close_line(self, line: Line) -> None:
        """End a line; what still waits to be written for it is dropped."""
        del self.lines[line.number]
        line.close()
        self._outbox = deque(frame for frame in self._outbox if frame.line != line.number)
        self._write(Frame(Kind.CLOSE, line.number))

    async def run(self, setup: bytes) -> str:
        """Start the process and serve it until it dies or hangs; returns why. Cancel it to stop the process."""
        self._write(Frame(Kind.SETUP, body=setup))  # now already: a renewed one must come after it
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", self.module, str(self.policy.niceness)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,  # the terminal's Ctrl-C is for the parent, even before the child can ignore it
        )
        self.pid = process.pid
        reason = ""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._copy_log, process)
                nursery.start_soon(self._write_frames, process)
                nursery.start_soon(self._watch)
                nursery.start_soon(self._read_frames, process)
        except* _Gone as group:
            reason = _first_reason(group)
        finally:
            self._over = True
            with trio.move_on_after(_REAP_TIMEOUT, shield=True):
                await self._end(process, grace=0.0 if reason else self.policy.stop_timeout)
        reason = reason or _how_it_ended(process)
        for line in self.lines.values():
            line.fail(f"{self.name}: {reason}")
        return reason

    def _write(self, frame: Frame) -> None:
        self._outbox.append(frame)
        self._wake_writer.set()

    async def _write_frames(self, process: trio.Process) -> None:
        assert process.stdin is not None
        while True:
            while not self._outbox:
                self._wake_writer = trio.Event()
                await self._wake_writer.wait()
            data = bytearray()
            while self._outbox and len(data) < _WRITE_BYTES:
                frame = self._outbox.popleft()
                if frame.kind is Kind.DATA and frame.line in self.lines:
                    self.lines[frame.line].queued_bytes -= len(frame.body)
                data += frame.encode()
            try:
                await process.stdin.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError) as exc:
                raise _Gone("") from exc

    async def _read_frames(self, process: trio.Process) -> None:
        assert process.stdout is not None
        reader = FrameReader()
        while data := await process.stdout.receive_some(_WRITE_BYTES):
            self._asked_at = None
            try:
                for frame in reader.feed(bytes(data)):
                    self._deal_with(frame)
            except BadFrame as exc:
                raise _Gone(f"sent {exc}") from exc
        raise _Gone("")

    def _deal_with(self, frame: Frame) -> None:
        if frame.kind is Kind.READY:
            self._ready.set()
            self.on_ready()
        elif frame.line in self.lines:
            self.lines[frame.line].deliver(frame)

    async def _watch(self) -> None:
        """Find out that the process hangs."""
        with trio.move_on_after(self.policy.start_timeout) as starting:
            await self._ready.wait()
        if starting.cancelled_caught:
            raise _Gone(f"was not ready within {self.policy.start_timeout:g} s")
        while True:
            now = trio.current_time()
            if self._asked_at is None:
                self._asked_at = now
                self._write(Frame(Kind.PING))
            elif now - self._asked_at > self.policy.ping_timeout:
                raise _Gone(f"hung: no answer within {self.policy.ping_timeout:g} s")
            await trio.sleep(self.policy.ping_interval)

    async def _copy_log(self, process: trio.Process) -> None:
        assert process.stderr is not None
        rest = b""
        while data := await process.stderr.receive_some(_LOG_BYTES):
            text, newline, rest = (rest + data).rpartition(b"\n")
            if len(rest) > _LOG_BYTES:
                text, newline, rest = text + newline + rest, b"", b""
            if text:
                log.warning("worker_says", worker=self.name, text=text.decode(errors="replace"))

    async def _end(self, process: trio.Process, *, grace: float) -> None:
        """Let the process leave by itself for `grace` seconds, then kill it; it is gone when this returns."""
        assert process.stdin is not None
        await process.stdin.aclose()
        with trio.move_on_after(grace):
            await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                await stream.aclose()


def _first_reason(group: BaseExceptionGroup[_Gone]) -> str:
    """The reason of the exceptions that has one; the others are its echoes."""
    reasons = [str(leaf) for leaf in group.exceptions if isinstance(leaf, _Gone) and str(leaf)]
    return reasons[0] if reasons else ""


def _how_it_ended(process: trio.Process) -> str:
    code = process.returncode
    if code is not None and code < 0:
        return f"killed by signal {-code}"
    return f"ended with status {code}"
