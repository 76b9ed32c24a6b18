"""Files that must be whole, those that only their owner may read, and those that people name."""

import errno
import os
import stat
import tempfile
import threading
from pathlib import Path

ROOT = 0
PRIVATE = 0o600
PUBLIC = 0o644
SMALL = 1 << 20
"""Bytes: beyond any settings file, and any bundle of certificates."""
ANSWER_LIMIT = 10.0
"""Seconds that a file may take to be read: a disk that wakes takes several, one whose network is away for ever."""
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def open_regular(path: str | os.PathLike[str], flags: int = os.O_RDONLY) -> int:
    """Open the regular file at `path`, and return its descriptor.

    Raise `OSError` for anything else: a pipe or a device may never answer, or never end. `flags` are those of
    `os.open`. A file is made with the mode that the umask leaves.
    """
    try:
        _refuse_kind(os.stat(path).st_mode)  # before it is opened: that alone may wait, or wind a tape
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    try:
        _refuse_kind(os.fstat(descriptor).st_mode)  # another may have taken its place meanwhile
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _refuse_kind(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"it is {_KINDS.get(stat.S_IFMT(mode), 'something else')}, not a file")


def read_small(path: Path, limit: int = SMALL) -> bytes:
    """Return what the file at `path` holds, also that of a pipe, such as a shell's `<(…)`.

    Signals are heard meanwhile. Raise `OSError`, also where it holds more than `limit` bytes, because an endless
    one must not take all memory, and where it gives no answer for `ANSWER_LIMIT`.
    """
    results: list[bytes | OSError] = []

    def read() -> None:
        """Read the file, in a thread, into `results`."""
        try:
            with path.open("rb") as file:
                results.append(file.read(limit + 1))
        except OSError as exc:
            results.append(exc)

    # in a thread: where the disk hangs, this one waits for what signals can interrupt
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(ANSWER_LIMIT)
    if not results:
        raise OSError(errno.ETIMEDOUT, f"it gave no answer for {ANSWER_LIMIT:g} s")
    if isinstance(result := results[0], OSError):
        raise result
    if len(result) > limit:
        raise OSError(errno.EFBIG, f"it holds more than {limit:,} bytes")
    return result


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
