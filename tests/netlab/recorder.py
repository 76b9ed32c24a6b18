"""What programs at the ends of a router ask name servers for, and whom they send packets to."""

import ipaddress
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from tests.support.wire import Router, socket_inside
from tests.support.wire.namespaces import inside, system

NAME_SERVER = "192.0.2.254"
"""The router itself."""
ANYWHERE = "198.51.100.7"
"""What the name server says of every name; an address that belongs to nobody (RFC 5737)."""
IPV6 = Path("/proc/sys/net/ipv6").exists()
_ETH_P_ALL = 3
_SO_RCVBUFFORCE = 33
_PACKET_OUTGOING = 4
_SOL_PACKET, _PACKET_STATISTICS = 263, 6
_HEADERS = 128
"""Bytes of a packet that are looked at."""
_BUFFER = 1 << 22
"""Bytes that the kernel keeps where the recorder is late: some seconds of a conversation."""
_GATEWAY_V6 = "fe80::1"


@attrs.frozen
class Packet:
    """Who sent what to whom."""

    source: str
    destination: str
    protocol: int
    from_port: int
    to_port: int

    @property
    def is_the_kernels(self) -> bool:
        """Whether no program has sent it: IGMP, ICMPv6, and what joins a multicast group of IPv6."""
        return self.protocol in (socket.IPPROTO_IGMP, socket.IPPROTO_ICMPV6, socket.IPPROTO_HOPOPTS)

    def is_between(self, client: str, server: str, port: int) -> bool:
        """Whether it belongs to a connection of `client` to the TCP `port` of `server`."""
        if self.protocol != socket.IPPROTO_TCP:
            return False
        there = (self.source, self.destination, self.to_port) == (client, server, port)
        return there or (self.source, self.destination, self.from_port) == (server, client, port)


@attrs.define
class Recorder:
    """What has been seen so far."""

    lookups: list[str] = attrs.field(factory=list)
    """The names that were asked for."""
    packets: set[Packet] = attrs.field(factory=set)
    """All that any end has sent, but to the name server."""
    missed: int = 0
    """Packets that came too fast to be seen."""

    def see(self, packet: bytes) -> None:
        """Note who sends this packet, and to whom."""
        match packet[0] >> 4:
            case 4:
                start, protocol, addresses = (packet[0] & 15) * 4, packet[9], (packet[12:16], packet[16:20])
            case 6:
                start, protocol, addresses = 40, packet[6], (packet[8:24], packet[24:40])
            case _:
                return
        ports = (0, 0)
        if protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
            ports = struct.unpack_from("!HH", packet, start)
        source, destination = (str(ipaddress.ip_address(each)) for each in addresses)
        seen = Packet(source, destination, protocol, *ports)
        if not seen.is_the_kernels and (destination, ports[1]) != (NAME_SERVER, 53):
            self.packets.add(seen)


@asynccontextmanager
async def open_recorder(router: Router, *ends: int) -> AsyncIterator[Recorder]:
    """Serve names to the `ends` and note what they send, until the block is left."""
    recorder = Recorder()
    tap = socket_inside(router.router, socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
    tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    names = socket_inside(router.router, socket.AF_INET, socket.SOCK_DGRAM)
    names.bind((NAME_SERVER, 53))
    for number, end in enumerate(ends):
        _open_ipv6(router, end, number)
    with trio.socket.from_stdlib_socket(tap) as taken, trio.socket.from_stdlib_socket(names) as asked:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_record, taken, recorder)
            nursery.start_soon(_serve_names, asked, recorder)
            yield recorder
            nursery.cancel_scope.cancel()
        recorder.missed = struct.unpack("II", tap.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]


async def _record(tap: trio.socket.SocketType, recorder: Recorder) -> None:
    while True:
        packet, where = await tap.recvfrom(_HEADERS)
        if where[2] != _PACKET_OUTGOING:
            recorder.see(packet)


async def _serve_names(server: trio.socket.SocketType, recorder: Recorder) -> None:
    while True:
        query, client = await server.recvfrom(512)
        name, kind = _question(query)
        recorder.lookups.append(name)
        answers = [socket.inet_aton(ANYWHERE)] if kind == 1 else []
        head = query[:2] + struct.pack("!HHHHH", 0x8180, 1, len(answers), 0, 0)
        records = (struct.pack("!HHHIH", 0xC00C, 1, 1, 60, len(each)) + each for each in answers)
        await server.sendto(head + query[12 : 12 + len(name) + 6] + b"".join(records), client)


def _question(query: bytes) -> tuple[str, int]:
    """The name that is asked for, and the kind of record."""
    labels, place = [], 12
    while length := query[place]:
        labels.append(query[place + 1 : place + 1 + length].decode(errors="replace"))
        place += 1 + length
    return ".".join(labels), int.from_bytes(query[place + 1 : place + 3], "big")


def _open_ipv6(router: Router, end: int, number: int) -> None:
    """Let the end send IPv6 packets, too: a dial without a way out would not be seen."""
    if not IPV6:
        return
    there, here, address = f"to-end{number}", f"end{number}", f"2001:db8::{number + 1}/128"
    system(inside(router.router, ["ip", "address", "add", f"{_GATEWAY_V6}/64", "dev", there, "nodad"]))
    system(inside(router.router, ["ip", "-6", "route", "replace", address, "dev", there]))
    system(inside(end, ["ip", "address", "add", address, "dev", here, "nodad"]))
    system(inside(end, ["ip", "-6", "route", "replace", "default", "via", _GATEWAY_V6, "dev", here]))
