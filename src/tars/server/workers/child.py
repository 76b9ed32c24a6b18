"""The child's side of a worker: one thread, one loop, many lines.

The main program of a worker module is `serve_lines(prepare)`. The process ends when its standard input does:
no worker outlives its parent, however that one died. Signals from the terminal or the service manager go to
the whole group and are ignored here: the parent decides.
"""

import os
import select
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import attrs

from tars.errors import UserError
from tars.server.workers.frames import Frame, FrameReader, Kind

_READ_BYTES = 65_536
"""As much as a pipe holds."""
IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""What `systemctl kill` may send to every process of the service at once."""


class GiveUp(Exception):
    """A line cannot go on, through no fault of the program: raised by a handler, it fails the line without a
    traceback."""


class LineHandler(Protocol):
    """What a worker does with one line. An exception fails this line alone, its traceback goes to the log."""

    def receive(self, body: bytes) -> None:
        """Deal with one message."""

    def close(self) -> None:
        """The line is gone: give back what was held for it."""


@runtime_checkable
class Renewable(Protocol):
    """Work whose setup may change while it runs."""

    def renew(self, setup: bytes) -> None:
        """Go on with another setup; see `WorkerPool.renew`."""


class Work(Protocol):
    """What a worker offers, once prepared."""

    def open(self, line: "ChildLine", opening: bytes) -> LineHandler:
        """Serve a new line, which the parent opened with `opening`."""

    def idle(self) -> bool:
        """Do one piece of work that can wait, when nothing else is to be done; False when there is none left.

        Keep it short: audio may come in meanwhile.
        """


@attrs.define(eq=False)
class ChildLine:
    """One line, in the child."""

    number: int
    _loop: "_Loop"
    _over: bool = False

    def send(self, body: bytes) -> None:
        """Send a message to the parent."""
        self._loop.write(Frame(Kind.DATA, self.number, body))

    def finish(self) -> None:
        """Say that no more is to come: the parent's `messages` end."""
        self._loop.write(Frame(Kind.CLOSE, self.number))

    def unwanted(self) -> bool:
        """Whether the parent has closed this line: for long jobs to ask in between."""
        self._loop.read_pending()
        return self._over

    def attempt(self, job: Callable[[], bool]) -> bool:
        """Do a piece of work for this line alone, and return what it returns; False where it ended the line."""
        done = False

        def do() -> None:
            nonlocal done
            done = job()

        self._loop.guard(self.number, do)
        return done

    def mark_over(self) -> None:
        """Called by the loop when the parent closes the line."""
        self._over = True


class _ParentGone(Exception):
    """Standard input or output closed."""


@attrs.define(eq=False)
class _Loop:
    """Reads frames, hands them out, writes frames."""

    input_fd: int
    output_fd: int
    alarm_fd: int | None = None
    lines: dict[int, ChildLine] = attrs.field(factory=dict)
    handlers: dict[int, LineHandler] = attrs.field(factory=dict)
    _reader: FrameReader = attrs.field(factory=FrameReader)
    _pending: deque[Frame] = attrs.field(factory=deque)

    def run(self, prepare: Callable[[bytes], Work]) -> None:
        """Prepare the work, say that it is done, and work for ever: `_ParentGone` is the end."""
        work = prepare(self.next_frame().body)
        self.write(Frame(Kind.READY))
        busy = True
        while True:
            while busy and not self._pending and not self._readable():
                busy = work.idle()
            self._wait()
            if self._pending:
                self._deal_with(self._pending.popleft(), work)
            busy = True

    def next_frame(self) -> Frame:
        while not self._pending:
            self._read()
        return self._pending.popleft()

    def read_pending(self) -> None:
        while self._readable():
            self._read()

    def write(self, frame: Frame) -> None:
        """Send all of the frame; waits while the parent is slow to read. Raises `_ParentGone`."""
        data = memoryview(frame.encode())
        while data:
            try:
                data = data[os.write(self.output_fd, data) :]
            except BrokenPipeError as exc:
                raise _ParentGone from exc

    def _wait(self) -> None:
        """Return when there is a frame to deal with, or the alarm has gone off."""
        while not self._pending:
            awaited = [self.input_fd] if self.alarm_fd is None else [self.input_fd, self.alarm_fd]
            readable = select.select(awaited, [], [])[0]
            if self.input_fd in readable:
                self._read()
            if self.alarm_fd in readable:
                os.read(self.alarm_fd, _READ_BYTES)
                return

    def _readable(self) -> bool:
        return bool(select.select([self.input_fd], [], [], 0)[0])

    def _read(self) -> None:
        data = os.read(self.input_fd, _READ_BYTES)
        if not data:
            raise _ParentGone
        for frame in self._reader.feed(data):
            if frame.kind is Kind.CLOSE and frame.line in self.lines:
                self.lines[frame.line].mark_over()
            self._pending.append(frame)

    def _deal_with(self, frame: Frame, work: Work) -> None:
        match frame.kind:
            case Kind.PING:
                self.write(Frame(Kind.PONG))
            case Kind.SETUP if isinstance(work, Renewable):
                work.renew(frame.body)
            case Kind.OPEN:
                self.lines[frame.line] = ChildLine(frame.line, self)
                self.guard(frame.line, lambda: self._hand_over(frame, work))
            case _ if frame.line in self.handlers:
                self.guard(frame.line, lambda: self._hand_over(frame, work))
            case _:
                pass  # a line that has failed or finished here; the parent does not know yet

    def guard(self, number: int, job: Callable[[], None]) -> None:
        """The boundary between lines: whatever goes wrong with one of them ends that one alone."""
        try:
            job()
        except _ParentGone:
            raise
        except GiveUp as why:
            self._fail(number, str(why))
        except Exception as exc:  # the one boundary between devices in a worker
            traceback.print_exc()
            self._fail(number, f"{type(exc).__name__}: {exc}")

    def _fail(self, number: int, reason: str) -> None:
        self.lines.pop(number, None)
        self.write(Frame(Kind.FAIL, number, reason.encode()))
        if (handler := self.handlers.pop(number, None)) is not None:
            self.guard(number, handler.close)

    def _hand_over(self, frame: Frame, work: Work) -> None:
        match frame.kind:
            case Kind.OPEN:
                self.handlers[frame.line] = work.open(self.lines[frame.line], frame.body)
            case Kind.CLOSE:
                self.lines.pop(frame.line)
                self.handlers.pop(frame.line).close()
            case _:
                if not self.lines[frame.line]._over:
                    self.handlers[frame.line].receive(frame.body)


def serve_lines(prepare: Callable[[bytes], Work], alarm_fd: int | None = None) -> None:
    """Be a worker process: prepare with the pool's setup, then serve lines until the parent goes.

    `alarm_fd`: a pipe's end. Another thread that writes a byte into the pipe has `Work.idle` called.

    Call it as the main program. What anything prints to standard output goes to standard error, and so into
    the parent's log: the real standard output carries frames.
    """
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    os.nice(int(sys.argv[1]))  # the pool's policy
    output_fd = os.dup(1)
    os.dup2(2, 1)
    try:
        _Loop(0, output_fd, alarm_fd).run(prepare)
    except (
        UserError
    ) as error:  # of `prepare`: what it needs is missing or damaged, and a traceback would hide that
        sys.exit(str(error))
    except _ParentGone:
        os._exit(0)  # at once: there is nobody to tell, and native libraries take their time to tidy up
