"""What a proxy says about its client: `X-Forwarded-For`, and `Forwarded` (RFC 7239). Pure.

Anybody can write these headers, so a value counts only as far as trusted proxies have written it. Each proxy
appends the address of whoever connected to it. The list is therefore read from its end, and the first address that
is not a trusted proxy's is the client's; whatever stands before it is the client's own invention.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence

import attrs

from tars.link.door import LOCAL, IPAddress, address_group, plain_address

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED, X_FORWARDED_FOR = "forwarded", "x-forwarded-for"
_TRACES = frozenset(
    {FORWARDED, "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-forwarded-for",
     "true-client-ip", "cf-connecting-ip", "fastly-client-ip", "x-envoy-external-address"}
)  # fmt: skip
"""Headers that proxies write and clients do not, beside all that begin with `x-forwarded`."""
_PAIR = re.compile(r"""\s*([!#$%&'*+.^_`|~\w-]+)=([!#$%&'*+.^_`|~\w:\[\]-]+|"(?:[^"\\]|\\.)*")\s*""", re.ASCII)
"""A parameter. Addresses with colons belong in quotation marks, and some proxies leave these out."""
_NODE = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}|_[A-Za-z0-9._-]+))?")
"""A node with or without its port (RFC 7239, 6). An IPv6 address without brackets is none, and is tried first."""

Nodes = Sequence[str]
"""Who connected to each proxy, in its own words: an address, where it tells that."""


@attrs.frozen
class Client:
    """Where a request comes from, as far as that is known."""

    peer: str = "memory"
    """For logs, and for naming devices that do not name themselves: `host:port`, or the host alone."""
    group: str = LOCAL
    """What counts as one address."""
    local: bool = True
    """Whether it is a program on this machine, for all that is known."""
    doubt: str = ""
    """Why its own address is not known, in one clause; empty where it is."""


@attrs.frozen
class TrustedProxies:
    """The proxies whose word about their clients counts."""

    networks: tuple[IPNetwork, ...] = ()

    def trusts(self, address: IPAddress | None) -> bool:
        """Whether `address` is one of theirs."""
        return address is not None and any(address in network for network in self.networks)

    def client(
        self, address: str | None, peer: str, headers: Mapping[str, str], *, split_loopback: bool = False
    ) -> Client:
        """Who sent a request with these `headers` (names in lower case) over a connection from `address`.

        `peer` is the name of the connection's other end; `address` is None for one in memory.
        """
        if address is None:
            return Client(peer)
        ip = plain_address(address)
        if not is_forwarded(headers):
            return Client(peer, address_group(address, split_loopback=split_loopback), local=ip.is_loopback)
        if not self.trusts(ip):
            # the sender's own invention, or a proxy that nobody has named: no program of this machine in any case
            group = address_group(address, split_loopback=True)
            return Client(peer, group, local=False, doubt=f"{ip} is not in trusted_proxies")
        origin = self._origin(headers, ip)
        if isinstance(origin, str):
            return Client(peer, f"behind {ip}", local=False, doubt=f"the trusted proxy {ip} {origin}")
        group = address_group(str(origin), split_loopback=split_loopback)
        return Client(_name(origin), group, local=origin.is_loopback)

    def _origin(self, headers: Mapping[str, str], proxy: IPAddress) -> IPAddress | str:
        """The client's address by the headers of the trusted `proxy`; or why it is not known."""
        lists: list[Nodes | None] = []
        if (value := headers.get(X_FORWARDED_FOR)) is not None:
            lists.append(value.split(","))
        if (value := headers.get(FORWARDED)) is not None:
            lists.append(_read_forwarded(value))
        if not lists:
            return "sends neither X-Forwarded-For nor Forwarded"
        found = {None if nodes is None else self._first_stranger(nodes, proxy) for nodes in lists}
        if len(found) > 1:  # it writes one of them, and passes on the other as its client has sent it
            return "sends X-Forwarded-For and Forwarded that name different clients"
        return found.pop() or "does not name its client in a way that can be read"

    def _first_stranger(self, nodes: Nodes, proxy: IPAddress) -> IPAddress | None:
        """The last address that is no trusted proxy's; where all are trusted, the first: a client beside them.

        What stands before it is not even read: a client may send thousands. None for a loopback address that a
        machine elsewhere names: it means that machine, if it is true, and not this one.
        """
        address: IPAddress | None = None
        here = proxy.is_loopback
        for node in reversed(nodes):
            address = _read_node(node.strip())
            if address is not None and address.is_loopback and not here:
                return None
            if address is None or not self.trusts(address):
                break
            here = address.is_loopback
        return address


NO_PROXIES = TrustedProxies()


def is_forwarded(headers: Iterable[str]) -> bool:
    """Whether headers of these names (in lower case) tell of a proxy on the way, of whichever make."""
    return any(name in _TRACES or name.startswith("x-forwarded") for name in headers)


def _name(ip: IPAddress) -> str:
    return f"[{ip}]" if ip.version == 6 else str(ip)


def _read_node(text: str) -> IPAddress | None:
    """The address of a node, such as `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; None without one."""
    try:
        return plain_address(text)
    except ValueError:
        pass
    if (node := _NODE.fullmatch(text)) is None:
        return None
    try:
        return plain_address(node["six"] if node["six"] is not None else node["four"])
    except ValueError:
        return None


def _read_forwarded(value: str) -> Nodes | None:
    """The `for` of each element of a `Forwarded` header (RFC 7239, 4), empty where it has none, or several; None
    where the header is malformed."""
    nodes: list[str] = []
    fors: list[str] = []
    position = 0
    while True:
        if (pair := _PAIR.match(value, position)) is None:
            return None
        position = pair.end()
        if pair[1].lower() == "for":
            fors.append(_unquote(pair[2]))
        end = value[position : position + 1]
        if end not in (";", ",", ""):
            return None
        if end != ";":
            nodes.append(fors[0] if len(fors) == 1 else "")
            fors = []
        if not end:
            return nodes
        position += 1


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
