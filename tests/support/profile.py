"""How much the tests search: a little in every run, a lot in a night with HYPOTHESIS_PROFILE=soak."""

import os

SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
SOAK_FACTOR = 100
"""How many times as many examples a night tries."""


def examples(usual: int) -> int:
    """How many examples to try, where a usual run tries so many."""
    return usual * SOAK_FACTOR if SOAK else usual
