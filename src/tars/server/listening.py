"""The sockets the server listens on, and who may reach them."""

import errno
import ipaddress
import ssl

import trio

from tars.errors import UserError
from tars.server.settings import ServerSettings

Listeners = list[trio.abc.Listener[trio.abc.Stream]]


async def open_listeners(settings: ServerSettings) -> tuple[Listeners, str]:
    """Listen, and say at which URL. Raises `UserError`: the port is taken, the address is not here, no token."""
    context = _tls(settings)
    where = f"{settings.host} port {settings.port}"
    try:
        sockets = await trio.open_tcp_listeners(settings.port, host=settings.host)
    except OSError as exc:
        if any(number == errno.EADDRINUSE for number in _numbers(exc)):
            raise UserError(
                f"{where} is in use: another tars-server may be running; stop it, or choose another with --port"
            ) from None
        raise UserError(f"cannot listen on {where}: {exc.strerror or exc}; check --host and --port") from None
    try:
        if settings.token is None:
            for listener in sockets:
                _check_loopback(listener.socket.getsockname()[0], settings.host)
    except UserError:
        for listener in sockets:
            listener.socket.close()
        raise
    port = sockets[0].socket.getsockname()[1]
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    if context is None:
        return list(sockets), f"ws://{host}:{port}/"
    return [
        trio.SSLListener(listener, context, https_compatible=True) for listener in sockets
    ], f"wss://{host}:{port}/"


def _check_loopback(address: str, host: str) -> None:
    if not ipaddress.ip_address(address).is_loopback:
        raise UserError(
            f"refusing to listen on {host} without a token, since everyone on the network could use it: make one"
            " with `tars-server make-token`, and set it as `token` under [server] or as TARS_SERVER_TOKEN"
        )


def _tls(settings: ServerSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise UserError("[server] tls_cert and tls_key go together: set both, or neither")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except FileNotFoundError:
        missing = settings.tls_key if settings.tls_cert.exists() else settings.tls_cert
        raise UserError(f"{missing}: there is no such file; check [server] tls_cert and tls_key") from None
    except (OSError, ssl.SSLError) as exc:
        raise UserError(f"[server] tls_cert and tls_key cannot be used: {exc.strerror or exc}") from None
    return context


def _numbers(exc: BaseException) -> list[int | None]:
    """The errno of `exc` and of what it was raised from: trio gathers one error per address."""
    numbers = [exc.errno] if isinstance(exc, OSError) else []
    if isinstance(exc, BaseExceptionGroup):
        numbers += [number for inner in exc.exceptions for number in _numbers(inner)]
    if exc.__cause__ is not None:
        numbers += _numbers(exc.__cause__)
    return numbers
