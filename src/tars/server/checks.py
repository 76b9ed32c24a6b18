"""What a conversation needs of the machine: a certificate that devices believe, and a place to remember things."""

import ssl
from datetime import UTC, datetime

from tars.server.certificate_state import CertificateState
from tars.server.findings import Check
from tars.server.settings import ServerSettings
from tars.server.state_folders import StateFolders


def checks_of(certificate: CertificateState, folders: StateFolders) -> list[Check]:
    """What `/healthz` asks beside the program's own parts."""
    return [lambda: certificate.findings(datetime.now(UTC)), folders.findings]


async def keep_certificate(
    context: ssl.SSLContext | None, settings: ServerSettings, state: CertificateState
) -> None:
    """Keep the certificate of `context` that of its files, and `state` true of it; returns only without TLS."""
    if context is not None and settings.tls_cert is not None and settings.tls_key is not None:
        from tars.server.certificate_watch import watch_certificate  # brings cryptography along

        await watch_certificate(context, settings.tls_cert, settings.tls_key, state=state)
