"""The first and the last moment of a program, when nothing of it can answer for itself.

It is imported before anything else, and so imports nothing that takes time.
"""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import NoReturn

EXIT_SIGNALLED = 128
"""Plus the signal's number: what a shell shows for a program that a signal ended."""


def leave_when_told(*ignored: signal.Signals, unfinished: bool = False) -> None:
    """From now on SIGTERM, SIGHUP and Ctrl-C end the program at once and without a word, and the `ignored` do
    nothing. A SIGHUP that the program was started to ignore (nohup) stays ignored.

    So it is while the modules load, for a second or more on a small board: there is nothing to wind down yet. What
    runs then sets its own handlers (see `tars.signals`). The status is 0, or, for a command such as `pair` and
    for a program whose work is `unfinished` until it ends by itself, a shell's.
    """
    open_standard_streams()
    sys.excepthook = _show_crash
    is_command = unfinished or (len(sys.argv) > 1 and not sys.argv[1].startswith("-"))

    def leave(number: int, _: FrameType | None) -> None:
        os._exit(EXIT_SIGNALLED + number if is_command else 0)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, leave)
    for number in ignored:
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which child processes would inherit


def _show_crash(kind: type[BaseException], exc: BaseException, where: TracebackType | None) -> None:
    """Show the traceback that ends the program: what came from outside is in its message, too."""
    import traceback

    from tars.runtime.terminal import tell_last

    tell_last("".join(traceback.format_exception(kind, exc, where)).rstrip("\n"))


def open_standard_streams() -> None:
    """Open what of standard input, output and error is closed (`>&-` in a shell), onto nothing.

    Otherwise the next socket or file would get its number, and with it what a native library prints. Characters
    that the terminal's encoding does not have are written as escapes.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
            os.set_inheritable(number, True)
        if number and getattr(sys, name) is None:
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115
        elif isinstance(stream := getattr(sys, name), io.TextIOWrapper) and number:
            stream.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def ending_at_once() -> Iterator[None]:
    """Let the `SystemExit` of the body end the program without the interpreter's tidying up.

    A thread that has been given up in the middle of a native library (loading models, say) would meet a library
    that is being taken down, and end the program with SIGABRT.
    """
    try:
        yield
    except SystemExit as leaving:
        _end(leaving.code if isinstance(leaving.code, int) else 0)


def _end(status: int) -> NoReturn:
    from tars.runtime.log_output import drain_outputs  # loaded long ago, where there is something to let out

    drain_outputs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(status)
