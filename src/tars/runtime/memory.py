"""Memory that this process does not need any more."""

import ctypes
import gc


def give_back_memory() -> None:
    """Return free memory to the operating system, in a few milliseconds; without glibc do nothing.

    The allocator keeps what was freed, for the next time. After a rare peak this only makes the process large.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def settle() -> None:
    """Collect garbage, in some 0.1 s, and look no more at what is left: it is there to stay.

    Otherwise a process that holds much stands still for that long whenever Python looks through all of it. What is
    dropped later is freed as ever, unless its parts hold each other: then the next call of this frees it.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
