"""Calls that may take long, because a disk sleeps or a network file system is away, made beside the event loop."""

from collections.abc import Callable
from typing import TypeVar

import trio

from tars.errors import UserError
from tars.files import ANSWER_LIMIT

T = TypeVar("T")


async def run_beside(call: Callable[[], T], name: str) -> T:
    """Make a call in a thread, and return what it returns.

    Raise `UserError` with the `name` of the file or device after `ANSWER_LIMIT`. The thread is then left to
    itself, and its call may still take effect.
    """
    with trio.move_on_after(ANSWER_LIMIT):
        return await trio.to_thread.run_sync(call, abandon_on_cancel=True)
    raise UserError(f"{name}: no answer for {ANSWER_LIMIT:g} s; does a disk, a network share or a driver hang?")
