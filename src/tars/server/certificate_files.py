"""`tars-server make-certificate`: the four files, made, renewed, and never overwritten by mistake."""

from datetime import UTC, datetime
from pathlib import Path

import attrs
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tars.errors import UserError
from tars.files import PRIVATE, PUBLIC, replace_file
from tars.server.addresses import host_name, own_addresses, own_names
from tars.server.certificates import Authority, issue, make_authority, pem, pem_of_key, read_served

ANYWAY = "; --force makes all of it anew, and then every device has to be paired again"


@attrs.frozen
class CertificateFolder:
    """Where the files are."""

    path: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate: what a device is told to trust."""
        return self.path / "ca.pem"

    @property
    def authority_key(self) -> Path:
        """The authority's key: needed for a renewal only."""
        return self.path / "ca-key.pem"

    @property
    def server(self) -> Path:
        """The server's certificate, and the authority's behind it."""
        return self.path / "server.pem"

    @property
    def server_key(self) -> Path:
        """The server's key."""
        return self.path / "server-key.pem"


@attrs.frozen
class Made:
    """What was done."""

    names: tuple[str, ...]
    expires: datetime
    new_authority: bool


def make_certificate(
    folder: CertificateFolder, hosts: tuple[str, ...] = (), *, force: bool = False, now: datetime | None = None
) -> Made:
    """Make an authority and a server's certificate; or, where an authority is there, renew the server's alone.

    The certificate is for `hosts`, or without any for this machine's names and addresses as they are now; and for
    those that the present one has, since there are devices that dial them. Raises `UserError`.
    """
    now = now or datetime.now(UTC)
    wanted = tuple(map(_checked, hosts))
    former = read_served(folder.server).names if folder.server.exists() and not force else ()
    names = tuple(dict.fromkeys((*(wanted or _present_names()), *former)))
    authority = None if force else _present_authority(folder, now)
    new_authority = authority is None
    if authority is None:
        authority = make_authority(names, now)
    strange = [name for name in names if not authority.may_vouch_for(name)]
    if refused := [name for name in wanted if name in strange]:
        raise UserError(f"the authority in {folder.authority} may not vouch for {', '.join(refused)}{ANYWAY}")
    names = tuple(name for name in names if name not in strange)
    chain, key = issue(authority, names, now)
    try:
        if new_authority:
            replace_file(folder.authority_key, pem_of_key(authority.key), mode=PRIVATE)
            replace_file(folder.authority, pem(authority.certificate), mode=PUBLIC)
        replace_file(folder.server_key, key, mode=PRIVATE)
        replace_file(folder.server, chain, mode=PUBLIC)
    except OSError as exc:
        raise UserError(f"{folder.path}: the certificates cannot be written there ({exc.strerror})") from None
    return Made(names, read_served(folder.server).expires, new_authority)


def _present_authority(folder: CertificateFolder, now: datetime) -> Authority | None:
    """The authority that is there, when it is whole; None where nothing is there. Raises `UserError`."""
    if not (folder.authority.exists() and folder.authority_key.exists()):
        for path in (folder.authority, folder.authority_key, folder.server, folder.server_key):
            if path.exists():
                raise UserError(f"{path} is there, but not the whole authority that it is of{ANYWAY}")
        return None
    try:
        certificate = x509.load_pem_x509_certificate(folder.authority.read_bytes())
        key = serialization.load_pem_private_key(folder.authority_key.read_bytes(), None)
        certificate.verify_directly_issued_by(certificate)
        certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except OSError as exc:
        raise UserError(f"the authority in {folder.path} cannot be read ({exc.strerror})") from None
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        raise UserError(f"the authority in {folder.path} is none that TARS has made{ANYWAY}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise UserError(f"{folder.authority_key} is not the key of {folder.authority}{ANYWAY}")
    if certificate.not_valid_after_utc <= now:
        raise UserError(f"the authority in {folder.authority} has expired{ANYWAY}")
    return Authority(certificate, key)


def _present_names() -> tuple[str, ...]:
    return (*own_names(), *map(str, own_addresses()), "localhost", "127.0.0.1", "::1")


def _checked(host: str) -> str:
    name = host_name(host)
    if name is None:
        raise UserError(f"--host {host!r} is neither the name of a host nor an address")
    return name
