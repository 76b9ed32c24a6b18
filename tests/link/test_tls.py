"""Real certificates, real handshakes: what is believed, and the words for what is not."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import trio
import trustme

from tars.link import Connection, LinkLost, Patience, open_connection, serve_connections
from tars.link.tls import trusting
from tars.server.certificates import Authority, issue, make_authority, pem
from tests.support.limits import HANG

pytestmark = pytest.mark.trio

NOW = datetime.now(UTC)
HOME = make_authority((), NOW)


@pytest.fixture
def pinned(tmp_path: Path) -> ssl.SSLContext:
    """What a device trusts that is paired with a server of `HOME`; as strict as Python 3.13 is by itself."""
    path = tmp_path / "pinned.pem"
    path.write_bytes(pem(HOME.certificate))
    context = trusting(path)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


async def echo(connection: Connection) -> None:
    await connection.send(await connection.receive())
    await trio.sleep_forever()


@asynccontextmanager
async def serving(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    """A server on a port of this machine, with TLS or without."""
    async with trio.open_nursery() as nursery:
        (tcp,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        listener = trio.SSLListener(tcp, context, https_compatible=True) if context else tcp
        await nursery.start(partial(serve_connections, [listener], echo))
        yield tcp.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


def serving_as(tmp_path: Path, *hosts: str, authority: Authority = HOME, made: datetime = NOW) -> ssl.SSLContext:
    chain, key = issue(authority, hosts, made)
    (tmp_path / "server.pem").write_bytes(chain)
    (tmp_path / "server-key.pem").write_bytes(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server-key.pem")
    return context


async def loss(server: ssl.SSLContext | None, url: str, context: ssl.SSLContext | None) -> LinkLost:
    """What becomes of a dial; `PORT` stands for the port."""
    with trio.fail_after(HANG):
        async with serving(server) as port:
            with pytest.raises(LinkLost) as caught:
                async with open_connection(url.replace("PORT", str(port)), ssl_context=context):
                    pytest.fail("there is no link")
    lost = caught.value
    assert "\n" not in lost.reason
    return lost


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_device_believes_the_authority_that_it_was_paired_with(
    tmp_path: Path, pinned: ssl.SSLContext, host: str
) -> None:
    server = serving_as(tmp_path, "tars.local", "localhost", "127.0.0.1", "192.168.1.10", "fd00::2")
    async with serving(server) as port, open_connection(f"wss://{host}:{port}/", ssl_context=pinned) as link:
        await link.send("well?")
        assert await link.receive() == "well?"


async def test_a_renewed_certificate_of_that_authority_is_believed_as_well(
    tmp_path: Path, pinned: ssl.SSLContext
) -> None:
    for days in (0, 700):
        server = serving_as(tmp_path, "127.0.0.1", made=NOW - timedelta(days=days))
        async with serving(server) as port, open_connection(f"wss://127.0.0.1:{port}/", ssl_context=pinned):
            pass


async def test_dates_name_the_clock_and_are_tried_again_soon(tmp_path: Path, pinned: ssl.SSLContext) -> None:
    old = serving_as(tmp_path, "127.0.0.1", made=NOW - timedelta(days=825))
    lost = await loss(old, "wss://127.0.0.1:PORT/", pinned)
    assert "has expired" in lost.reason
    assert "make-certificate" in lost.reason
    assert lost.patience is Patience.BACKOFF
    new = serving_as(tmp_path, "127.0.0.1", made=NOW + timedelta(days=2))
    lost = await loss(new, "wss://127.0.0.1:PORT/", pinned)
    assert "not valid yet" in lost.reason
    assert f"clock says {datetime.now().date()}" in lost.reason
    assert lost.patience is Patience.BACKOFF


@pytest.mark.parametrize(("host", "named"), [("127.0.0.1", "localhost"), ("localhost", "127.0.0.1")])
async def test_another_name_is_named_and_waits_for_a_person(
    tmp_path: Path, pinned: ssl.SSLContext, host: str, named: str
) -> None:
    lost = await loss(serving_as(tmp_path, named), f"wss://{host}:PORT/", pinned)
    assert f"is for other names than {host}" in lost.reason
    assert f"make-certificate --host {host}" in lost.reason
    assert lost.patience is Patience.CAP


def a_stranger() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_an_unknown_authority_is_named_and_waits_for_a_person(
    tmp_path: Path, pinned: ssl.SSLContext
) -> None:
    double = make_authority((), NOW)
    strangers = [a_stranger(), serving_as(tmp_path, "127.0.0.1", authority=double)]
    for server in strangers:
        for context in (pinned, None):
            lost = await loss(server, "wss://127.0.0.1:PORT/", context)
            assert "comes from an authority that this device does not trust" in lost.reason
            assert lost.patience is Patience.CAP


async def test_an_authority_of_a_home_is_not_believed_about_the_rest_of_the_world(
    tmp_path: Path, pinned: ssl.SSLContext
) -> None:
    lost = await loss(serving_as(tmp_path, "127.0.0.1", "bank.example"), "wss://127.0.0.1:PORT/", pinned)
    assert "permitted subtree violation" in lost.reason
    assert lost.patience is Patience.CAP


async def test_a_server_without_tls_is_named(pinned: ssl.SSLContext) -> None:
    lost = await loss(None, "wss://127.0.0.1:PORT/", pinned)
    assert lost.reason.startswith("no TLS with 127.0.0.1:")
    assert lost.reason.endswith("a server without a certificate is dialled by ws://")
    assert lost.patience is Patience.BACKOFF


async def test_a_server_with_tls_that_is_dialled_without_is_named(tmp_path: Path) -> None:
    lost = await loss(serving_as(tmp_path, "127.0.0.1"), "ws://127.0.0.1:PORT/", None)
    assert lost.reason.endswith("a server with a certificate is dialled by wss://")


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\n"])
async def test_a_file_without_an_authority_trusts_nobody(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "authority.pem"
    path.write_bytes(content)
    with pytest.raises(ssl.SSLError):
        trusting(path)


async def test_words_in_any_script_may_stand_beside_the_authority(tmp_path: Path) -> None:
    path = tmp_path / "authority.pem"
    path.write_bytes("# das Häuschen\n".encode() + pem(HOME.certificate))
    assert len(trusting(path).get_ca_certs()) == 1
