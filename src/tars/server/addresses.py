"""What this machine is called, and where the others find it."""

import fcntl
import ipaddress
import re
import socket
import struct
from pathlib import Path

from tars.errors import UserError
from tars.link.door import IPAddress, plain_address

_NAME = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*")
_SIOCGIFADDR = 0x8915
_IF_INET6 = Path("/proc/net/if_inet6")
_TEMPORARY = 0x01
"""Flag of an IPv6 address that is given up within days, for privacy."""
_ELSEWHERE = ("192.0.2.1", 9)
"""An address that belongs to nobody (RFC 5737). Nothing is sent there: only the way there is asked for."""


def own_names() -> list[str]:
    """The host's name, and that which multicast DNS knows it by."""
    name = socket.gethostname().partition(".")[0].lower()
    return [name, f"{name}.local"] if name and name != "localhost" else []


def own_addresses() -> list[IPAddress]:
    """The addresses at which other machines reach this one, IPv4 first."""
    found = [*_ipv4(), *_ipv6()]
    return [each for each in dict.fromkeys(found) if not (each.is_loopback or each.is_link_local)]


def address_in_the_house() -> str | None:
    """The address by which this machine goes out; None where it is in no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:
            addresses = own_addresses()
            return str(addresses[0]) if addresses else None
        address: str = probe.getsockname()[0]
        return address


def as_address(text: str) -> IPAddress | None:
    """The IP address that `text` is; None for a name."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def listening_host(text: str, table: str) -> str:
    """The name or address to listen on that the setting `host` in `table` means; an IPv6 address may stand in
    brackets, as in a URL. Raises `UserError` for what is none."""
    host = text.strip()
    if host.startswith("[") and host.endswith("]") and ":" in host:
        host = host[1:-1]
    if host and host != "*":
        return host
    raise UserError(
        f"[{table}] host {text!r} is no address: write 127.0.0.1 for this machine alone, 0.0.0.0 for all of its"
        " IPv4 addresses, or :: for those of IPv6 as well"
    )


def reaches_this_machine_alone(host: str) -> bool:
    """Whether all addresses of `host` are for programs on this machine only. It may ask a name server; what cannot
    be resolved is taken for an address that others reach."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    return all(plain_address(str(place[0])).is_loopback for *_, place in found)


def host_name(text: str) -> str | None:
    """`text` as a host is dialled: an IP address, or a name in lower case; None where it is neither."""
    if (address := as_address(text)) is not None:
        return str(address)
    name = text.lower().rstrip(".")
    return name if _NAME.fullmatch(name) else None


def _ipv4() -> list[IPAddress]:
    found: list[IPAddress] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(sock, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:  # it has none
                continue
            found.append(ipaddress.IPv4Address(answer[20:24]))
    return found


def _ipv6() -> list[IPAddress]:
    try:
        lines = _IF_INET6.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    rows = [line.split() for line in lines]
    return [ipaddress.IPv6Address(bytes.fromhex(row[0])) for row in rows if not int(row[4], 16) & _TEMPORARY]
