"""Whether a file that a program keeps can be written, found out before there is something to lose."""

import os
from pathlib import Path


def why_not_writable(file: Path) -> str | None:
    """Return why `file` could not be replaced in its folder; None where it could.

    Nothing is written or made for it: where the folder is not there yet, its nearest parent must take it.
    """
    folder = file.absolute().parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        return f"{folder} is no folder"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"this user may not write in {folder}"
    try:
        space = os.statvfs(folder)
    except OSError as exc:
        return exc.strerror
    return f"the disk of {folder} is full" if space.f_blocks and not space.f_bavail else None
