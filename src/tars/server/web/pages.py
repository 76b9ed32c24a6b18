"""The pages: how the server is (`/healthz`), and what it has counted (`/metrics`)."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

import trio

from tars.server.web.http import Page, Request
from tars.server.web.overview import Overview

if TYPE_CHECKING:
    from tars.server.web.exposition import Exposition

INDEX = b"This is a TARS server. /healthz says how it is, /metrics what it has counted.\n"


class Pages:
    """Answers requests about a server; with a token, only those that bring it."""

    def __init__(self, overview: Overview, token: str | None) -> None:
        self._overview = overview
        self._token = token
        self._exposition: Exposition | None = None

    async def answer(self, request: Request) -> Page:
        """The page that was asked for."""
        if not self._may_see(request):
            return Page(b"the token is missing or wrong\n", status=401, headers=(("WWW-Authenticate", "Bearer"),))
        match request.path:
            case "/healthz":
                return self._health()
            case "/metrics":
                return await self._metrics(request)
            case "/":
                return Page(INDEX)
        return Page(b"there is no such page\n", status=404)

    def _may_see(self, request: Request) -> bool:
        if self._token is None:
            return True
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token.encode())

    def _health(self) -> Page:
        overview, health = self._overview, self._overview.health()
        body = {
            "status": health.status.value,
            "problems": health.problems,
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


def _load() -> type[Exposition]:
    """Import what only a scraper needs, in a thread: nobody's link waits for it."""
    from tars.server.web.exposition import Exposition

    return Exposition
