"""What a command says to the person who runs it: its result on standard output, remarks on standard error."""

import contextlib
import sys

from tars.errors import UserError
from tars.runtime.log_output import drain_outputs
from tars.runtime.printable import printable


def show(text: str) -> None:
    """Write the lines of `text` to standard output: the result of a command.

    Raises `UserError` where it cannot be written, on a full disk, say: a token that nobody has seen must not look
    like a success. Raises `BrokenPipeError` where the reader has left.
    """
    try:
        print(printable(text, keep="\n"), flush=True)
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise UserError(f"the result cannot be written to standard output ({exc.strerror})") from None


def tell(text: str) -> None:
    """Write the lines of `text` to standard error, if that is possible: a remark, or what went wrong."""
    with contextlib.suppress(OSError, ValueError):
        print(printable(text, keep="\n"), file=sys.stderr, flush=True)


def tell_last(text: str) -> None:
    """Write the lines of `text` to standard error, with which the program ends: below the log lines that wait."""
    drain_outputs()
    tell(text)
