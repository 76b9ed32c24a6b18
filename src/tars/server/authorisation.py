"""Who may connect: nobody without the token, where there is one."""

import hmac
from collections.abc import Mapping

UNAUTHORISED = 401


class Gatekeeper:
    """Compares tokens, in a time that says nothing about how much of them is right."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def authorise(self, headers: Mapping[str, str]) -> int | None:
        """The HTTP status that refuses an upgrade request, or None to let it in.

        A request without the header is let in, to bring the token in its `hello`, as browsers have to.
        """
        header = headers.get("authorization")
        if self._token is None or header is None or self._is_bearer(header):
            return None
        return UNAUTHORISED

    def admits(self, headers: Mapping[str, str], hello_token: str | None) -> bool:
        """Whether a peer that was let in may stay, with the token of its `hello`."""
        if self._token is None or self._is_bearer(headers.get("authorization", "")):
            return True
        return hello_token is not None and self._matches(hello_token)

    def _is_bearer(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        return scheme.lower() == "bearer" and self._matches(token.strip())

    def _matches(self, token: str) -> bool:
        assert self._token is not None
        return hmac.compare_digest(token.encode(), self._token.encode())
