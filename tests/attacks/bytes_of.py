"""Bytes that peers might send: frames and heads, right, half right and wrong, cut anywhere."""

import random

from hypothesis import strategies as st

from tests.attacks.raw import KEY, UPGRADE, frame, header

PAYLOADS = st.one_of(
    st.binary(max_size=40),
    st.text(max_size=20).map(str.encode),
    st.sampled_from([0, 1, 124, 125, 126, 127, 700, 3000]).map(bytes),
    st.sampled_from(
        [b"\xff\xfe", "ü".encode()[:1], b'{"type":"x"}', b"\x03\xe8", b"\x03\xe8bye", b"\x03", b"\0\0"]
    ),
)


def frames(*, masked: bool) -> st.SearchStrategy[bytes]:
    """A row of frames that are right, then maybe something that is not; rarely with bytes changed."""
    said = st.builds(lambda payload: frame(1, payload.encode(), masked=masked), st.text(max_size=20))
    sizes = st.sampled_from([0, 1, 124, 125, 126, 127, 700])
    heard = st.builds(lambda size: frame(2, bytes(size), masked=masked), sizes)
    asked = st.builds(
        lambda opcode, payload: frame(opcode, payload, masked=masked),
        st.sampled_from([9, 10]),
        st.binary(max_size=40),
    )
    fragments = st.builds(
        lambda opcode, sizes, between: _in_fragments(opcode, sizes, between, masked=masked),
        st.sampled_from([1, 2]),
        st.lists(st.sampled_from([0, 1, 100, 500]), min_size=2, max_size=6),
        st.one_of(st.just(b""), asked, said),
    )
    rows = st.lists(st.one_of(said, heard, asked, fragments), max_size=6)
    ends = st.one_of(st.just(b""), st.binary(max_size=30), _wrong(masked=masked))
    whole = st.builds(
        lambda row, end, after: b"".join(row) + end + after, rows, ends, st.one_of(st.just(b""), said)
    )
    return st.one_of(whole, whole, whole.flatmap(mutated))


def _wrong(*, masked: bool) -> st.SearchStrategy[bytes]:
    """One frame with something wrong about it, most of the time."""
    odd = st.builds(
        lambda opcode, payload, final, reserved: frame(
            opcode, payload, final=final, masked=masked, reserved=reserved
        ),
        st.integers(0, 15),
        PAYLOADS,
        st.booleans(),
        st.sampled_from([0, 0, 0, 0, 1, 2, 4, 7]),
    )
    text = st.builds(lambda payload: frame(1, payload, masked=masked), PAYLOADS)
    wrong_side = st.builds(lambda payload: frame(2, payload, masked=not masked), PAYLOADS)
    wasteful = st.builds(
        lambda first, size, length: header(first, size, masked=masked, length=length) + bytes(size),
        st.sampled_from([0x81, 0x82]),
        st.sampled_from([0, 5, 125, 126, 700]),
        st.sampled_from([2, 8]),
    )
    claim = st.builds(
        lambda first, claimed: header(first, claimed, masked=masked),
        st.one_of(st.integers(0, 255), st.sampled_from([0x81, 0x82])),
        st.sampled_from([125, 126, 65_535, 65_536, 65_537, 2**31, 2**63 - 1, 2**63, 2**64 - 1]),
    )
    return st.one_of(odd, text, wrong_side, wasteful, claim)


def _in_fragments(opcode: int, sizes: list[int], between: bytes, *, masked: bool) -> bytes:
    """One message in pieces, with something between the first two."""
    begin = frame(opcode, bytes(sizes[0]), final=False, masked=masked) + between
    last = len(sizes) - 1
    return begin + b"".join(
        frame(0, bytes(sizes[at]), final=at == last, masked=masked) for at in range(1, len(sizes))
    )


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes as they are, or with a few of them changed, left out or doubled."""
    if not data:
        return st.just(data)
    change = st.tuples(
        st.sampled_from(["set", "drop", "double"]), st.integers(0, len(data) - 1), st.integers(0, 255)
    )
    changes = st.lists(change, max_size=3)
    return st.one_of(st.just(data), st.builds(_changed, st.just(data), changes))


def _changed(data: bytes, changes: list[tuple[str, int, int]]) -> bytes:
    for what, at, value in changes:
        middle = {"set": bytes([value]), "drop": b"", "double": data[at : at + 1] * 2}[what]
        data = data[:at] + middle + data[at + 1 :]
    return data


_LINES = st.sampled_from(
    [
        b"Host: x",
        b"Host: \xff.example",
        b"X: \xff",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Connection: keep-alive, upgrade",
        b"Sec-WebSocket-Key: " + KEY,
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Protocol: tars.v1, \xff",
        b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"Authorization: Bearer \xe4",
        b"Origin: null",
        b"Expect: 100-continue",
        b" folded",
        b": nameless",
        b"",
    ]
)
HEADS = st.one_of(
    st.binary(max_size=100),
    mutated(UPGRADE),
    st.builds(
        lambda lines: UPGRADE[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n",
        st.lists(_LINES, min_size=1, max_size=3),
    ),
    st.builds(
        lambda first, lines, gap: first + gap + b"".join(line + gap for line in lines) + gap,
        st.sampled_from(
            [b"GET / HTTP/1.1", b"GET * HTTP/1.0", b"OPTIONS * HTTP/1.1", b"GET /", b"PRI * HTTP/2.0"]
        ),
        st.lists(_LINES, max_size=10),
        st.sampled_from([b"\r\n", b"\n"]),
    ),
)
"""What comes in where a request is expected."""


def answers(*, accept: bytes) -> st.SearchStrategy[bytes]:
    """What comes in where the answer to an upgrade is expected."""
    good = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\nSec-WebSocket-Protocol: tars.v1\r\n\r\n"
    )
    status = st.builds(
        lambda code, lines: b"HTTP/1.1 %d X\r\n" % code + b"".join(line + b"\r\n" for line in lines) + b"\r\n",
        st.integers(0, 999),
        st.lists(st.one_of(_LINES, st.just(b"Retry-After: 99999999999")), max_size=6),
    )
    return st.one_of(st.just(good), st.just(good), mutated(good), status, st.binary(max_size=100))


def cut(data: bytes, seed: int) -> list[bytes]:
    """The bytes in pieces, as a network may deliver them."""
    rng = random.Random(seed)
    pieces = []
    while data:
        size = rng.choice([1, 2, 3, 7, 50, 1000, 100_000])
        pieces.append(data[:size])
        data = data[size:]
    return pieces
