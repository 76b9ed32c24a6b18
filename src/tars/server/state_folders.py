"""Whether the server can keep what it has to remember."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from structlog import get_logger

from tars.runtime.state_folders import why_not_writable
from tars.server.findings import Finding
from tars.server.settings import ServerSettings

log = get_logger()


def findings(files: Sequence[Path]) -> Iterator[Finding]:
    """Why `files` could not be replaced now: one finding for each folder."""
    for file in {file.parent: file for file in files}.values():
        if (reason := why_not_writable(file)) is not None:
            yield Finding(f"pairings and the devices' settings cannot be kept: {reason}", minor=True)


def warn_of_state(settings: ServerSettings) -> None:
    """Say so at the start, and not when there is something to lose."""
    for key, path in (("state_file", settings.state_file), ("tokens_file", settings.tokens_file)):
        if (reason := why_not_writable(path)) is not None:
            hint = f"make it writable for the user that runs tars-server, or set `{key}` under [server]"
            log.warning("state_not_writable", path=str(path), reason=reason, hint=hint)
