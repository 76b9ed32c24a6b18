"""The web port: its sockets, who may reach them, and its life."""

import errno
import ipaddress

import attrs
import trio
from structlog import get_logger

from tars.errors import UserError
from tars.link.sockets import join_address
from tars.server.listening import error_numbers
from tars.server.settings import WebSettings
from tars.server.web.http import Listeners, serve_pages
from tars.server.web.overview import Overview
from tars.server.web.pages import Pages

log = get_logger()


@attrs.frozen
class WebPort:
    """A port that is open; clients wait until it is served."""

    listeners: Listeners
    url: str
    token: str | None
    """What the pages ask for: nothing where only this machine reaches them."""

    async def serve(self, overview: Overview) -> None:
        """Show the pages about `overview`, until cancelled."""
        log.info("web_listening", url=self.url)
        await serve_pages(self.listeners, Pages(overview, self.token).answer)


async def open_web_port(settings: WebSettings, token: str | None) -> WebPort | None:
    """Listen, if that is wanted; `token` is the server's.

    Raises `UserError`: the port is taken, the address is not here, or others could look in without a token.
    """
    if not settings.enabled:
        return None
    listeners = await _listen(settings)
    url = f"http://{join_address(settings.host, listeners[0].socket.getsockname()[1])}/"
    if all(ipaddress.ip_address(listener.socket.getsockname()[0]).is_loopback for listener in listeners):
        return WebPort(listeners, url, None)
    if token is None:
        for listener in listeners:
            listener.socket.close()
        raise UserError(
            f"refusing to serve [web] on {settings.host} without a token, since everyone on the network could look"
            " in: set `token` under [server], or [web] host to 127.0.0.1"
        )
    return WebPort(listeners, url, token)


async def _listen(settings: WebSettings) -> Listeners:
    where = f"[web] port {settings.port} of {settings.host}"
    try:
        return await trio.open_tcp_listeners(settings.port, host=settings.host)
    except OSError as exc:
        if errno.EADDRINUSE in error_numbers(exc):
            raise UserError(
                f"{where} is in use, perhaps by another tars-server: choose another (0 picks a free one), or"
                " switch the web port off with --no-web"
            ) from None
        raise UserError(f"cannot listen on {where}: {exc.strerror or exc}; check [web] host and port") from None
