"""Sockets, and who may reach them."""

import re
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from structlog.testing import capture_logs

from tars.errors import UserError
from tars.link import LinkLost, open_connection, serve_connections
from tars.link.connection import Connection
from tars.server.listening import Listening, make_context, open_listeners, tell_if_alone
from tars.server.settings import ServerSettings, WebSettings
from tars.server.web.port import open_web_port
from tests.support.limits import HANG

pytestmark = pytest.mark.trio


async def test_port_0_is_a_free_one_and_the_url_says_which() -> None:
    listening = await open_listeners(ServerSettings(port=0), guarded=False)
    assert not listening.beyond_this_machine
    port = int(listening.url.removeprefix("ws://127.0.0.1:").removesuffix("/"))
    assert port > 0
    for listener in listening.listeners:
        await listener.aclose()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
async def test_beyond_this_machine_only_with_a_paired_device_or_a_token(host: str) -> None:
    with pytest.raises(UserError, match="tars-server pair"):
        await open_listeners(ServerSettings(host=host, port=0), guarded=False)
    listening = await open_listeners(ServerSettings(host=host, port=0), guarded=True)
    assert listening.beyond_this_machine
    for listener in listening.listeners:
        await listener.aclose()


async def dials(host: str, port: int) -> str:
    """By which address a server on that port sees a client that dials `host`."""
    seen = ""
    async with trio.open_nursery() as nursery:
        listening = await open_listeners(ServerSettings(host="::", port=port), guarded=True)

        async def note(connection: Connection) -> None:
            nonlocal seen
            seen = connection.peer

        await nursery.start(serve_connections, listening.listeners, note)
        number = urlsplit(listening.url).port
        async with open_connection(f"ws://{host}:{number}/") as connection:
            with pytest.raises(LinkLost):
                await connection.receive()
        nursery.cancel_scope.cancel()
    return seen.rpartition(":")[0]


async def test_every_address_is_every_address_of_ipv4_as_well() -> None:
    assert await dials("127.0.0.1", 0) == "127.0.0.1"
    assert await dials("[::1]", 0) == "[::1]"


async def test_everywhere_and_in_brackets_is_one_url() -> None:
    for host, url in (("[::1]", "ws://[::1]:"), (" ::1 ", "ws://[::1]:"), ("::", "ws://[::]:")):
        listening = await open_listeners(ServerSettings(host=host, port=0), guarded=True)
        assert listening.url.startswith(url)
        assert listening.beyond_this_machine == (host == "::")
        for listener in listening.listeners:
            await listener.aclose()


@pytest.mark.parametrize("host", ["", " ", "*"])
async def test_a_host_that_names_nothing_is_a_users_mistake(host: str) -> None:
    words = rf"\[server\] host {re.escape(repr(host))} is no address: write 127.0.0.1 .* 0.0.0.0 .* ::"
    with pytest.raises(UserError, match=words):
        await open_listeners(ServerSettings(host=host), guarded=False)
    with pytest.raises(UserError, match=words.replace("server", "web")):
        await open_web_port(WebSettings(host=host), None)


def several(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name have these addresses."""

    async def resolve(host: str, port: int, **how: object) -> list[tuple[object, ...]]:
        await trio.lowlevel.checkpoint()
        return [
            (socket.AF_INET6, 1, 6, "", (each, port, 0, 0))
            if ":" in each
            else (socket.AF_INET, 1, 6, "", (each, port))
            for each in addresses
        ]

    monkeypatch.setattr(trio.socket, "getaddrinfo", resolve)


async def test_a_name_is_served_on_one_port_of_all_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    several(monkeypatch, "127.0.0.1", "::1", "127.0.0.2", "127.0.0.1")
    listening = await open_listeners(ServerSettings(host="several", port=0), guarded=False)
    names = [listener.socket.getsockname()[:2] for listener in listening.listeners]  # type: ignore[attr-defined]
    port = urlsplit(listening.url).port
    assert names == [("127.0.0.1", port), ("::1", port), ("127.0.0.2", port)]
    assert not listening.beyond_this_machine
    for listener in listening.listeners:
        await listener.aclose()


async def test_an_address_of_a_name_that_this_machine_lacks_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    several(monkeypatch, "2001:db8::1", "127.0.0.1", "192.0.2.1")
    listening = await open_listeners(ServerSettings(host="several", port=0), guarded=False)
    (listener,) = listening.listeners
    assert listener.socket.getsockname()[0] == "127.0.0.1"  # type: ignore[attr-defined]
    await listener.aclose()
    several(monkeypatch, "2001:db8::1", "192.0.2.1")
    with pytest.raises(UserError, match="cannot listen on several port 7456: Cannot assign requested address"):
        await open_listeners(ServerSettings(host="several"), guarded=False)


async def test_one_address_in_use_leaves_no_other_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.2", 0))
        taken.listen()
        port = taken.getsockname()[1]
        several(monkeypatch, "127.0.0.1", "127.0.0.2")
        with pytest.raises(UserError, match=f"several port {port} is in use"):
            await open_listeners(ServerSettings(host="several", port=port), guarded=False)
        with socket.socket() as free:
            free.bind(("127.0.0.1", port))


async def test_a_port_in_use_is_one_clear_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"127.0.0.1 port {port} is in use"):
            await open_listeners(ServerSettings(port=port), guarded=False)


async def test_a_host_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match=r"nowhere\.invalid"):
        await open_listeners(ServerSettings(host="nowhere.invalid"), guarded=False)


@pytest.mark.parametrize(
    ("cert", "key", "words"),
    [
        ("absent.pem", "absent.pem", "no such file"),
        ("absent.pem", None, "go together"),
        (__file__, __file__, "cannot be used"),
        ("/dev/zero", "/dev/zero", "it is a device, not a file"),
    ],
)
async def test_wrong_certificates_are_said_to_be(cert: str, key: str | None, words: str) -> None:
    settings = ServerSettings(port=0, tls_cert=Path(cert), tls_key=Path(key) if key else None)
    with pytest.raises(UserError, match=words):
        await open_listeners(settings, guarded=False)


async def test_a_key_that_is_not_the_certificates_or_has_a_passphrase_is_said_to_be(tmp_path: Path) -> None:
    one, other = (trustme.CA().issue_cert("localhost") for _ in range(2))
    one.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    own = load_pem_private_key(one.private_key_pem.bytes(), None)
    locked = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    (tmp_path / "locked.pem").write_bytes(locked)
    for key, words in (
        ("other.pem", "other.pem is not the key of"),
        ("locked.pem", "locked.pem: the key has a passphrase"),
    ):
        with pytest.raises(UserError, match=words):
            make_context(tmp_path / "cert.pem", tmp_path / key)


async def test_with_a_certificate_it_is_wss(tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    settings = ServerSettings(port=0, tls_cert=tmp_path / "cert.pem", tls_key=tmp_path / "key.pem")
    listening = await open_listeners(settings, guarded=False)
    assert listening.url.startswith("wss://")

    async def echo(connection: Connection) -> None:
        await connection.send(await connection.receive())
        await trio.sleep_forever()

    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery:
            await nursery.start(serve_connections, listening.listeners, echo)
            async with open_connection(listening.url, ssl_context=context) as connection:
                await connection.send("hello")
                assert await connection.receive() == "hello"
            nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("guarded", "beyond", "proxies", "hint"),
    [
        (False, False, (), "can connect; `tars-server pair DEVICE_ID` pairs one"),
        (False, False, ("127.0.0.1",), "can connect; `tars-server pair DEVICE_ID` pairs one"),
        (True, False, (), "set `host` under [server] to 0.0.0.0"),
        (True, False, ("127.0.0.1",), None),
        (True, True, (), None),
    ],
)
async def test_where_no_other_machine_reaches_the_server_it_says_why(
    guarded: bool, beyond: bool, proxies: tuple[str, ...], hint: str | None
) -> None:
    with capture_logs() as log:
        settings = ServerSettings(trusted_proxies=proxies)
        tell_if_alone(settings, Listening([], "", beyond, None), guarded=guarded)
    assert [hint in entry["hint"] for entry in log if hint] == ([True] if hint else [])
    assert len(log) == (hint is not None)
