"""The sockets that a port of the server is made of."""

import errno
import socket

import trio

from tars.errors import UserError
from tars.server.addresses import listening_host

EVERYWHERE = "::"
"""Every address of this machine: those of IPv4 as well, on one socket."""
BACKLOG = 65_535
"""Connections that may wait in the kernel's queue, as far as the system allows."""
NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""A name may have addresses that this machine lacks, such as ::1 where IPv6 is switched off."""
TRIES = 10
"""How often a free port is looked for that is free on all addresses of a name."""

SocketAddress = tuple[socket.AddressFamily, str, int]
"""The family, the address and the scope, which only a link-local IPv6 address has."""


async def open_sockets(host: str, port: int, table: str) -> list[trio.SocketListener]:
    """Listen on `port` of all addresses of `host`; port 0 is one free port on all of them.

    Addresses that this machine does not have are left out where there are others. `table` is that of the settings
    which hold `host`. Raises `UserError` for what can be no host, and `OSError`.
    """
    addresses = await _resolve(listening_host(host, table), table)
    for _ in range(TRIES - 1):
        try:
            return _listen(addresses, port)
        except OSError as exc:
            if port or exc.errno != errno.EADDRINUSE:
                raise
    return _listen(addresses, port)


async def _resolve(host: str, table: str) -> list[SocketAddress]:
    try:
        found = await trio.socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except UnicodeError:
        raise UserError(f"[{table}] host {host!r} can be no name of a host; write an address or a name") from None
    places = [(family, str(place[0]), place[3] if len(place) == 4 else 0) for family, _, _, _, place in found]
    return list(dict.fromkeys(places))


def _listen(addresses: list[SocketAddress], port: int) -> list[trio.SocketListener]:
    """Listen on all `addresses`, or on none."""
    listeners: list[trio.SocketListener] = []
    missing: OSError | None = None
    try:
        for address in addresses:
            try:
                listener = _listen_on(address, port)
            except OSError as exc:
                if exc.errno not in NOT_HERE:
                    raise
                missing = exc
                continue
            listeners.append(listener)
            port = listener.socket.getsockname()[1]
        if not listeners and missing is not None:
            raise missing
    except BaseException:
        for listener in listeners:
            listener.socket.close()
        raise
    return listeners


def _listen_on(address: SocketAddress, port: int) -> trio.SocketListener:
    family, host, scope = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            # the system's default differs from machine to machine
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != EVERYWHERE)
            sock.bind((host, port, 0, scope))
        else:
            sock.bind((host, port))
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return trio.SocketListener(trio.socket.from_stdlib_socket(sock))
