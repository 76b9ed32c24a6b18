"""Certificates for a home network: an authority of its own, and what it vouches for.

A device trusts the authority and nothing else, so the server's certificate can be renewed, and its names can
change, without a word to any device. The authority may only vouch for names and addresses of a home: whoever puts
it into a browser does not hand the keys of the whole web to a file on this machine.
"""

import ipaddress
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tars.errors import UserError
from tars.files import read_small
from tars.server.addresses import as_address

AUTHORITY_LIFE = timedelta(days=3652)
SERVER_LIFE = timedelta(days=825)
"""The longest that common clients accept."""
EARLIER = timedelta(days=1)
"""Certificates begin in the past: a Pi has no clock of its own, and lags until it has asked the network."""
HOME_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
"""Names, and all below them, that belong to nobody on the internet."""
HOME_NETWORKS = (
    "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7",
)  # fmt: skip


@attrs.frozen
class Authority:
    """Who vouches."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = attrs.field(repr=False)

    def may_vouch_for(self, name: str) -> bool:
        """Whether devices would believe it about `name`."""
        constraints = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        return _covered(name, constraints.permitted_subtrees or ())


@attrs.frozen
class ServedCertificate:
    """What a certificate file says about its server."""

    names: tuple[str, ...]
    """The host names and addresses that it vouches for."""
    begins: datetime
    expires: datetime
    """No device believes it before it begins, and after it expires; where its chain ends in an authority of one's
    own, which the devices know, that counts as well."""
    authority: bytes | None
    """The self-signed certificate (DER) at the end of its chain; None where the chain ends in one that everybody
    has, or should have."""

    def vouches_for(self, host: str) -> bool:
        """Whether a device that dials `host` finds that name in it."""
        return host in self.names or f"*.{host.partition('.')[2]}" in self.names


def make_authority(hosts: tuple[str, ...], now: datetime) -> Authority:
    """A new authority, for homes in general and for `hosts`."""
    key = ec.generate_private_key(ec.SECP256R1())
    label = f"TARS home {x509.random_serial_number() & 0xFFFFFF:06x}"  # two of them in one list can be told apart
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, label)])
    permitted: list[x509.GeneralName] = [x509.DNSName(each) for each in HOME_NAMES]
    permitted += [x509.IPAddress(ipaddress.ip_network(each)) for each in HOME_NETWORKS]
    permitted += [_subtree(host) for host in hosts if not _covered(host, permitted)]
    certificate = (
        _builder(name, name, key, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def issue(authority: Authority, hosts: tuple[str, ...], now: datetime) -> tuple[bytes, bytes]:
    """A server's certificate with its chain, and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TARS server")])
    issuer = authority.certificate
    life = min(SERVER_LIFE, issuer.not_valid_after_utc - now + EARLIER)
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    certificate = (
        _builder(subject, issuer.subject, key, now, life)
        .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return pem(certificate) + pem(issuer), pem_of_key(key)


def read_served(path: Path) -> ServedCertificate:
    """What the certificate file at `path` says. Raises `UserError`."""
    try:
        chain = x509.load_pem_x509_certificates(read_small(path))
    except OSError as exc:
        raise UserError(
            f"{path}: the certificate cannot be read ({exc.strerror}); check [server] tls_cert"
        ) from None
    except ValueError:
        raise UserError(f"{path}: there is no PEM certificate in it; check [server] tls_cert") from None
    last = chain[-1]
    authority = last.public_bytes(serialization.Encoding.DER) if last.subject == last.issuer else None
    counting = [chain[0], last] if authority is not None else [chain[0]]
    return ServedCertificate(
        _names(chain[0]),
        max(each.not_valid_before_utc for each in counting),
        min(each.not_valid_after_utc for each in counting),
        authority,
    )


def pem(certificate: x509.Certificate) -> bytes:
    """The certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def pem_of_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The private key as text, not encrypted: a server has to start without a person."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    begin = now.astimezone(UTC) - EARLIER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + life)
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature, key_cert_sign=key_cert_sign, crl_sign=crl_sign,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _general(host: str) -> x509.GeneralName:
    address = as_address(host)
    return x509.DNSName(host) if address is None else x509.IPAddress(address)


def _subtree(host: str) -> x509.GeneralName:
    address = as_address(host)
    return x509.DNSName(host) if address is None else x509.IPAddress(ipaddress.ip_network(address))


def _covered(name: str, subtrees: Iterable[x509.GeneralName]) -> bool:
    address = as_address(name)
    for each in subtrees:
        if isinstance(each, x509.IPAddress):
            if address is not None and address in _network(each.value):
                return True
        elif address is None and f".{name}".endswith(f".{each.value}"):
            return True
    return False


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (
        *names.get_values_for_type(x509.DNSName),
        *map(str, names.get_values_for_type(x509.IPAddress)),
    )


def _network(value: object) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    assert isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network)
    return value
