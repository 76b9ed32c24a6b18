"""What is known about the certificate that is served, for those who watch over the server."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs

from tars.server.findings import Finding

SOON = timedelta(days=14)
"""Before the end: the log reminds a month before, and renewal by a program leaves three weeks."""
RENEW = "renew it with `tars-server make-certificate`, or as it was made"


@attrs.define
class CertificateState:
    """Written by the certificate's watch; without TLS nothing is ever known."""

    begins: datetime | None = None
    expires: datetime | None = None
    trouble: str | None = None
    """Why the files cannot be taken up as they are now; what was served before is still served."""

    def findings(self, now: datetime) -> Iterator[Finding]:
        """What keeps devices from believing it, or will."""
        if self.begins is not None and now < self.begins:
            yield Finding(
                f"the certificate is not valid before {_moment(self.begins)}, so no device can connect: check this"
                " machine's clock, or make another certificate"
            )
        if self.expires is not None and self.expires <= now:
            yield Finding(f"the certificate expired on {_moment(self.expires)}, so no device can connect: {RENEW}")
        elif self.expires is not None and self.expires <= now + SOON:
            yield Finding(f"the certificate expires on {_moment(self.expires)}: {RENEW}", minor=True)
        if self.trouble is not None:
            yield Finding(f"the former certificate is still served: {self.trouble}", minor=True)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
