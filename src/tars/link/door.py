"""Who is at a server's door, who is inside, and who has to give way. Pure: `now` is an argument.

A client is at the door until it has shown who it is: through TLS, the upgrade and, where there is one, its first
message. Strangers can crowd the door, but not the house: they never count among the links. When the door is
crowded, those who have stood there longest give way. An honest client needs a few round trips, so it is through
before its turn comes, even where everyone who holds it up comes from the same address as itself.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable

import attrs

from tars.link.policy import LinkPolicy

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LOCAL = "this machine"
"""The address of all who come from this machine, where they are not told apart."""
PROXIED = "a trusted proxy"
"""The address of all who come through trusted proxies, until their requests have said what their own is."""
_CROWDS = frozenset({LOCAL, PROXIED})
"""What is not one client's address: counted in all, and not as one."""


def plain_address(host: str) -> IPAddress:
    """The IP address `host`, without its zone, and IPv4 as IPv4 where an IPv6 socket shows it mapped; `ValueError`
    for what is no address."""
    ip = ipaddress.ip_address(host.partition("%")[0])
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


def address_group(host: str, *, split_loopback: bool) -> str:
    """What counts as one address. An IPv6 network of 64 bits does, since whoever has one address of it has them
    all, though not the link-local one, which everybody shares; `ValueError` for what is no address."""
    ip = plain_address(host)
    if ip.is_loopback and not split_loopback:
        return LOCAL
    if isinstance(ip, ipaddress.IPv6Address) and not ip.is_link_local:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


@attrs.define(eq=False)
class Visit:
    """One client, from its arrival on."""

    address: str
    since: float
    sent_away: bool = False
    """It had to give way to others."""
    give_way: Callable[[], None] = lambda: None
    """Ends what the client is doing at the door; must not wait."""


class Door:
    """Keeps the counts of one server. Those of `LOCAL` and `PROXIED` count in all, and not as one address."""

    def __init__(self, policy: LinkPolicy) -> None:
        self.on_room: Callable[[], object] = lambda: None
        """Called when there is one less at the door."""
        self.shortage_at: float | None = None
        """When the system last had no file descriptor for a client; None once it had."""
        self._policy = policy
        self._waiting: dict[Visit, None] = {}  # in the order of arrival
        self._inside: set[Visit] = set()
        self._waiting_from = Counter[str]()
        self._inside_from = Counter[str]()

    @property
    def waiting(self) -> int:
        """How many are at the door."""
        return len(self._waiting)

    @property
    def inside(self) -> int:
        """How many have been let in."""
        return len(self._inside)

    @property
    def full(self) -> bool:
        """Whether nobody else can be let in, but in the place of another."""
        return len(self._inside) >= self._policy.max_connections

    @property
    def full_addresses(self) -> list[str]:
        """The addresses from which nobody else can be let in."""
        most = self._policy.max_connections_per_address
        return [
            address for address, count in self._inside_from.items() if address not in _CROWDS and count >= most
        ]

    def open_at(self) -> float:
        """From when on another client may come to the door: at once (0), or when the first of a full door has had
        its time. Until then newcomers do better to wait in the kernel's queue: a server that is merely busy, such
        as one that has just started, must not send its own devices away."""
        if len(self._waiting) < self._policy.max_handshakes:
            return 0.0
        return self._longest().since + self._policy.handshake_grace

    def arrive(self, address: str, now: float) -> Visit:
        """Somebody comes to the door; whoever stands in the way is sent off."""
        self._make_room_for(address)
        if len(self._waiting) >= self._policy.max_handshakes:
            self.make_room()
        visit = Visit(address, now)
        self._waiting[visit] = None
        self._waiting_from[address] += 1
        return visit

    def move(self, visit: Visit, address: str) -> None:
        """Count a client at the door under its own address, now that its request has told that; whoever stands in
        the way there is sent off."""
        if visit not in self._waiting or visit.address == address:
            return
        self._make_room_for(address)
        _one_less(self._waiting_from, visit.address)
        visit.address = address
        self._waiting_from[address] += 1

    def make_room(self) -> bool:
        """Send one client away from the door; False where nobody is there."""
        if not self._waiting:
            return False
        self._send_away(self._longest())
        return True

    def enter(self, visit: Visit, instead_of: Visit | None = None) -> bool:
        """Let a client in, in the place of another one where `instead_of` is inside; False when there is no room,
        or it has been sent away already."""
        if visit.sent_away or not self._has_place(visit.address, instead_of):
            return False
        if instead_of is not None:
            self.leave(instead_of)
        self.leave(visit)
        self._inside.add(visit)
        self._inside_from[visit.address] += 1
        return True

    def leave(self, visit: Visit) -> None:
        """It is gone, wherever it was; nothing happens when it had gone before."""
        if visit in self._waiting:
            del self._waiting[visit]
            _one_less(self._waiting_from, visit.address)
            self.on_room()
        elif visit in self._inside:
            self._inside.discard(visit)
            _one_less(self._inside_from, visit.address)

    def _has_place(self, address: str, instead_of: Visit | None) -> bool:
        freed = instead_of if instead_of in self._inside else None
        total = len(self._inside) - (freed is not None)
        same = self._inside_from[address] - (freed is not None and freed.address == address)
        return total < self._policy.max_connections and (
            address in _CROWDS or same < self._policy.max_connections_per_address
        )

    def _make_room_for(self, address: str) -> None:
        if address not in _CROWDS and self._waiting_from[address] >= self._policy.max_handshakes_per_address:
            self._send_away(next(visit for visit in self._waiting if visit.address == address))

    def _longest(self) -> Visit:
        """Who has stood longest among those of the address that most have come from."""
        ((greediest, _),) = self._waiting_from.most_common(1)
        return next(visit for visit in self._waiting if visit.address == greediest)

    def _send_away(self, visit: Visit) -> None:
        self.leave(visit)
        visit.sent_away = True
        visit.give_way()


def _one_less(counts: Counter[str], address: str) -> None:
    counts[address] -= 1
    if not counts[address]:
        del counts[address]
