"""The web port: its sockets, who may reach them, and its life."""

import errno

import attrs
from structlog import get_logger

from tars.errors import UserError
from tars.link.forwarded import NO_PROXIES, TrustedProxies
from tars.link.sockets import join_address
from tars.server.addresses import listening_host
from tars.server.listening import for_this_machine
from tars.server.settings import WebSettings
from tars.server.sockets import open_sockets
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
    """What the pages ask for."""
    free_here: bool = False
    """Whether they ask programs on this machine for nothing: where others reach them through proxies at most."""
    proxies: TrustedProxies = NO_PROXIES
    """Whose word about where a request comes from counts."""

    async def serve(self, overview: Overview) -> None:
        """Show the pages about `overview`, until cancelled."""
        log.info("web_listening", url=self.url)
        pages = Pages(overview, self.token, free_here=self.free_here, proxies=self.proxies)
        await serve_pages(self.listeners, pages.answer)


async def open_web_port(
    settings: WebSettings, token: str | None, proxies: TrustedProxies = NO_PROXIES
) -> WebPort | None:
    """Listen, if that is wanted; `token` and `proxies` are the server's.

    Raises `UserError`: the port is taken, the address is not here, or others could look in without a token.
    """
    if not settings.enabled:
        return None
    listeners = await _listen(settings)
    url = f"http://{join_address(listening_host(settings.host, 'web'), listeners[0].socket.getsockname()[1])}/"
    if for_this_machine(listeners):
        return WebPort(listeners, url, token, free_here=True, proxies=proxies)
    if token is None:
        for listener in listeners:
            listener.socket.close()
        raise UserError(
            f"refusing to serve [web] on {settings.host} without a token, since everyone on the network could look"
            " in: set `token` under [server], or [web] host to 127.0.0.1"
        )
    return WebPort(listeners, url, token, proxies=proxies)


async def _listen(settings: WebSettings) -> Listeners:
    where = f"[web] port {settings.port} of {settings.host}"
    try:
        return await open_sockets(settings.host, settings.port, "web")
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise UserError(
                f"{where} is in use, perhaps by another tars-server: choose another (0 picks a free one), or"
                " switch the web port off with --no-web"
            ) from None
        raise UserError(f"cannot listen on {where}: {exc.strerror or exc}; check [web] host and port") from None
