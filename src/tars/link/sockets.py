"""TCP options of a link. All are improvements; where the system lacks one, the link works without it."""

import contextlib
import fcntl
import socket
import sys
import termios

import trio

from tars.link.leeway import UnderWay

# Linux's numbers, which Python 3.11 does not name
_TCP_THIN_LINEAR_TIMEOUTS = 16
_TCP_RTO_MAX_MS = 44
_RTO_MAX_MS = 1000
# where Linux's struct tcp_info keeps the number of segments under way, and how much of it has to be read
_TCPI_UNACKED, _TCP_INFO_BYTES = 24, 28
# and, in newer ones, the shortest round trip of the last minutes, in microseconds
_TCPI_MIN_RTT, _LONG_TCP_INFO_BYTES = 148, 152

GONE_ADDRESS = "0.0.0.0"
"""Whose address cannot be learned any more must not count as a program on this machine."""


def tune(stream: trio.abc.Stream) -> None:
    """Make a stream over TCP quick to send and quick to recover from a blackout; leave any other alone.

    While packets are lost TCP doubles the time between its attempts, so that after a blackout of 2 s it may
    wait another 2 s before it tries again. With few packets under way it need not double (thin streams), and
    newer kernels (6.15) let a connection say how long is long enough: a second.
    """
    sock = raw_socket(stream)
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option, value in ((_TCP_THIN_LINEAR_TIMEOUTS, 1), (_TCP_RTO_MAX_MS, _RTO_MAX_MS)):
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def raw_socket(stream: trio.abc.Stream) -> trio.socket.SocketType | None:
    """The socket at the bottom of `stream`, where there is one."""
    if isinstance(stream, trio.SSLStream):
        stream = stream.transport_stream
    return stream.socket if isinstance(stream, trio.SocketStream) else None


def is_unread(sock: trio.socket.SocketType) -> bool:
    """Whether the peer's system has acknowledged all that TCP may send it: where more waits to be sent, the peer's
    program does not read. In a blackout something is always unacknowledged. False where the system cannot tell."""
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
    except (OSError, AttributeError):
        return False
    return len(info) == _TCP_INFO_BYTES and not int.from_bytes(info[_TCPI_UNACKED:], sys.byteorder)


def under_way(stream: trio.abc.Stream) -> UnderWay | None:
    """What TCP has still to bring to the peer; None where the system cannot tell, or there is no TCP."""
    sock = raw_socket(stream)
    if sock is None or sock.fileno() < 0:
        return None
    try:
        info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _LONG_TCP_INFO_BYTES)
        count = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))  # SIOCOUTQ, in the name for terminals
    except (OSError, AttributeError):
        return None
    if len(info) < _LONG_TCP_INFO_BYTES:
        return None
    quickest = int.from_bytes(info[_TCPI_MIN_RTT:], sys.byteorder) / 1e6
    return UnderWay(int.from_bytes(count, sys.byteorder), quickest)


def peer_name(stream: trio.abc.Stream) -> str:
    """`host:port` of the other end, for logs and for naming devices that do not name themselves."""
    sock = raw_socket(stream)
    if sock is None:
        return "memory"
    try:
        host, port, *_ = sock.getpeername()
    except OSError:  # gone already
        return "unknown"
    return join_address(_plain(host), port)


def client_address(stream: trio.abc.Stream) -> str | None:
    """The IP address of the other end; None where it has none, and a nobody's address where it is gone already."""
    sock = raw_socket(stream)
    if sock is None or sock.family == socket.AF_UNIX:
        return None
    try:
        host = sock.getpeername()[0]
    except OSError:
        return GONE_ADDRESS
    return _plain(host)


def _plain(host: str) -> str:
    """`host` as people know it: a socket for IPv6 that serves IPv4 as well shows 192.0.2.1 as ::ffff:192.0.2.1."""
    return host.removeprefix("::ffff:") if host.startswith("::ffff:") and "." in host else host


_TLS_HANDSHAKE = b"\x16"


async def begins_like_tls(stream: trio.SSLStream[trio.abc.Stream]) -> bool:
    """Whether the peer begins a TLS handshake, seen by its first byte, which stays where it is. True where one
    cannot look, or the peer has left: then the handshake finds out."""
    sock = raw_socket(stream)
    if sock is None:
        return True
    return await sock.recv(1, socket.MSG_PEEK) in (_TLS_HANDSHAKE, b"")


def may_write(stream: trio.abc.Stream) -> bool:
    """Whether plain bytes can be sent: not in the middle of a TLS handshake."""
    if not isinstance(stream, trio.SSLStream):
        return True
    try:
        stream.cipher()
    except trio.NeedHandshakeError:
        return False
    return True


def join_address(host: str, port: int) -> str:
    """`host:port`, with an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
