"""The sockets the server listens on, and who may reach them."""

import errno
import os
import ssl
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import trio
from structlog import get_logger

from tars.errors import UserError
from tars.files import open_regular
from tars.link.door import plain_address
from tars.link.sockets import join_address
from tars.server.addresses import listening_host
from tars.server.settings import ServerSettings
from tars.server.sockets import open_sockets

log = get_logger()


@attrs.frozen(eq=False)
class Listening:
    """Open sockets."""

    listeners: list[trio.abc.Listener[trio.abc.Stream]]
    url: str
    """Where they are."""
    beyond_this_machine: bool
    """Whether others than this machine's programs reach them."""
    context: ssl.SSLContext | None
    """Of their TLS."""

    @property
    def port(self) -> int:
        """The TCP port of all of them."""
        return urlsplit(self.url).port or 0


async def open_listeners(settings: ServerSettings, *, guarded: bool) -> Listening:
    """Listen, and say at which URL. `guarded`: there is a token, or a paired device.

    Raises `UserError`: the port is taken, the address is not here, unguarded where others reach it.
    """
    context = make_context(settings.tls_cert, settings.tls_key)
    where = f"{settings.host} port {settings.port}"
    try:
        sockets = await open_sockets(settings.host, settings.port, "server")
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise UserError(
                f"{where} is in use: another tars-server may be running; stop it, or choose another with --port"
            ) from None
        raise UserError(f"cannot listen on {where}: {exc.strerror or exc}; check --host and --port") from None
    beyond = not for_this_machine(sockets)
    if beyond and not guarded:
        for listener in sockets:
            listener.socket.close()
        raise UserError(
            f"refusing to listen on {settings.host} with no device paired and no token set, since everyone on the"
            " network could use it: pair each device with `tars-server pair DEVICE_ID`, or set one token for all"
            " (see `tars-server make-token`)"
        )
    port = sockets[0].socket.getsockname()[1]
    address = join_address(listening_host(settings.host, "server"), port)
    if context is None:
        return Listening(list(sockets), f"ws://{address}/", beyond, None)
    secure = [trio.SSLListener(listener, context, https_compatible=True) for listener in sockets]
    return Listening(list(secure), f"wss://{address}/", beyond, context)


def tell_if_alone(settings: ServerSettings, listening: Listening, *, guarded: bool) -> None:
    """Say so where no other machine can reach the server, and what to do if one should."""
    if not guarded:
        log.info(
            "loopback_only",
            hint="no device is paired: only programs on this machine can connect;"
            " `tars-server pair DEVICE_ID` pairs one",
        )
    elif not (listening.beyond_this_machine or settings.trusted_proxies):
        log.info(
            "loopback_only",
            hint="only programs on this machine can connect; for others set `host` under [server] to 0.0.0.0",
        )


def make_context(tls_cert: Path | None, tls_key: Path | None) -> ssl.SSLContext | None:
    """The server's side of TLS, with the certificate; None without one. Raises `UserError`."""
    if tls_cert is None and tls_key is None:
        return None
    if tls_cert is None or tls_key is None:
        raise UserError("[server] tls_cert and tls_key go together: set both, or neither")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)

    def passphrase() -> str:  # asked for where the key has one; OpenSSL itself would ask on the terminal, and wait
        raise UserError(f"{tls_key}: the key has a passphrase, which a server cannot type; keep it without one")

    try:
        for path in (tls_cert, tls_key):
            os.close(open_regular(path))  # a pipe could be read once, and a renewal reads them again
        context.load_cert_chain(tls_cert, tls_key, passphrase)
    except FileNotFoundError:
        missing = tls_key if tls_cert.exists() else tls_cert
        raise UserError(f"{missing}: there is no such file; check [server] tls_cert and tls_key") from None
    except ssl.SSLError as exc:  # all that OpenSSL says of most mistakes is "PEM lib"
        if exc.reason == "KEY_VALUES_MISMATCH":
            raise UserError(
                f"{tls_key} is not the key of {tls_cert}; check [server] tls_cert and tls_key"
            ) from None
        raise UserError(
            f"{tls_cert} and {tls_key} cannot be used: a certificate with its chain, and its key, both PEM, belong"
            " there; check [server] tls_cert and tls_key"
        ) from None
    except OSError as exc:
        raise UserError(f"[server] tls_cert and tls_key cannot be used: {exc.strerror}") from None
    return context


def for_this_machine(listeners: Sequence[trio.SocketListener]) -> bool:
    """Whether programs on this machine alone reach these sockets."""
    return all(plain_address(listener.socket.getsockname()[0]).is_loopback for listener in listeners)
