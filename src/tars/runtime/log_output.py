"""Log lines on their way out of the program, which never waits for them and never ends because of them.

A disk may be full, a terminal stopped with Ctrl-S, a pipe's reader slow. A line that can be written at once is
written at once, so that it is out even if the program is killed the moment after. One that may have to wait does
so in a thread, behind those that wait already, up to `MOST_WAITING` bytes. A line that cannot be written is
counted, and the count is told in one line when writing works again. A file on a network whose server is gone still
makes the event loop wait: the system offers no way to write to a file without that.
"""

import atexit
import contextlib
import errno
import io
import os
import select
import stat
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO, cast
from weakref import WeakKeyDictionary

MOST_WAITING = 1 << 20
"""Bytes that wait for a slow reader: about 5,000 lines, several times what a thousand devices that connect at once
have to tell."""
AT_ONCE = select.PIPE_BUF
"""Bytes that a pipe or a socket takes without a wait when it says that it is writable."""
AT_EXIT = 0.5
"""Seconds that waiting lines get at the end of the program."""
RETRY = 1.0
"""Seconds until a descriptor that is never writable is tried again."""


class LogOutput(io.TextIOBase):
    """A file of text in front of a descriptor, for whole lines. Safe to use from any thread."""

    def __init__(self, descriptor: int, encoding: str = "utf-8") -> None:
        self._descriptor, self._encoding = descriptor, encoding
        self.tell_loss: Callable[[int], str] = lambda count: ""
        """Returns the line, with its newline, that tells of so many lost lines."""
        self.lost = 0
        """Lines that could not be written and are not told yet."""
        self._may_wait = _waits(descriptor)
        self._torn = False
        """Whether the last line that was written ends in its middle."""
        self._queue: deque[bytes] = deque()
        self._waiting = 0
        self._busy = False
        """Whether the thread has something to write: then nobody else may."""
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """Bytes that wait."""
        return self._waiting

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The characters that the descriptor takes; others are written as escapes."""
        return self._encoding

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether the descriptor is a terminal."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Return True: this file can be written."""
        return True

    def write(self, text: str) -> int:
        """Write `text` now or later, or count it as lost. Never waits, never fails."""
        data = text.encode(self._encoding, "backslashreplace")
        with self._changed:
            if self._busy or self._may_wait(len(data)):
                self._enqueue(data)
            else:
                self.lost += self._put(data, self.lost)
        return len(text)

    def drain(self, seconds: float) -> bool:
        """Let waiting lines out, for `seconds` at most. Return whether all are out."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def _enqueue(self, data: bytes) -> None:
        if self._waiting + len(data) > MOST_WAITING:
            self.lost += 1
            return
        if self._thread is None and not self._thread_starts():
            self.lost += 1
            return
        self._queue.append(data)
        self._waiting += len(data)
        self._busy = True
        self._changed.notify_all()

    def _thread_starts(self) -> bool:
        """Start the thread; where there can be no more threads, the next line tries again."""
        thread = threading.Thread(target=self._write_waiting, name="log output", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def _write_waiting(self) -> None:
        while True:
            with self._changed:
                self._busy = bool(self._queue)
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._queue))
                data, lost = self._queue[0], self.lost
            try:
                change = self._put(data, lost)
            except Exception:  # such as one for want of memory: the thread has to live on, for all further lines
                change = 1
            with self._changed:
                self._queue.popleft()
                self._waiting -= len(data)
                self.lost += change

    def _put(self, data: bytes, lost: int) -> int:
        """Tell of `lost` lines and write `data`. Return by how much the number of lost lines changes."""
        told = 0
        if lost and (loss := self._words_of(lost)) is not None:
            if not self._written(loss):
                return 1
            told = lost
        return -told + (0 if self._written(data) else 1)

    def _words_of(self, lost: int) -> bytes | None:
        """Return the line that tells of `lost` lines; None where it cannot be made: then the count goes on."""
        try:
            return self.tell_loss(lost).encode(self._encoding, "backslashreplace")
        except Exception:  # of a part of the log, such as its renderer: nobody who logs can mend it
            return None

    def _written(self, data: bytes) -> bool:
        if self._torn:
            data = b"\n" + data
        done = 0
        try:
            while done < len(data):
                try:
                    done += os.write(self._descriptor, data[done:])
                except BlockingIOError:  # somebody who has the descriptor as well made it so
                    _writable(self._descriptor).poll(1000 * RETRY)
        except OSError as exc:
            if exc.errno == errno.EPIPE:
                _reader.leave()
            return False
        finally:
            if done:
                self._torn = done < len(data) and data[done - 1 : done] != b"\n"
        return True


def _waits(descriptor: int) -> Callable[[int], bool]:
    """Return what says whether so many bytes may have to wait at `descriptor`."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:  # closed: every line is lost at once
        return lambda size: False
    if os.isatty(descriptor):
        return lambda size: True  # it says that it is writable when it has room for one character
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        writable = _writable(descriptor)
        return lambda size: size > AT_ONCE or not writable.poll(0)
    return lambda size: False  # a file, or a device such as /dev/full


def _writable(descriptor: int) -> select.poll:
    """Return what waits for room at `descriptor`; `select.select` knows descriptors up to 1,023 only."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return poll


class _Reader:
    """Who reads what the outputs of this program write, such as `head`."""

    def __init__(self) -> None:
        self.left = False
        self._on_leaving: Callable[[], object] | None = None

    def leave(self) -> None:
        """Note that the reader has left, and tell the program once."""
        if not self.left:
            self.left = True
            if self._on_leaving is not None:
                with contextlib.suppress(Exception):  # the event loop that it tells has ended, say
                    self._on_leaving()

    def when_it_leaves(self, action: Callable[[], object] | None) -> None:
        self._on_leaving = action
        if self.left and action is not None:
            action()


_reader = _Reader()
_outputs: "WeakKeyDictionary[TextIO, LogOutput]" = WeakKeyDictionary()


def output_for(stream: TextIO) -> TextIO:
    """Return what writes to the descriptor of `stream`, the same one each time; `stream` itself if it has none."""
    if not isinstance(stream, io.TextIOWrapper):  # such as a test's, or the part of the screen above the display
        return stream
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return stream
    stream.flush()  # what was printed comes first
    if stream not in _outputs:
        _outputs[stream] = LogOutput(descriptor, stream.encoding)
    return cast("TextIO", _outputs[stream])


def drain_outputs(seconds: float = AT_EXIT) -> None:
    """Let waiting lines out before the program ends, for `seconds` at most."""
    end = time.monotonic() + seconds
    for output in list(_outputs.values()):
        output.drain(max(0.0, end - time.monotonic()))


def reader_left() -> bool:
    """Return whether a log's reader has left, so that every further line is lost."""
    return _reader.left


def when_reader_leaves(action: Callable[[], object] | None) -> None:
    """Call `action` once a log's reader has left, in whatever thread finds out; with None, call nothing."""
    _reader.when_it_leaves(action)


atexit.register(drain_outputs)
