"""Takes up a renewed certificate while the server runs, and says in time when one has to be renewed."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trio
from structlog import get_logger

from tars.errors import UserError
from tars.server.certificate_state import CertificateState
from tars.server.certificates import read_served
from tars.server.listening import make_context

LOOK = 2.0
"""Seconds between two looks at the files' dates."""
REMIND = 86_400.0
"""Seconds between two reminders."""
SOON = timedelta(days=30)

log = get_logger()


def utc_now() -> datetime:
    """Now."""
    return datetime.now(UTC)


async def watch_certificate(
    context: ssl.SSLContext,
    tls_cert: Path,
    tls_key: Path,
    now: Callable[[], datetime] = utc_now,
    state: CertificateState | None = None,
) -> None:
    """Keep the certificate of `context` that of the files, and `state` true of it; links that stand are not
    touched. Never returns."""
    state = state or CertificateState()
    seen = _look(tls_cert, tls_key)
    _note(state, tls_cert)
    reminder_due = trio.current_time()
    while True:
        if trio.current_time() >= reminder_due:
            reminder_due += REMIND
            _remind(tls_cert, now())
        await trio.sleep(LOOK)
        if (present := _look(tls_cert, tls_key)) != seen:
            seen = present
            if _take_up(context, tls_cert, tls_key, state):
                reminder_due = trio.current_time()


def _note(state: CertificateState, tls_cert: Path) -> None:
    """Let `state` be that of the certificate in the file. Raises nothing: what cannot be read is told there."""
    try:
        served = read_served(tls_cert)
    except UserError as exc:
        state.trouble = str(exc)
    else:
        state.begins, state.expires, state.trouble = served.begins, served.expires, None


def _take_up(context: ssl.SSLContext, tls_cert: Path, tls_key: Path, state: CertificateState) -> bool:
    """Serve what is in the files from now on. What does not fit, or is only half written, changes nothing."""
    try:
        make_context(tls_cert, tls_key)  # a try: a context that takes the one and not the other serves nobody
        context.load_cert_chain(tls_cert, tls_key)
        expires = read_served(tls_cert).expires
    except (UserError, OSError) as exc:
        log.error("certificate_not_renewed", reason=str(exc))
        state.trouble = str(exc)
        return False
    _note(state, tls_cert)
    log.info("certificate_renewed", path=str(tls_cert), expires=expires.isoformat())
    return True


def _remind(tls_cert: Path, now: datetime) -> None:
    try:
        expires = read_served(tls_cert).expires
    except UserError as exc:
        log.error("certificate_unreadable", reason=str(exc))
        return
    if expires <= now + SOON:
        log.warning(
            "certificate_expires",
            path=str(tls_cert),
            expires=expires.isoformat(),
            hint="no device connects after that" if expires > now else "no device can connect",
            renew="tars-server make-certificate",
        )


def _look(*paths: Path) -> list[tuple[int, int]]:
    found = []
    for path in paths:
        try:
            status = path.stat()
            found.append((status.st_mtime_ns, status.st_ino))
        except OSError:
            found.append((0, 0))
    return found
