"""An answer that is no upgrade says what to do."""

import pytest

from tars.link import Patience
from tars.link.http_answers import HttpAnswer, loss_by_answer, speaks_http2
from tars.link.server_address import parse_server_address

ADDRESS = parse_server_address("ws://tars.example:7456/")
WITH_PATH = parse_server_address("ws://tars.example:7456/0123secret")


def location(url: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"Location", url.encode()),)


def asks(*challenges: str) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((b"WWW-Authenticate", challenge.encode()) for challenge in challenges)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_names_where_to(status: int) -> None:
    lost = loss_by_answer(HttpAnswer(status, location("https://elsewhere.example/tars")), ADDRESS)
    assert lost.reason == (
        f"tars.example:7456 sends elsewhere (HTTP {status}); if you trust it, dial wss://elsewhere.example/tars"
    )
    assert lost.patience is Patience.CAP


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ("/tars/", "ws://tars.example:7456/tars/"),
        ("//other:81/", "ws://other:81/"),
        ("http://user:word@other/", "dial ws://other/"),
        ("https://other/\x1b[2J", "wss://other/\\x1b[2J"),
        ("mailto:me@example", "mailto:"),
        ("http://[::1", "which is no address"),
        ("", "without saying where"),
    ],
)
def test_wherever_a_redirection_goes_to(there: str, named: str) -> None:
    lost = loss_by_answer(HttpAnswer(302, location(there)), ADDRESS)
    assert named in lost.reason
    assert "word" not in lost.reason
    assert lost.reason.isprintable()


def test_a_redirection_does_not_repeat_a_token_in_the_path() -> None:
    for there in ("https://tars.example/0123secret", "/0123secret/", "https://other/en/0123secret?a=b"):
        assert "secret" not in loss_by_answer(HttpAnswer(301, location(there)), WITH_PATH).reason


@pytest.mark.parametrize(
    ("status", "headers", "reason", "patience"),
    [
        (200, (), "is not a TARS server, or the path in the address is wrong (HTTP 200)", Patience.CAP),
        (404, (), "is not a TARS server, or the path in the address is wrong (HTTP 404)", Patience.CAP),
        (410, (), "is not a TARS server", Patience.CAP),
        (405, (), "is not a TARS server", Patience.BACKOFF),
        (502, (), "a proxy at tars.example:7456 does not reach the TARS server behind it", Patience.BACKOFF),
        (504, (), "a proxy at tars.example:7456 does not reach the TARS server behind it", Patience.BACKOFF),
        (503, (), "or a proxy before it, cannot serve now (HTTP 503)", Patience.BACKOFF),
        (400, (), "a server with a certificate is dialled by wss://", Patience.BACKOFF),
        (426, ((b"Upgrade", b"websocket"),), "does not pass on the request for a WebSocket", Patience.BACKOFF),
        (426, ((b"Upgrade", b"h2c"),), "refuses the request for a WebSocket", Patience.BACKOFF),
        (505, (), "speaks HTTP/2 only", Patience.BACKOFF),
        (401, asks('Basic realm="a, Bearer b"'), "asks for a user and a password", Patience.CAP),
        (401, asks('Digest realm="x", nonce="y"'), "asks for digest, which TARS does not speak", Patience.CAP),
        (401, asks("Negotiate", 'NTLM, basic realm="x"'), "asks for a user and a password", Patience.CAP),
        (401, asks("Bearer"), "does not accept the token", Patience.CAP),
        (401, asks('Basic realm="x", Bearer'), "does not accept the token", Patience.CAP),
        (401, (), "does not accept the token", Patience.CAP),
        (403, (), "forbids the connection", Patience.CAP),
    ],
)
def test_each_status_has_a_meaning(
    status: int, headers: tuple[tuple[bytes, bytes], ...], reason: str, patience: Patience
) -> None:
    lost = loss_by_answer(HttpAnswer(status, headers), ADDRESS)
    assert reason in lost.reason
    assert (lost.code, lost.patience) == (status, patience)


def test_a_server_that_forbids_says_why() -> None:
    plain = loss_by_answer(HttpAnswer(403, (), "the server forbids the connection (HTTP 403)"), ADDRESS)
    assert (plain.reason, plain.explained) == ("the server forbids the connection (HTTP 403)", False)
    answer = HttpAnswer(403, (), "no device is paired \x1b[2J")
    lost = loss_by_answer(answer, ADDRESS)
    assert lost.reason == ('the server forbids the connection (HTTP 403); it says: "no device is paired \\x1b[2J"')
    assert (lost.code, lost.patience, lost.explained) == (403, Patience.CAP, True)


def test_a_user_that_was_sent_and_refused_is_told_so() -> None:
    address = parse_server_address("wss://me:word@tars.example/")
    lost = loss_by_answer(HttpAnswer(401, asks("Basic")), address)
    assert "does not accept the user and the password in the address" in lost.reason
    assert "word@" not in lost.reason


def test_http2_is_known_by_its_first_frame() -> None:
    assert speaks_http2(bytes.fromhex("000000040000000000"))
    assert speaks_http2(bytes.fromhex("00000807000000000000000000"))
    assert not speaks_http2(b"HTTP/1.1 200 OK")
    assert not speaks_http2(bytes(9))
    assert not speaks_http2(b"")
