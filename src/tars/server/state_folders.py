"""Whether the server can keep what it has to remember."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tars.server.findings import Finding

ENOUGH = 1024 * 1024
"""Bytes: all that a house of a thousand devices writes at once, several times over."""


def findings(files: Sequence[Path]) -> Iterator[Finding]:
    """Why `files` could not be replaced now: one finding for each folder and each disk."""
    for folder in dict.fromkeys(file.parent for file in files):
        if (reason := _why_not(folder)) is not None:
            yield Finding(
                f"{folder}: {reason}, so nothing is remembered there: neither pairings nor the devices' settings",
                minor=True,
            )


def _why_not(folder: Path) -> str | None:
    """Why nothing can be written into `folder`, which may still have to be made; looks at the disk's directory."""
    present = folder
    while not present.exists() and present != present.parent:
        present = present.parent
    if not present.is_dir():
        return f"{present} is no directory"
    if not os.access(present, os.W_OK | os.X_OK):
        return f"{present} cannot be written"
    try:
        disk = os.statvfs(present)
    except OSError as exc:
        return str(exc.strerror)
    return "the disk is full" if disk.f_bavail * disk.f_frsize < ENOUGH else None
