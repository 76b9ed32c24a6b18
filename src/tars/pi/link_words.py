"""Why a link was refused or ended, in words for the person who can mend it."""

from tars.link import LinkLost
from tars.messages import CloseCode

_TOKEN = "the server does not accept this device's token; pair it, or check `token` and `device_id`"

PLAIN_WORDS: dict[int, str] = {
    401: _TOKEN,
    403: "the server refuses this device (HTTP 403)",
    CloseCode.UNAUTHORISED: _TOKEN,
    CloseCode.TAKEN_OVER: "another device with the same device id took over; give each device its own",
    CloseCode.TRY_LATER: "the server has as many links as it allows",
    CloseCode.POLICY: "the server says that this device breaks the protocol",
    CloseCode.TOO_BIG: "the server says that this device sent too large a frame",
}
"""By close code or HTTP status."""


def in_plain_words(lost: LinkLost) -> LinkLost:
    """The same loss; where its code has a meaning of its own, with that as its reason."""
    words = PLAIN_WORDS.get(lost.code) if lost.code is not None and not lost.explained else None
    if words is None or words == lost.reason:
        return lost
    return LinkLost(words, code=lost.code, patience=lost.patience, retry_after=lost.retry_after)
