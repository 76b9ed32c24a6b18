"""The line to paste: where it sends the device, and what it brings along."""

import base64
import shlex
import socket
from pathlib import Path

import attrs
import pytest
import trustme
from cryptography import x509

from tars.errors import UserError
from tars.server import commands
from tars.server import pairing_line as module
from tars.server.certificate_files import CertificateFolder, make_certificate
from tars.server.pairing import PairedDevices, digest_of
from tars.server.pairing_line import legacy_address, pairing_line
from tars.server.settings import ServerSettings, Settings

LAN = "192.168.1.10"


@pytest.fixture(autouse=True)
def _at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "address_in_the_house", lambda: LAN)


@pytest.fixture
def folder(tmp_path: Path) -> CertificateFolder:
    return CertificateFolder(tmp_path / "tls")


def words(settings: ServerSettings, address: str | None = None) -> list[str]:
    return shlex.split(pairing_line(settings, "kitchen", "t0ken", address))


@pytest.mark.parametrize("device_id", ["-kitchen", "--ca", "-1"])
def test_a_name_that_looks_like_a_flag_is_printed_so_that_it_is_none(device_id: str) -> None:
    line = pairing_line(ServerSettings(), device_id, "t0ken")
    assert shlex.split(line)[-1] == f"--device-id={device_id}"


@pytest.mark.parametrize(
    ("host", "address", "url"),
    [
        ("127.0.0.1", None, "ws://127.0.0.1:7456/"),
        ("0.0.0.0", None, "ws://192.168.1.10:7456/"),
        ("::", None, "ws://192.168.1.10:7456/"),
        ("10.1.2.3", None, "ws://10.1.2.3:7456/"),
        ("tars.local", None, "ws://tars.local:7456/"),
        ("0.0.0.0", "tars.local", "ws://tars.local:7456/"),
        ("fd00::2", None, "ws://[fd00::2]:7456/"),
    ],
)
def test_where_the_device_is_sent(host: str, address: str | None, url: str) -> None:
    assert words(ServerSettings(host=host), address) == ["tars-pi", "pair", url, "t0ken", "--device-id", "kitchen"]


@pytest.mark.parametrize("address", ["", "two words", "tars.local:7456", "tars.local/path"])
def test_an_address_that_is_none_is_a_users_mistake(address: str) -> None:
    with pytest.raises(UserError, match=r"neither the name of a host nor an address"):
        words(ServerSettings(host="0.0.0.0"), address)


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (("tars.local", LAN), LAN),
        (("tars.local",), "tars.local"),
        (("localhost", "127.0.0.1", "::1", "tars.local", "tars"), "tars.local"),
    ],
)
def test_with_a_certificate_it_names_what_the_certificate_has(
    folder: CertificateFolder, names: tuple[str, ...], host: str
) -> None:
    make_certificate(folder, names)
    line = words(ServerSettings(host="0.0.0.0", tls_cert=folder.server, tls_key=folder.server_key))
    assert line[2] == f"wss://{host}:7456/"
    der = base64.urlsafe_b64decode(line[-1] + "==")
    assert x509.load_der_x509_certificate(der) == x509.load_pem_x509_certificate(folder.authority.read_bytes())
    assert len(shlex.join(line)) < 1024  # terminals take lines of 4096 bytes, people shorter ones


def test_what_everybody_believes_needs_no_authority(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("tars.example")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    line = words(ServerSettings(host="0.0.0.0", tls_cert=tmp_path / "cert.pem"))
    assert line == ["tars-pi", "pair", "wss://tars.example:7456/", "t0ken", "--device-id", "kitchen"]


def test_an_address_that_the_certificate_has_not_is_a_users_mistake(folder: CertificateFolder) -> None:
    make_certificate(folder, ("tars.local", LAN))
    settings = ServerSettings(host="0.0.0.0", tls_cert=folder.server, tls_key=folder.server_key)
    assert words(settings, "tars.local")[2] == "wss://tars.local:7456/"
    with pytest.raises(UserError, match=r"make-certificate --host tars\.lan`.* tars\.local, 192\.168\.1\.10"):
        words(settings, "tars.lan")


def test_where_no_device_can_find_the_server_nothing_is_printed(
    folder: CertificateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match="port 0"):
        words(ServerSettings(port=0))
    make_certificate(folder, ("localhost", "127.0.0.1"))
    settings = ServerSettings(host="0.0.0.0", tls_cert=folder.server, tls_key=folder.server_key)
    with pytest.raises(UserError, match="--address"):
        words(settings)
    monkeypatch.setattr(module, "address_in_the_house", lambda: None)
    with pytest.raises(UserError, match="--address"):
        words(attrs.evolve(settings, tls_cert=None, tls_key=None))


def test_an_older_client_gets_an_address_that_holds_its_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paired = tmp_path / "paired.json"
    settings = Settings(server=ServerSettings(host="0.0.0.0", tokens_file=paired))
    commands.pair("porch", legacy=True, address="tars.local", settings=settings)
    shown = capsys.readouterr()
    address, _, token = shown.out.strip().rpartition("/")
    assert address == "ws://tars.local:7456"
    assert PairedDevices(paired).holder(digest_of(token), by_address=True) == "porch"
    assert "weaker" in shown.err
    assert token not in shown.err + paired.read_text()
    commands.pair("kitchen", address="tars.local", settings=settings)
    token = capsys.readouterr().out.split()[3]
    assert PairedDevices(paired).holder(digest_of(token), by_address=True) is None
    assert PairedDevices(paired).holder(digest_of(token)) == "kitchen"
    commands.devices(settings=settings)
    lines = capsys.readouterr().out.splitlines()
    assert ["older" in line for line in lines] == [False, False, True]


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("wss://tars.example:443", "wss://tars.example:443/"),
        ("wss://tars.example:443/house/", "wss://tars.example:443/house/"),
        (" ws://[fd00::1]/ ", "ws://[fd00::1]/"),
    ],
)
def test_a_proxy_before_the_server_has_an_address_and_a_certificate_of_its_own(
    folder: CertificateFolder, address: str, url: str
) -> None:
    make_certificate(folder, ("tars.local", LAN))
    settings = ServerSettings(port=0, tls_cert=folder.server, tls_key=folder.server_key)
    assert words(settings, address) == ["tars-pi", "pair", url, "t0ken", "--device-id", "kitchen"]
    assert legacy_address(settings, "t0ken", address) == f"{url}t0ken"


def test_an_address_of_a_proxy_that_can_be_none_is_a_users_mistake() -> None:
    for address in ("http://tars.example/", "wss://", "wss://a b/", "wss://tars.example/?a=b"):
        with pytest.raises(UserError, match="--address: "):
            words(ServerSettings(), address)


@pytest.mark.parametrize(
    ("host", "proxies", "address", "hint"),
    [
        ("127.0.0.1", (), None, "set `host` under [server] to 0.0.0.0"),
        ("[::1]", (), None, "set `host` under [server] to 0.0.0.0"),
        ("this-machine", (), None, "set `host` under [server] to 0.0.0.0"),
        ("127.0.0.1", ("127.0.0.1",), None, "--address wss://NAME:443/"),
        ("127.0.0.1", ("127.0.0.1",), "wss://tars.example:443/", None),
        ("::", (), None, None),
        ("0.0.0.0", (), None, None),
    ],
)
def test_who_pairs_is_told_where_no_device_could_reach_the_server(
    host: str, proxies: tuple[str, ...], address: str | None, hint: str | None,
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    resolve = socket.getaddrinfo
    here = {"this-machine": "127.0.1.1"}
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda name, *how, **more: resolve(here.get(name, name), *how, **more)
    )
    server = ServerSettings(host=host, tokens_file=tmp_path / "paired.json", trusted_proxies=proxies)
    commands.pair("kitchen", address=address, settings=Settings(server=server))
    told = capsys.readouterr().err
    assert "listens on this machine alone" in told if hint else "alone" not in told
    assert hint is None or hint in told


def test_who_listens_on_ipv4_is_not_found_by_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "address_in_the_house", lambda: "fd00::1")
    assert words(ServerSettings(host="::"))[2] == "ws://[fd00::1]:7456/"
    with pytest.raises(UserError, match="--address"):
        words(ServerSettings(host="0.0.0.0"))
