"""Files that must be whole, and those that only their owner may read."""

import os
import tempfile
from pathlib import Path

ROOT = 0
PRIVATE = 0o600
PUBLIC = 0o644


def replace_file(path: Path, content: str | bytes, *, mode: int = PRIVATE, durable: bool = True) -> None:
    """Make `content` the file at `path`: whoever reads it, and a power cut, find the old one or the new one.

    It has `mode` from its first byte on. `durable` waits for the disk; without it a power cut may leave an empty
    file. Where root writes into somebody's folder, the file is that person's: a service that runs as its own user
    has to be able to read what `sudo` has set. Raises `OSError`; then the old file stands.
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(number, "wb") as file:
            os.fchmod(number, mode)
            if os.geteuid() == ROOT:
                owner = path.parent.stat()
                os.fchown(number, owner.st_uid, owner.st_gid)
            file.write(data)
            file.flush()
            if durable:
                os.fsync(number)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)  # there is none any more where all went well
