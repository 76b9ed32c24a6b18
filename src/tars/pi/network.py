"""The network coming up: the kernel says so, and waiting any longer for the next dial would be a waste.

Linux reports new addresses and routes over a netlink socket (rtnetlink(7)); no privileges are needed. Elsewhere
nothing is watched, and the backoff alone decides.
"""

import errno
import socket
import struct
from collections.abc import Callable, Iterator

import trio
from structlog import get_logger

log = get_logger()

RTMGRP = 0x10 | 0x40 | 0x100 | 0x400
"""Groups of messages: IPv4 addresses, IPv4 routes, and both for IPv6."""
RTM_NEWADDR, RTM_NEWROUTE = 20, 24
_HEADER = struct.Struct("=IHHII")
"""Of a netlink message: length, type, flags, sequence number, port."""
SETTLE = 0.2
"""Seconds. An address comes a moment before its route, and a dial in between would fail."""
LARGEST = 64 * 1024
"""Bytes of one read; the kernel sends a few hundred."""


async def watch_network(came_up: Callable[[], None]) -> None:
    """Call `came_up` whenever this machine has got an address or a route, until cancelled."""
    if not hasattr(socket, "AF_NETLINK"):
        return
    try:
        plain = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        plain.bind((0, RTMGRP))
    except OSError as exc:  # a sandbox may forbid it; the link heals all the same, a little later
        log.info("network_not_watched", reason=exc.strerror)
        return
    with trio.socket.from_stdlib_socket(plain) as netlink:
        while True:
            if await _is_news(netlink):
                await trio.sleep(SETTLE)
                came_up()


async def _is_news(netlink: trio.socket.SocketType) -> bool:
    try:
        return any(kind in (RTM_NEWADDR, RTM_NEWROUTE) for kind in message_types(await netlink.recv(LARGEST)))
    except OSError as exc:
        if exc.errno != errno.ENOBUFS:
            raise
        return True  # so much happened that the kernel lost count: something will have come up


def message_types(datagram: bytes) -> Iterator[int]:
    """The types of the netlink messages in a datagram; what is cut short ends it."""
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, *_ = _HEADER.unpack_from(datagram, at)
        if length < _HEADER.size:
            return
        yield kind
        at += (length + 3) & ~3  # messages begin at multiples of four bytes
