"""Whether the server can keep what it has to remember."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs
import trio
from structlog import get_logger

from tars.files import ANSWER_LIMIT
from tars.runtime.state_folders import why_not_writable
from tars.server.findings import Finding
from tars.server.settings import ServerSettings

LOOK = 5.0
"""Seconds between two looks: nobody asks for `/healthz` more often."""

log = get_logger()


@attrs.define(eq=False)
class StateFolders:
    """The folders of `files`, as they were at the last look: a disk that hangs must not hold up who asks."""

    files: Sequence[Path]
    _reasons: Sequence[str] = ()
    _asked_at: float | None = None
    """When the look under way has begun."""

    def findings(self) -> Iterator[Finding]:
        """Why the files could not be replaced: one finding for each folder."""
        hangs = self._asked_at is not None and trio.current_time() > self._asked_at + ANSWER_LIMIT
        for reason in (f"the disk gives no answer for {ANSWER_LIMIT:g} s",) if hangs else self._reasons:
            yield Finding(f"pairings and the devices' settings cannot be kept: {reason}", minor=True)

    async def watch(self) -> None:
        """Look at the folders, every `LOOK` seconds. Never returns."""
        turn = trio.CapacityLimiter(1)  # its own: a disk that hangs takes no thread from others
        while True:
            self._asked_at = trio.current_time()
            self._reasons = await trio.to_thread.run_sync(self._look, abandon_on_cancel=True, limiter=turn)
            self._asked_at = None
            await trio.sleep(LOOK)

    def _look(self) -> Sequence[str]:
        files = {file.parent: file for file in self.files}.values()
        return [reason for file in files if (reason := why_not_writable(file)) is not None]


def warn_of_state(settings: ServerSettings) -> None:
    """Say so at the start, and not when there is something to lose."""
    for key, path in (("state_file", settings.state_file), ("tokens_file", settings.tokens_file)):
        if (reason := why_not_writable(path)) is not None:
            hint = f"make it writable for the user that runs tars-server, or set `{key}` under [server]"
            log.warning("state_not_writable", path=str(path), reason=reason, hint=hint)
