"""What a person may write as a server's address is understood, or told in one sentence."""

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tars.link.server_address import DEFAULT_PORT, ServerAddress, parse_server_address


@pytest.mark.parametrize(
    ("url", "host", "port", "resource"),
    [
        ("ws://host:7456/", "host", 7456, "/"),
        ("ws://192.168.1.5:7456", "192.168.1.5", 7456, "/"),
        ("wss://host:443/tars?a=b", "host", 443, "/tars?a=b"),
        ("ws://[fe80::1]:80/", "fe80::1", 80, "/"),
        # a port that is not named is ours, with TLS too
        ("ws://host", "host", DEFAULT_PORT, "/"),
        ("ws://host:/", "host", DEFAULT_PORT, "/"),
        ("wss://host/", "host", DEFAULT_PORT, "/"),
        # zones, as RFC 6874 writes them and as people do
        ("ws://[fe80::1%25eth0]:7456/", "fe80::1%eth0", 7456, "/"),
        ("ws://[fe80::1%eth0]:7456/", "fe80::1%eth0", 7456, "/"),
        # what copying leaves around an address
        ("  ws://host:7456/ \n", "host", 7456, "/"),
        ("WS://Host:7456/", "host", 7456, "/"),
        # names that are more than ASCII, and names that DNS knows and hosts should not have
        ("ws://küche.local:7456/", "xn--kche-0ra.local", 7456, "/"),
        ("ws://living_room.local.:7456/", "living_room.local.", 7456, "/"),
    ],
)
def test_addresses_that_are_understood(url: str, host: str, port: int, resource: str) -> None:
    address = parse_server_address(url)
    assert (address.host, address.port, address.resource) == (host, port, resource)
    assert address.secure == url.strip().lower().startswith("wss")


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("localhost:7456", "has to begin with ws:// or wss://"),
        ("http://host/", "has to begin with ws:// or wss://"),
        ("", "has to begin with ws:// or wss://"),
        ("ws://", "names no host"),
        ("ws://:7456/", "names no host"),
        ("ws://host:70000/", "a port is a number from 1 to 65535"),
        ("ws://host:door/", "a port is a number from 1 to 65535"),
        ("ws://host:-1/", "a port is a number from 1 to 65535"),
        ("ws://host:0/", "leave it out, and 7456 is dialled"),
        ("ws://[::1/", "stands in brackets"),
        ("ws://[host]/", "stands in brackets"),
        ("ws://[1.2.3.4]/", "stands in brackets"),
        ("ws://[v1.x]/", "stands in brackets"),
        ("ws://::1/", r"stands in brackets, such as ws://\[fe80::1\]:7456/"),
        ("ws://fe80::1:7456/", r"stands in brackets, such as ws://\[fe80::1\]:7456/"),
        ("ws://tars..local:7456/", "can be no host's name"),
        (f"ws://{'a' * 64}.local/", "can be no host's name"),
        (f"ws://{'a.' * 127}local/", "can be no host's name"),
        ("ws://.local/", "can be no host's name"),
        ("ws://tars local/", "can be no host's name"),
        ("ws://host\x00/", "can be no host's name"),
        ("ws://ho\nst/", "no URL may hold"),
        ("ws://host/a b", "no URL may hold"),
        ("ws://host/ä", "no URL may hold"),
        ("ws://host/#kitchen", "%23"),
        ("ws://me:a:b@host/", None),
        ("ws://m%3ae:x@host/", "the user holds a colon"),
    ],
)
def test_other_text_is_refused_in_a_sentence(url: str, complaint: str | None) -> None:
    if complaint is None:  # a password may hold a colon
        assert parse_server_address(url).credentials == "me:a:b"
        return
    with pytest.raises(ValueError, match=complaint) as caught:
        parse_server_address(url)
    assert str(caught.value).isprintable()


HOSTS = st.sampled_from(["host", "host:70000", "[::1", "::1", "a..b", "", "host/#x", "host:door", "host/a b"])


def read(text: str) -> ServerAddress | str:
    """The address, or the complaint."""
    try:
        return parse_server_address(text)
    except ValueError as exc:
        return str(exc)


@given(password=st.text(alphabet="pq/?#@:%[] 7", min_size=4).map(lambda text: f"q{text}q"), host=HOSTS)
@example("q#7456q", "host")
@example("q/7456@q", "host")
def test_no_password_is_shown(password: str, host: str) -> None:
    """Neither what is understood nor what is refused quotes it, nor a part of it before its own @."""
    found = read(f"ws://user:{password}@{host}")
    told = found if isinstance(found, str) else f"{found.shown} {found!r}"
    assert password not in told
    assert f"user:{password[:3]}" not in told


@pytest.mark.parametrize(
    "url",
    ["me:SECRET@host:7456", "http:/me:SECRET@host", "ws:/me:SECRET@host", "wss://host:99999/SECRET", "host/SECRET",
     "ws://ho st/SECRET", "host:7456/SECRET", "ws://host:0?SECRET", "http://host/SECRET"],
)  # fmt: skip
def test_what_is_no_address_shows_no_secret_either(url: str) -> None:
    complaint = read(url)
    assert isinstance(complaint, str)
    assert "SECRET" not in complaint
    assert "ho" in complaint


@given(st.text(max_size=60).map(lambda rest: f"ws://{rest}") | st.text(max_size=30))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    found = read(text)
    if isinstance(found, str):
        assert found.isprintable()
        assert len(found) < 500
        return
    assert 0 < found.port < 65_536
    found.host.encode("idna")  # what the resolver does with it: it would raise there, at every dial
    assert found.host_header.isascii()
    assert not any(character.isspace() for character in found.host + found.resource)
    assert read(f"ws://{found.address}/") == attrs.evolve(found, resource="/", credentials=None)


def test_a_path_is_not_shown_because_it_may_be_a_token() -> None:
    assert parse_server_address("wss://host/4f2a9c").shown == "wss://host:7456/..."
    assert parse_server_address("ws://host").shown == "ws://host:7456/"
