"""Takes up a renewed certificate while the server runs, and says in time when one has to be renewed."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import trio
from structlog import get_logger

from tars.errors import UserError
from tars.server.certificate_state import CertificateState
from tars.server.certificates import ServedCertificate, read_served
from tars.server.listening import make_context

LOOK = 2.0
"""Seconds between two looks at the files' dates."""
REMIND = 86_400.0
"""Seconds between two reminders."""
SOON = timedelta(days=30)
Read = ServedCertificate | UserError
"""What the certificate's file says, or why that cannot be told."""

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
    touched. Never returns. Nobody waits for the files' disk, which may hang, but this watch."""
    state = state or CertificateState()
    in_thread = partial(trio.to_thread.run_sync, abandon_on_cancel=True, limiter=trio.CapacityLimiter(1))
    seen = await in_thread(_look, tls_cert, tls_key)
    _note(state, await in_thread(_read, tls_cert))
    reminder_due = trio.current_time()
    while True:
        if trio.current_time() >= reminder_due:
            reminder_due += REMIND
            _remind(tls_cert, await in_thread(_read, tls_cert), now())
        await trio.sleep(LOOK)
        if (present := await in_thread(_look, tls_cert, tls_key)) != seen:
            seen = present
            if _take_up(context, tls_cert, tls_key, await in_thread(_try, tls_cert, tls_key), state):
                reminder_due = trio.current_time()


def _read(tls_cert: Path) -> Read:
    try:
        return read_served(tls_cert)
    except UserError as exc:
        return exc


def _try(tls_cert: Path, tls_key: Path) -> Read:
    """Return what the file says; a context that takes the certificate and not the key would serve nobody."""
    try:
        make_context(tls_cert, tls_key)
    except UserError as exc:
        return exc
    return _read(tls_cert)


def _note(state: CertificateState, read: Read) -> None:
    """Let `state` be that of the certificate that was read; what could not be is told there."""
    if isinstance(read, UserError):
        state.trouble = str(read)
    else:
        state.begins, state.expires, state.trouble = read.begins, read.expires, None


def _take_up(context: ssl.SSLContext, tls_cert: Path, tls_key: Path, read: Read, state: CertificateState) -> bool:
    """Serve what was `read` from now on. What does not fit, or is only half written, changes nothing."""
    try:
        if isinstance(read, UserError):
            raise read
        context.load_cert_chain(tls_cert, tls_key)  # not in a thread: no handshake may use the context meanwhile
    except (UserError, OSError) as exc:
        log.error("certificate_not_renewed", reason=str(exc))
        state.trouble = str(exc)
        return False
    _note(state, read)
    log.info("certificate_renewed", path=str(tls_cert), expires=read.expires.isoformat())
    return True


def _remind(tls_cert: Path, read: Read, now: datetime) -> None:
    if isinstance(read, UserError):
        log.error("certificate_unreadable", reason=str(read))
        return
    expires = read.expires
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
