"""Whose word about a client's address counts, and what it says."""

import ipaddress
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.link.door import LOCAL, plain_address
from tars.link.forwarded import NO_PROXIES, Client, TrustedProxies

PROXY, INNER, OUTER = "127.0.0.1", "10.0.0.1", "10.0.0.2"
TRUSTED = TrustedProxies(tuple(map(ipaddress.ip_network, (PROXY, "10.0.0.0/8", "fd00::/8"))))
PEER = f"{PROXY}:4711"


def behind(headers: dict[str, str], address: str = PROXY, proxies: TrustedProxies = TRUSTED) -> Client:
    return proxies.client(address, f"{address}:4711", headers)


@pytest.mark.parametrize("proxies", [NO_PROXIES, TRUSTED])
def test_a_request_without_such_a_header_comes_from_the_other_end(proxies: TrustedProxies) -> None:
    headers = {"host": "tars", "authorization": "Bearer x", "x-real-name": "y"}
    assert behind(headers, proxies=proxies) == Client(PEER, LOCAL, local=True)
    there = behind(headers, "192.168.1.7", proxies)
    assert there == Client("192.168.1.7:4711", "192.168.1.7", local=False)
    assert proxies.client(None, "memory", headers).local


@pytest.mark.parametrize(
    "header",
    ["x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-host", "x-forwarded-proto",
     "cf-connecting-ip", "true-client-ip", "x-forwarded"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["127.0.0.1", "for=127.0.0.1", "::1", ""])
def test_behind_a_proxy_that_nobody_has_named_nobody_is_on_this_machine(header: str, value: str) -> None:
    client = behind({header: value}, proxies=NO_PROXIES)
    assert client == Client(PEER, PROXY, local=False, doubt=f"{PROXY} is not in trusted_proxies")


@pytest.mark.parametrize(
    ("headers", "peer", "group"),
    [
        ({"x-forwarded-for": "203.0.113.7"}, "203.0.113.7", "203.0.113.7"),
        ({"x-forwarded-for": " 203.0.113.7:51234 "}, "203.0.113.7", "203.0.113.7"),
        ({"x-forwarded-for": "2001:db8::7"}, "[2001:db8::7]", "2001:db8::/64"),
        ({"x-forwarded-for": "[2001:db8::7]:99"}, "[2001:db8::7]", "2001:db8::/64"),
        ({"x-forwarded-for": "::ffff:203.0.113.7"}, "203.0.113.7", "203.0.113.7"),
        ({"x-forwarded-for": "fe80::7%eth0"}, "[fe80::7]", "fe80::7"),
        ({"x-forwarded-for": f"127.0.0.1, 203.0.113.7, {INNER}, {OUTER}"}, "203.0.113.7", "203.0.113.7"),
        ({"x-forwarded-for": "nonsense, , 203.0.113.7"}, "203.0.113.7", "203.0.113.7"),
        ({"x-forwarded-for": f"{INNER}, {OUTER}"}, INNER, INNER),
        ({"forwarded": "for=203.0.113.7"}, "203.0.113.7", "203.0.113.7"),
        ({"forwarded": 'For="[2001:db8::7]:99";Proto=https;by=_x'}, "[2001:db8::7]", "2001:db8::/64"),
        ({"forwarded": "proto=http;for=203.0.113.7:99 , for=10.0.0.9"}, "203.0.113.7", "203.0.113.7"),
        ({"forwarded": 'for="a,b;for=127.0.0.1";by=x, for=203.0.113.7'}, "203.0.113.7", "203.0.113.7"),
        ({"forwarded": r'for="203.0.113\.7"'}, "203.0.113.7", "203.0.113.7"),
        ({"forwarded": "for=203.0.113.7", "x-forwarded-for": "203.0.113.7"}, "203.0.113.7", "203.0.113.7"),
    ],
)  # fmt: skip
def test_a_trusted_proxy_says_who_it_is(headers: dict[str, str], peer: str, group: str) -> None:
    assert behind(headers) == Client(peer, group, local=False)


@pytest.mark.parametrize("header", ["127.0.0.1", "::1", "[::1]:99", "127.0.0.1, 127.0.0.1"])
def test_a_program_on_this_machine_may_come_by_its_proxy(header: str) -> None:
    client = behind({"x-forwarded-for": header})
    assert client.local
    assert client.group == LOCAL


@pytest.mark.parametrize("header", ["127.0.0.1", "::1", f"127.0.0.1, {INNER}", f"127.0.0.1, 127.0.0.1, {OUTER}"])
def test_nobody_on_another_machine_becomes_a_program_on_this_one(header: str) -> None:
    """Neither by the word of a proxy elsewhere, nor of a client in a network that is trusted as a whole."""
    addresses = (INNER, OUTER) if header.count(".") < 4 else (PROXY, INNER)
    for address in addresses:
        client = behind({"x-forwarded-for": header}, address)
        assert (client.group, client.local) == (f"behind {address}", False)
        assert client.doubt.startswith(f"the trusted proxy {address} does not name its client")


@pytest.mark.parametrize(
    ("headers", "doubt"),
    [
        ({"x-forwarded-for": ""}, "can be read"),
        ({"x-forwarded-for": "127.0.0.1,"}, "can be read"),
        ({"x-forwarded-for": "127.0.0.1, unknown"}, "can be read"),
        ({"x-forwarded-for": "127.0.0.1, 300.1.1.1"}, "can be read"),
        ({"forwarded": ""}, "can be read"),
        ({"forwarded": "for=unknown"}, "can be read"),
        ({"forwarded": "for=_hidden, for=10.0.0.9"}, "can be read"),
        ({"forwarded": "proto=http"}, "can be read"),
        ({"forwarded": "for=127.0.0.1;for=203.0.113.7"}, "can be read"),
        ({"forwarded": "for=127.0.0.1 by=x"}, "can be read"),
        ({"forwarded": 'for=127.0.0.1, for=", for=203.0.113.7'}, "can be read"),
        ({"forwarded": 'for=127.0.0.1, x=", for="203.0.113.7"'}, "can be read"),
        ({"x-real-ip": "127.0.0.1"}, "neither X-Forwarded-For nor Forwarded"),
        ({"via": "1.1 proxy"}, "neither X-Forwarded-For nor Forwarded"),
        ({"x-forwarded-for": "203.0.113.7", "forwarded": "for=127.0.0.1"}, "name different clients"),
        ({"x-forwarded-for": "127.0.0.1", "forwarded": "for=203.0.113.7"}, "name different clients"),
        ({"x-forwarded-for": "203.0.113.7", "forwarded": "nonsense"}, "name different clients"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_counts_as_from_beyond_and_as_one_address(headers: dict[str, str], doubt: str) -> None:
    client = behind(headers)
    assert (client.peer, client.group, client.local) == (PEER, f"behind {PROXY}", False)
    assert doubt in client.doubt


def test_what_a_client_invents_is_not_even_read() -> None:
    """A proxy passes on thousands of addresses: reading them all would hold up everybody else."""
    for name, value in (("x-forwarded-for", "1," * 8000), ("forwarded", "for=1," * 2500)):
        written = "203.0.113.7" if name == "x-forwarded-for" else "for=203.0.113.7"
        with mock.patch("tars.link.forwarded.plain_address", wraps=plain_address) as read:
            assert behind({name: value + written}).peer == "203.0.113.7"
        assert read.call_count == 2  # the proxy's own, and its client's


ANYTHING = st.one_of(
    st.sampled_from(["127.0.0.1", "::1", "for=127.0.0.1", 'for="', '"', ",", ";", "\\", "for=", "unknown", INNER]),
    st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=8),
)
INVENTED = st.lists(ANYTHING, max_size=8).map(", ".join)
WRITTEN = st.sampled_from(["203.0.113.7", '"203.0.113.7:99"', "203.0.113.7;proto=https"])


@given(invented=INVENTED, name=st.sampled_from(["x-forwarded-for", "forwarded"]), written=WRITTEN)
def test_nothing_that_a_client_invents_makes_it_another(invented: str, name: str, written: str) -> None:
    """What it sends stands before what its proxy appends; or in the other header, which the proxy passes on."""
    if name == "forwarded":
        appended, other = f"for={written}", "x-forwarded-for"
    else:
        appended, other = "203.0.113.7", "forwarded"
    for headers in (
        {name: f"{invented}, {appended}"},
        {name: appended, other: invented},
        {name: f"{invented}, {appended}", other: invented},
    ):
        client = behind(headers)
        assert not client.local
        assert client.group in ("203.0.113.7", f"behind {PROXY}")
