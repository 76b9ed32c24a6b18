"""The address of a server: what a person may write, and where it points. No I/O."""

import base64
import ipaddress
import re
from urllib.parse import SplitResult, unquote, urlsplit

import attrs

from tars.link.sockets import join_address

DEFAULT_PORT = 7456
"""The port of an address that names none, with TLS and without."""
MAX_HOST_LENGTH = 253
"""Characters of a host name (RFC 1035, 2.3.4, without the lengths and the root that stand on the wire)."""
_BRACKETS = "an IPv6 address, and nothing else, stands in brackets, such as ws://[fe80::1]:7456/"
_AUTHORITY = re.compile(r"(?P<scheme>(?:[A-Za-z]+:)?/*)(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_EXAMPLE = "write for example ws://HOST:7456/"
MAX_SHOWN = 120
"""Characters of a refused address that an error quotes."""


@attrs.frozen
class ServerAddress:
    """Where a `ws://` or `wss://` address points, and what it says about the one who dials."""

    host: str
    """An IP address without brackets, with its zone (`fe80::1%eth0`), or a name in ASCII."""
    port: int
    resource: str
    """The path and the query."""
    secure: bool
    credentials: str | None = attrs.field(default=None, repr=False)
    """`USER:PASSWORD`, for a proxy before the server; None where the address has no user."""

    @property
    def address(self) -> str:
        """`host:port`, for people."""
        return join_address(self.host, self.port)

    @property
    def host_header(self) -> str:
        """`host:port` as the peer is to read it: a zone means nothing beyond this machine (RFC 6874, 1)."""
        return join_address(self.name, self.port)

    @property
    def name(self) -> str:
        """The host without a zone: what a certificate is for."""
        return self.host.partition("%")[0]

    @property
    def shown(self) -> str:
        """The address for logs. A path may be a token, and a user has a password: neither is in it."""
        path = "" if self.resource == "/" else "..."
        return f"{'wss' if self.secure else 'ws'}://{self.address}/{path}"

    @property
    def basic_authorisation(self) -> bytes | None:
        """The value of an `Authorization` header with the credentials (RFC 7617); None without any."""
        if self.credentials is None:
            return None
        return b"Basic " + base64.b64encode(self.credentials.encode())


def parse_server_address(text: str) -> ServerAddress:
    """Read an address such as `ws://HOST:7456/`; blanks around it do not count.

    Raises `ValueError` with a sentence for any other text. The sentence never quotes a password.
    """
    url = text.strip()
    shown = ascii(_without_secrets(url)[:MAX_SHOWN])
    if not url.lower().startswith(("ws://", "wss://")):
        raise ValueError(f"{shown} is not the address of a server: it has to begin with ws:// or wss://")
    if "#" in url or "@" in url.partition("://")[2].lstrip("/").replace("?", "/").partition("/")[2]:
        raise ValueError(f"{shown}: in a user or a password write %2F, %3F, %23 and %40 for / ? # and @")
    try:
        parts = urlsplit(url)
    except ValueError:  # what it says may quote a password
        raise ValueError(f"{shown}: {_BRACKETS}") from None
    return ServerAddress(
        host=_host(parts, shown),
        port=_port(parts, shown),
        resource=_resource(url, parts, shown),
        secure=parts.scheme == "wss",
        credentials=_credentials(parts, shown),
    )


def _without_secrets(url: str) -> str:
    """`url`, whatever it is, without a user before an @, and without a path: either may be a secret."""
    before, at, after = url.rpartition("@")
    if not at:
        after = url
    elif before.lower().startswith(("ws:", "wss:")):
        after = f"{before.partition(':')[0]}://...@{after}"
    else:
        after = f"...@{after}"
    found = _AUTHORITY.fullmatch(after)
    assert found is not None  # it fits any text
    rest = found["rest"]
    return found["scheme"] + found["authority"] + (rest if rest in ("", "/") else "/...")


def shown_address(server: str) -> str:
    """The address `server` for a terminal or a log: without a password, and without a path."""
    try:
        return parse_server_address(server).shown
    except ValueError:  # told elsewhere
        return "another address"


def _port(parts: SplitResult, shown: str) -> int:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(
            f"{shown}: a port is a number from 1 to 65535; leave it out, and {DEFAULT_PORT} is dialled"
        )
    return DEFAULT_PORT if port is None else port


def _host(parts: SplitResult, shown: str) -> str:
    host = parts.hostname
    where = parts.netloc.rpartition("@")[2]
    if where.startswith("["):
        return _ipv6(host or "", shown)
    if where.count(":") > 1:
        raise ValueError(f"{shown}: {_BRACKETS}")
    if not host:
        raise ValueError(f"{shown} names no host; {_EXAMPLE}")
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    labels = name.removesuffix(".").split(".")
    if len(name) > MAX_HOST_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(
            f"{shown}: {host[:MAX_SHOWN]!a} can be no host's name; between its dots stand 1 to 63 of a-z 0-9 - and"
            " no blank"
        )
    return name


def _ipv6(host: str, shown: str) -> str:
    address, _, zone = host.partition("%")
    try:
        plain = str(ipaddress.IPv6Address(address))
    except ValueError:
        raise ValueError(f"{shown}: {_BRACKETS}") from None
    zone = zone.removeprefix("25")  # as RFC 6874 writes it in a URL: [fe80::1%25eth0]
    return f"{plain}%{zone}" if zone else plain


def _resource(url: str, parts: SplitResult, shown: str) -> str:
    resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # urlsplit drops tabs and line ends without a word
    if not (resource.isascii() and url.isprintable()) or " " in resource:
        raise ValueError(f"{shown} holds characters that no URL may hold")
    return resource


def _credentials(parts: SplitResult, shown: str) -> str | None:
    if parts.username is None:
        return None
    user, password = unquote(parts.username), unquote(parts.password or "")
    if ":" in user or not (user + password).isprintable():
        raise ValueError(f"{shown}: the user holds a colon, or the password what cannot be printed")
    return f"{user}:{password}"
