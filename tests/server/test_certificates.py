"""`make-certificate`, and what the server makes of its files."""

import ssl
import stat
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog
import trio
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from tars.errors import UserError
from tars.server import certificate_watch
from tars.server.certificate_files import CertificateFolder, make_certificate
from tars.server.certificate_state import CertificateState
from tars.server.certificate_watch import watch_certificate
from tars.server.certificates import pem, read_served
from tars.server.listening import make_context
from tests.support.virtual import hang, run_virtual

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> CertificateFolder:
    return CertificateFolder(tmp_path / "tls")


def contents(folder: CertificateFolder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.path.iterdir()}


def test_what_is_made_is_what_strict_clients_ask_for(folder: CertificateFolder) -> None:
    made = make_certificate(folder, ("tars.example", "192.168.1.10", "TARS.local."), now=NOW)
    assert made.names == ("tars.example", "192.168.1.10", "tars.local")
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.path.iterdir()} == {
        "ca.pem": 0o644, "ca-key.pem": 0o600, "server.pem": 0o644, "server-key.pem": 0o600,
    }  # fmt: skip
    server, authority = x509.load_pem_x509_certificates(folder.server.read_bytes())
    assert authority == x509.load_pem_x509_certificate(folder.authority.read_bytes())
    server.verify_directly_issued_by(authority)
    for certificate, life in ((server, 825), (authority, 3652)):
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=life)
        assert certificate.not_valid_before_utc < NOW
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        assert basic.critical
        assert basic.value == x509.BasicConstraints(
            certificate is authority, 0 if certificate is authority else None
        )
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        assert (usage.digital_signature, usage.key_cert_sign) == (certificate is server, certificate is authority)
    extended = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.SERVER_AUTH]
    theirs = server.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert theirs == authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert make_context(folder.server, folder.server_key) is not None
    served = read_served(folder.server)
    assert served.names == ("tars.example", "tars.local", "192.168.1.10")
    assert served.authority is not None
    assert ssl.DER_cert_to_PEM_cert(served.authority).split() == folder.authority.read_text().split()


def test_a_second_time_renews_the_server_alone_and_keeps_its_names(folder: CertificateFolder) -> None:
    make_certificate(folder, ("tars.example", "tars.local"), now=NOW)
    before = contents(folder)
    again = make_certificate(folder, now=NOW + timedelta(days=800))
    after = contents(folder)
    assert not again.new_authority
    assert {name for name in before if before[name] != after[name]} == {"server.pem", "server-key.pem"}
    assert {"tars.example", "tars.local", "localhost", "127.0.0.1"} <= set(again.names)


def test_another_name_takes_none_from_the_devices_that_dial_the_others(folder: CertificateFolder) -> None:
    make_certificate(folder, ("tars.local", "192.168.1.10"), now=NOW)
    assert make_certificate(folder, ("tars.lan",), now=NOW).names == ("tars.lan", "tars.local", "192.168.1.10")
    assert make_certificate(folder, ("tars.local",), force=True, now=NOW).names == ("tars.local",)


def test_no_certificate_outlives_its_authority(folder: CertificateFolder) -> None:
    make_certificate(folder, now=NOW)
    last = make_certificate(folder, now=NOW + timedelta(days=3600))
    authority = x509.load_pem_x509_certificate(folder.authority.read_bytes())
    assert last.expires == authority.not_valid_after_utc


def test_a_name_for_which_the_authority_may_not_vouch_is_refused(folder: CertificateFolder) -> None:
    make_certificate(folder, ("tars.local",), now=NOW)
    before = contents(folder)
    with pytest.raises(UserError, match=r"may not vouch for tars\.example, 8\.8\.8\.8; --force"):
        make_certificate(folder, ("tars.lan", "tars.example", "10.9.8.7", "8.8.8.8"), now=NOW)
    assert contents(folder) == before
    assert make_certificate(folder, ("tars.example",), force=True, now=NOW).new_authority


@pytest.mark.parametrize("missing", ["ca.pem", "ca-key.pem"])
def test_what_is_only_half_there_is_not_overwritten(folder: CertificateFolder, missing: str) -> None:
    make_certificate(folder, now=NOW)
    (folder.path / missing).unlink()
    before = contents(folder)
    with pytest.raises(UserError, match="--force"):
        make_certificate(folder, now=NOW)
    assert contents(folder) == before


@pytest.mark.parametrize("what", ["another's", "another's key", "nonsense", "expired"])
def test_an_authority_that_cannot_be_used_is_not_overwritten(folder: CertificateFolder, what: str) -> None:
    make_certificate(folder, now=NOW)
    other = trustme.CA()
    match what:
        case "another's":
            other.cert_pem.write_to_path(folder.authority)
        case "another's key":
            other.private_key_pem.write_to_path(folder.authority_key)
        case "nonsense":
            folder.authority.write_text("-----BEGIN CERTIFICATE-----\n")
    before = contents(folder)
    with pytest.raises(UserError, match="--force"):
        make_certificate(folder, now=NOW + timedelta(days=3651 if what == "expired" else 0))
    assert contents(folder) == before
    assert make_certificate(folder, force=True, now=NOW).new_authority


@pytest.mark.parametrize("host", ["", "a b", "http://x", "x:80", "*.local", "küche.local", "a" * 64])
def test_a_host_that_is_none_is_a_users_mistake(folder: CertificateFolder, host: str) -> None:
    with pytest.raises(UserError, match="--host"):
        make_certificate(folder, (host,), now=NOW)
    assert not folder.path.exists()


def test_a_public_chain_has_no_authority_to_pin(tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    issued = trustme.CA().create_child_ca().issue_cert("tars.example")
    chain.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    assert read_served(chain).authority is None
    for text in ("", "nonsense"):
        chain.write_text(text)
        with pytest.raises(UserError, match="no PEM certificate"):
            read_served(chain)


# while the server runs


def fingerprint(context: ssl.SSLContext, folder: CertificateFolder) -> bytes:
    """The certificate that a client is shown, by a handshake in memory."""
    device = ssl.create_default_context(cafile=folder.authority)
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = device.wrap_bio(back, there, server_hostname="localhost")
    server = context.wrap_bio(there, back, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    shown = client.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def watched(
    folder: CertificateFolder, story: Any, now: datetime | None = None, state: CertificateState | None = None
) -> list[dict[str, Any]]:
    """Watch the files while `story` is told, in virtual time; the log."""

    async def main() -> None:
        context = make_context(folder.server, folder.server_key)
        assert context is not None
        clock = (lambda: now) if now is not None else (lambda: datetime.now(UTC))
        async with trio.open_nursery() as nursery:
            watch = partial(watch_certificate, context, folder.server, folder.server_key, clock, state)
            nursery.start_soon(watch)
            await trio.sleep(1)
            await story(context)
            nursery.cancel_scope.cancel()

    with structlog.testing.capture_logs() as logs:
        run_virtual(main, limit=259_200.0, steps=100_000, threads_in_no_time=True)
    return [dict(entry) for entry in logs]


def test_a_renewed_certificate_is_served_without_a_restart(folder: CertificateFolder) -> None:
    make_certificate(folder)

    async def story(context: ssl.SSLContext) -> None:
        first = fingerprint(context, folder)
        make_certificate(folder)
        await trio.sleep(15)
        assert fingerprint(context, folder) != first

    assert [entry["event"] for entry in watched(folder, story)] == ["certificate_renewed"]


def test_a_certificate_that_does_not_fit_its_key_is_not_taken_up(folder: CertificateFolder) -> None:
    make_certificate(folder)
    key = folder.server_key.read_bytes()

    async def story(context: ssl.SSLContext) -> None:
        first = fingerprint(context, folder)
        make_certificate(folder)
        new_key = folder.server_key.read_bytes()
        folder.server_key.write_bytes(key)
        await trio.sleep(15)
        assert fingerprint(context, folder) == first
        folder.server_key.unlink()
        await trio.sleep(15)
        assert fingerprint(context, folder) == first
        folder.server_key.write_bytes(new_key)
        await trio.sleep(15)
        assert fingerprint(context, folder) != first

    logged = [entry["event"] for entry in watched(folder, story)]
    assert logged == ["certificate_not_renewed", "certificate_not_renewed", "certificate_renewed"]


@pytest.mark.parametrize(("days_left", "days", "warnings"), [(31, 0, 0), (29, 0, 1), (29, 1, 2), (-1, 0, 1)])
def test_an_end_in_sight_is_told_once_a_day(
    folder: CertificateFolder, days_left: int, days: int, warnings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificate_watch, "LOOK", 60.0)
    expires = make_certificate(folder).expires

    async def story(_: ssl.SSLContext) -> None:
        await trio.sleep(days * 86_400 + 60)

    logs = watched(folder, story, expires - timedelta(days=days_left))
    assert [entry["event"] for entry in logs] == ["certificate_expires"] * warnings
    assert all(entry["log_level"] == "warning" for entry in logs)


def test_what_is_known_of_the_certificate_is_what_is_served(folder: CertificateFolder) -> None:
    state = CertificateState()
    made = make_certificate(folder, now=datetime.now(UTC) - timedelta(days=820))

    async def story(_: ssl.SSLContext) -> None:
        assert state.expires == made.expires
        assert state.begins is not None
        assert state.begins < datetime.now(UTC) - timedelta(days=800)
        renewed = make_certificate(folder)
        await trio.sleep(5)
        assert state.expires == renewed.expires
        assert state.trouble is None
        whole = folder.server.read_bytes()
        folder.server.write_text("half")
        await trio.sleep(5)
        assert state.expires == renewed.expires
        assert state.trouble is not None
        folder.server.write_bytes(whole)
        await trio.sleep(5)
        assert state.expires == renewed.expires
        assert state.trouble is None

    watched(folder, story, state=state)


def test_a_certificate_ends_with_the_authority_that_the_devices_know(folder: CertificateFolder) -> None:
    make_certificate(folder, now=NOW)
    server, authority = x509.load_pem_x509_certificates(folder.server.read_bytes())
    key = serialization.load_pem_private_key(folder.authority_key.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    short = (
        x509.CertificateBuilder()
        .subject_name(authority.subject)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=10))
        .sign(key, hashes.SHA256())
    )
    folder.server.write_bytes(pem(server) + pem(short))
    served = read_served(folder.server)
    assert (served.begins, served.expires) == (NOW, NOW + timedelta(days=10))
    folder.server.write_bytes(pem(server))
    assert read_served(folder.server).expires == server.not_valid_after_utc


def test_a_disk_that_hangs_holds_up_nothing_but_the_watch(
    folder: CertificateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_certificate(folder)
    monkeypatch.setattr(certificate_watch, "read_served", lambda path: hang())

    async def story(context: ssl.SSLContext) -> None:
        fingerprint(context, folder)
        await trio.sleep(60)

    assert watched(folder, story) == []


def test_renewing_it_ends_the_reminders(folder: CertificateFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_watch, "LOOK", 60.0)
    expires = make_certificate(folder, now=datetime.now(UTC) - timedelta(days=820)).expires

    async def story(_: ssl.SSLContext) -> None:
        make_certificate(folder)
        await trio.sleep(2 * 86_400)

    logs = watched(folder, story, expires - timedelta(days=1))
    assert [entry["event"] for entry in logs] == ["certificate_expires", "certificate_renewed"]
