"""HTTP heads, and what people may read below them, off a stream."""

import re

import trio

from tars.link.errors import LinkLost
from tars.link.http_answers import HTTP2_ONLY, speaks_http2
from tars.link.http_head import AN_ANSWER, MAX_HEAD, NoHttp, end_of_head
from tars.link.source import Source

REMARK_TIMEOUT = 1.0
"""Seconds for the body of an answer that is no upgrade: it comes with its head, or is not worth the wait."""
TELLING_BYTES = 16
"""Bytes of a head after which its shape has to show."""


async def read_head(source: Source, shape: bytes) -> tuple[bytes, bytes]:
    """Read an HTTP head that begins like the regular expression `shape`. Return the head, and what came after it.

    Raises `NoHttp` for anything else, a head of more than `MAX_HEAD` bytes too; `LinkLost` when the peer leaves.
    """
    head = b""
    looked_at = 0
    while (end := end_of_head(head, looked_at)) < 0:
        if shape is AN_ANSWER and speaks_http2(head):
            raise NoHttp(f"the peer {HTTP2_ONLY}")
        if len(head) > TELLING_BYTES and not re.match(shape, head):
            raise NoHttp("the peer does not speak HTTP")
        if len(head) > MAX_HEAD:
            break
        looked_at = len(head)
        data = await source.receive()
        if not data:
            raise LinkLost(f"{source.broken} during the upgrade")
        head += data
    if not 0 < end <= MAX_HEAD:
        raise NoHttp(f"its head is longer than {MAX_HEAD} bytes")
    return head[:end], head[end:]


async def read_first_line(source: Source, begun: bytes, length: int) -> str:
    """Return the first line of a text of `length` bytes that has `begun` already, as far as it comes in time."""
    with trio.move_on_after(REMARK_TIMEOUT):
        while len(begun) < length and (data := await source.receive()):
            begun += data
    return begun[:length].decode(errors="replace").strip().partition("\n")[0].strip()
