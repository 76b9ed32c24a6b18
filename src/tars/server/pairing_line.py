"""The line that makes a device one of this server's, when it is pasted there.

It holds everything that the device has to know: the address, the token and, where the server's certificate comes
from an authority of its own, that authority's certificate. Nothing is fetched over a link not yet trusted, nobody
has to compare anything, and it works while the server does not run.
"""

import base64
import shlex
from typing import TypeGuard

from tars.errors import UserError
from tars.link.server_address import parse_server_address
from tars.link.sockets import join_address
from tars.server.addresses import address_in_the_house, as_address, host_name, listening_host
from tars.server.certificates import ServedCertificate, read_served
from tars.server.settings import ServerSettings


def pairing_line(settings: ServerSettings, device_id: str, token: str, address: str | None = None) -> str:
    """The line for the device; `address` is where it finds the server, in place of what is found out here.

    Raises `UserError` where no device can find the server.
    """
    served = _certificate(settings, address)
    url = server_url(settings, served, address)
    named = [f"--device-id={device_id}"] if device_id.startswith("-") else ["--device-id", device_id]
    words = ["tars-pi", "pair", url, token, *named]
    if served is not None and served.authority is not None:
        words += ["--ca", base64.urlsafe_b64encode(served.authority).decode().rstrip("=")]
    return shlex.join(words)


def legacy_address(settings: ServerSettings, token: str, address: str | None = None) -> str:
    """The address with the token in its path, for an older client, which has no other setting. Raises `UserError`
    where no device can find the server."""
    return server_url(settings, _certificate(settings, address), address) + token


def _certificate(settings: ServerSettings, address: str | None) -> ServedCertificate | None:
    """What devices see that dial `address`; None without TLS, and where a proxy has a certificate of its own."""
    if settings.tls_cert is None or _is_url(address):
        return None
    return read_served(settings.tls_cert)


def _is_url(address: str | None) -> TypeGuard[str]:
    return address is not None and "://" in address


def server_url(settings: ServerSettings, served: ServedCertificate | None, address: str | None) -> str:
    """Where devices dial; a whole address is that of a proxy before the server. Raises `UserError`."""
    if _is_url(address):
        try:
            proxy = parse_server_address(address)
        except ValueError as exc:
            raise UserError(f"--address: {exc}") from None
        if "?" in proxy.resource:
            raise UserError("--address: no token has its place behind a ?; leave out what stands there")
        return address.strip().rstrip("/") + "/"
    if settings.port == 0:
        raise UserError("with port 0 the server is found elsewhere every time; set a port under [server]")
    host = _host(listening_host(settings.host, "server"), served) if address is None else host_name(address)
    if host is None:
        raise UserError(
            f"--address {address!r} is neither the name of a host nor an address; the port is [server] port"
        )
    if served is not None and not served.vouches_for(host):
        raise UserError(
            f"the certificate does not have the name {host}; give it that by `tars-server make-certificate --host"
            f" {host}`, or name one that it has: {', '.join(served.names)}"
        )
    scheme = "ws" if served is None else "wss"
    return f"{scheme}://{join_address(host, settings.port)}/"


def _host(bound: str, served: ServedCertificate | None) -> str:
    """What to dial a server that is bound to `bound`: a name that its certificate has."""
    everywhere = (bound_to := as_address(bound)) is not None and bound_to.is_unspecified
    host = address_in_the_house() if everywhere else bound
    if bound == "0.0.0.0" and host is not None and ":" in host:
        host = None  # an IPv6 address, and the server listens on those of IPv4
    if served is None or (host is not None and served.vouches_for(host)):
        if host is None:
            raise UserError("this machine has no address that others could dial; name one with --address")
        return host
    for name in served.names:
        present = as_address(name)
        if name != "localhost" and (present is None or not present.is_loopback):
            return name
    raise UserError("the certificate has no name by which others could dial; name one with --address")
