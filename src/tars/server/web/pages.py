"""The pages: how the server is (`/healthz`), and what it has counted (`/metrics`)."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trio

from tars.link.forwarded import NO_PROXIES, TrustedProxies
from tars.server.web.http import Page, Request
from tars.server.web.overview import Overview

if TYPE_CHECKING:
    from tars.server.web.exposition import Exposition

INDEX = "This is the web port of a TARS server: /healthz says how it is, /metrics what it has counted"
NOT_FROM_HERE = b"these pages are for programs on the server's own machine, while [server] token is not set\n"


class Pages:
    """Answers requests about a server: those from this machine, and with a token those that bring it. Unless they
    are `free_here`, the latter only."""

    def __init__(
        self,
        overview: Overview,
        token: str | None,
        *,
        free_here: bool = False,
        proxies: TrustedProxies = NO_PROXIES,
    ) -> None:
        self._overview = overview
        self._token = token
        self._free_here = free_here or token is None
        self._proxies = proxies
        self._exposition: Exposition | None = None

    async def answer(self, request: Request) -> Page:
        """The page that was asked for."""
        if "websocket" in request.headers.get("upgrade", "").lower():  # a device, and no token is for these pages
            return Page(
                f"This is the web port of a TARS server: {_devices(self._overview)}\n".encode(), status=404
            )
        if not self._may_see(request):
            if self._token is None:
                return Page(NOT_FROM_HERE, status=403)
            return Page(b"the token is missing or wrong\n", status=401, headers=(("WWW-Authenticate", "Bearer"),))
        match request.path:
            case "/healthz":
                return self._health()
            case "/metrics":
                return await self._metrics(request)
            case "/":
                return Page(f"{INDEX}; {_devices(self._overview)}\n".encode())
        return Page(b"there is no such page\n", status=404)

    def _may_see(self, request: Request) -> bool:
        client = self._proxies.client(request.address, "", request.headers)
        if client.local and self._free_here:
            return True
        if self._token is None:
            return False
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token.encode())

    def _health(self) -> Page:
        overview, health = self._overview, self._overview.health()
        body = {
            "status": health.status.value,
            "problems": health.problems,
            "warnings": health.warnings,
            "version": overview.version,
            "uptime_s": round(overview.uptime, 1),
            "links": overview.links,
            "sessions": overview.sessions,
            "workers": {pool.name: {"ready": pool.ready, "wanted": pool.wanted} for pool in overview.workers()},
        }
        return Page(json.dumps(body).encode() + b"\n", "application/json", status=health.http_status)

    async def _metrics(self, request: Request) -> Page:
        if self._exposition is None:
            make = await trio.to_thread.run_sync(_load)
            self._exposition = make(self._overview)
        return self._exposition.page(request.headers.get("accept", ""))


def _devices(overview: Overview) -> str:
    """Where devices connect, in one clause."""
    place = urlsplit(overview.url)
    return f"devices connect to port {place.port}, {place.scheme}://HOST:{place.port}/"


def _load() -> type[Exposition]:
    """Import what only a scraper needs, in a thread: nobody's link waits for it."""
    from tars.server.web.exposition import Exposition

    return Exposition
