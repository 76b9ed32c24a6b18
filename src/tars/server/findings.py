"""What the parts of the server find out about themselves, for `/healthz`."""

from collections.abc import Callable, Iterable

import attrs


@attrs.frozen
class Finding:
    """What keeps conversations from succeeding, or will."""

    text: str
    """One clause for people, with what to do."""
    minor: bool = False
    """Whether conversations succeed all the same, for now."""


Check = Callable[[], Iterable[Finding]]
"""Looks at one part of the server. It must not wait."""
