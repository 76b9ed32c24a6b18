"""Who may connect: where a token is set or a device is paired, only who has one; and no web page unasked.

Tokens are looked for, never device ids: one that nobody has costs the same whatever name comes with it. None is
ever in a log line or an error.
"""

import base64
import hmac
import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

import attrs

from tars.errors import UserError
from tars.link.forwarded import NO_PROXIES, IPNetwork, TrustedProxies
from tars.link.upgrade import FORBIDDEN, UNAUTHORISED, Refusal, UpgradeRequest
from tars.messages import Hello
from tars.server.findings import Finding
from tars.server.pairing import PairedDevices, digest_of
from tars.server.settings import ServerSettings
from tars.server.visitors import VisitorsBook, book_beside

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\sA-Z]+")
"""As browsers write it: in lower case, and with nothing after the host and port."""
LONGEST_ORIGIN = 200
"""Characters of a refused origin that are worth a place in the log."""
NOT_FROM_HERE = Refusal(
    FORBIDDEN,
    "it comes from beyond this machine, and no device is paired",
    "no device is paired with this server, so it serves programs on its own machine only",
)


@attrs.frozen
class Admission:
    """What let a peer in."""

    digest: bytes | None = attrs.field(default=None, repr=False)
    """Of its token; None where none is asked for."""
    device_id: str | None = None
    """The one device that the token is for; None where it is for any."""


class Unauthorised(Exception):
    """A peer that has not shown a token that lets it in; the words are for the log and for the peer."""


class Gatekeeper:
    """Knows the shared token, the paired devices' tokens, and the web pages that may connect.

    Without any token and any paired device everyone is let in, unless `required` says that tokens are asked for
    all the same. Once one has been asked for, the server goes on asking: the last device's `unpair` opens no door.
    """

    def __init__(
        self,
        token: str | None = None,
        paired: PairedDevices | None = None,
        *,
        allowed_origins: Collection[str] = (),
        required: bool = False,
        book: VisitorsBook | None = None,
        proxies: TrustedProxies = NO_PROXIES,
    ) -> None:
        self.proxies = proxies
        """Whose word about where a request comes from counts."""
        self._book = book
        self._shared = digest_of(token) if token is not None else None
        self._paired = paired
        self.on_renamed: Callable[[Mapping[str, str]], None] = lambda names: None
        """Called with the new name of each renamed device, by its former one."""
        if paired is not None:
            paired.on_renamed = self._rename
        self._allowed_origins = frozenset(allowed_origins)
        self._required = required or token is not None

    @property
    def required(self) -> bool:
        """Whether only those with a token come in."""
        if self._paired is not None:
            self._paired.refresh()
            self._required = self._required or len(self._paired) > 0
        return self._required

    @property
    def generation(self) -> int:
        """Rises when somebody who was let in might no longer be."""
        if self._paired is None:
            return 0
        self._paired.refresh()
        return self._paired.generation

    def authorise(self, request: UpgradeRequest) -> Refusal | None:
        """Why an upgrade request is refused, or None to let it in.

        A request without a token is let in, to bring it in its `hello`, as browsers have to.
        """
        origin = request.headers.get("origin")
        if origin is not None and origin not in self._allowed_origins:
            reason = f"origin {origin[:LONGEST_ORIGIN]!a} is not in allowed_origins"
            return Refusal(FORBIDDEN, reason, kind="origin")
        if not self.required:
            return None if request.client.local else NOT_FROM_HERE
        header = _authorisation(request)
        if header is not None and self._identify(_bearer(header)) is None and self._by_path(request) is None:
            return Refusal(UNAUTHORISED, "token wrong")
        return None

    def admit(self, request: UpgradeRequest, hello: Hello | None) -> Admission:
        """What lets a peer stay, with the token of its request or of its `hello`. Raises `Unauthorised`."""
        if not self.required:
            return Admission()
        header, in_hello = _authorisation(request), hello.token if hello else None
        admission = self._identify(_bearer(header)) or self._identify(in_hello) or self._by_path(request)
        if admission is None:
            in_path = hello is None and request.last_segment
            shown = header is not None or in_hello is not None or in_path
            raise Unauthorised("token wrong" if shown else "token missing")
        if hello is not None and not self._is_its_own(admission, hello.device_id):
            raise Unauthorised("the token is another device's")
        if self._book is not None and admission.device_id is not None:
            self._book.note(admission.device_id)
        return admission

    def _is_its_own(self, admission: Admission, name: str) -> bool:
        """Whether the token admits whoever says that name."""
        if admission.device_id is None or self._paired is None:
            return True
        return self._paired.answers_to(admission.device_id, name)

    def _rename(self, names: Mapping[str, str]) -> None:
        if self._book is not None:
            self._book.rename(names)
        self.on_renamed(names)

    async def keep_book(self, present: Callable[[], Iterable[Admission]]) -> None:
        """Write down who comes and who is `present`; until cancelled, where there is a book."""
        if self._book is not None and self._paired is not None:
            await self._book.keep(
                lambda: [each.device_id for each in present() if each.device_id is not None], self._paired.names
            )

    def holds(self, admission: Admission) -> bool:
        """Whether the peer would be let in now."""
        if admission.digest is None:
            return not self.required
        if admission.device_id is None or self._paired is None:
            return True  # the shared token: it stays for as long as the server runs
        return self._paired.digest(admission.device_id) == admission.digest

    def expects(self, admission: Admission) -> bool:
        """Whether the peer may come back: its device is paired, though perhaps anew; or it would be let in now."""
        if admission.device_id is None or self._paired is None:
            return self.holds(admission)
        self._paired.refresh()
        return self._paired.digest(admission.device_id) is not None

    def findings(self) -> Iterator[Finding]:
        """What keeps devices from being let in, or will."""
        if self.required and self._shared is None and not (self._paired is not None and len(self._paired)):
            yield Finding(
                "no device can connect, since none is paired: pair one with `tars-server pair DEVICE_ID`"
            )
        if self._paired is not None and (trouble := self._paired.trouble) is not None:
            yield Finding(f"no device can be paired or unpaired: {trouble}", minor=True)

    def last_seen(self) -> Iterator[tuple[str, datetime]]:
        """When each paired device was last here, of those that ever were."""
        if self._book is None or self._paired is None:
            return
        for device_id in self._paired.names():
            if (seen := self._book.last_seen(device_id)) is not None:
                yield device_id, seen

    def _identify(self, token: str | None) -> Admission | None:
        return None if token is None else self._holder(digest_of(token))

    def _holder(self, digest: bytes) -> Admission | None:
        device_id = self._paired.holder(digest) if self._paired is not None else None
        if self._shared is not None and hmac.compare_digest(digest, self._shared):
            return Admission(digest)
        return Admission(digest, device_id) if device_id is not None else None

    def _by_path(self, request: UpgradeRequest) -> Admission | None:
        """The older device whose address this is. No other token is good in a path, where proxies log it."""
        if self._paired is None or not request.last_segment:
            return None
        digest = digest_of(request.last_segment)
        device_id = self._paired.holder(digest, by_address=True)
        return Admission(digest, device_id) if device_id is not None else None


def make_gatekeeper(settings: ServerSettings, paired: PairedDevices, *, required: bool) -> Gatekeeper:
    """The gatekeeper that the settings describe. Raises `UserError` for those that could never let anyone in."""
    token = settings.token
    if token is not None and not (token and token.isascii() and token.isprintable() and " " not in token):
        raise UserError(
            "[server] token has to be plain ASCII without spaces; `tars-server make-token` makes a good one"
        )
    for origin in settings.allowed_origins:
        if origin != "null" and not _ORIGIN.fullmatch(origin):
            raise UserError(
                f"[server] allowed_origins: {origin!r} is no origin; write scheme://host or scheme://host:port"
            )
    return Gatekeeper(
        token,
        paired,
        allowed_origins=settings.allowed_origins,
        required=required,
        book=VisitorsBook(book_beside(settings.tokens_file)),
        proxies=read_proxies(settings.trusted_proxies),
    )


def read_proxies(settings: Iterable[str]) -> TrustedProxies:
    """The proxies that the settings name. Raises `UserError` for one that is no address and no network."""
    return TrustedProxies(tuple(_read_proxy(text) for text in settings))


def _read_proxy(text: str) -> IPNetwork:
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError as exc:
        why = "; it has host bits set" if "host bits" in str(exc) else ""
        raise UserError(
            f"[server] trusted_proxies: {text!r} is neither an IP address nor a network{why}; write the proxy's"
            ' own address, such as "127.0.0.1", or a network, such as "10.0.0.0/8"'
        ) from None
    if not network.prefixlen:
        raise UserError(
            f"[server] trusted_proxies: {text!r} would believe everybody's word about where they are; name the"
            " proxy's own address"
        )
    return network


def _authorisation(request: UpgradeRequest) -> str | None:
    """The request's `Authorization` header, if it is for this server: a user and a password (RFC 7617) are for a
    proxy on the way, which may pass them on."""
    header = request.headers.get("authorization")
    scheme, _, credentials = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return header
    try:
        user = base64.b64decode(credentials.strip(), validate=True).decode()
    except ValueError:
        return header
    return None if ":" in user and user.isprintable() else header


def _bearer(header: str | None) -> str | None:
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
