"""Memory that this process does not need any more."""

import ctypes


def give_back_memory() -> None:
    """Return free memory to the operating system, in a few milliseconds; without glibc do nothing.

    The allocator keeps what was freed, for the next time. After a rare peak this only makes the process large.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
