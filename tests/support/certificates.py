"""Certificates for the ends of a wire."""

from pathlib import Path

import attrs
import trustme

from tests.support.wire import RIGHT


@attrs.frozen
class Certificates:
    """Files of a certificate for the right end's address."""

    ca: str
    certificate: str
    key: str


def make_certificates(folder: Path) -> Certificates:
    """A certificate authority of our own, and a certificate from it."""
    authority = trustme.CA()
    issued = authority.issue_cert(RIGHT)
    files = Certificates(*(str(folder / name) for name in ("ca.pem", "server.pem", "server.key")))
    authority.cert_pem.write_to_path(files.ca)
    issued.private_key_pem.write_to_path(files.key)
    for blob in issued.cert_chain_pems:
        blob.write_to_path(files.certificate, append=True)
    return files
