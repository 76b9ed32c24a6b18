"""What is wrong with the frames of a device that was welcomed, and the code that its link is closed with."""

from collections.abc import Mapping

from tests.attacks.raw import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, header, hello, text

_MANY = 3000
_TYPE = text({"type": "from_the_future"})

_NO_SESSION = text({"type": "session_end", "session_id": "s", "reason": "device"})
_BEGUN = frame(TEXT, b"[", final=False)

FRAMES: Mapping[str, tuple[bytes, int]] = {
    "an unmasked message": (frame(TEXT, b"{}", masked=False), 1002),
    "an unmasked ping": (frame(PING, b"x", masked=False), 1002),
    **{f"reserved bit {bit}": (frame(TEXT, b"{}", reserved=bit), 1002) for bit in (1, 2, 4)},
    **{f"opcode {opcode:#x}": (frame(opcode, b"x"), 1002) for opcode in (0x3, 0x7, 0xB, 0xF)},
    "a fragmented ping": (frame(PING, b"x", final=False), 1002),
    "a fragmented close": (frame(CLOSE, b"\x03\xe8", final=False), 1002),
    "a ping of 126 bytes": (frame(PING, bytes(126)), 1002),
    "a ping that claims 64 KiB": (header(0x80 | PING, 65_535), 1002),
    "a continuation of nothing": (frame(CONTINUATION, b"x"), 1002),
    "a message amid another's fragments": (frame(TEXT, b"{", final=False) + frame(TEXT, b"}"), 1002),
    "audio amid a message's fragments": (frame(TEXT, b"{", final=False) + frame(BINARY, bytes(64)), 1002),
    "a length written too long": (header(0x82, 5, length=2) + bytes(5), 1002),
    "a length written much too long": (
        bytes([0x82, 0x80 | 127]) + (5).to_bytes(8, "big") + b"abcd" + bytes(5),
        1002,
    ),
    "text that is not UTF-8": (frame(TEXT, b"\xff\xfe"), 1007),
    "half a character": (frame(TEXT, "ü".encode()[:1]), 1007),
    "a character broken over fragments, and wrong": (
        frame(TEXT, "ü".encode()[:1], final=False) + frame(CONTINUATION, b"x"),
        1007,
    ),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), 1007),
    "a message of 64 KiB and 1": (frame(BINARY, bytes(65_537)), 1009),
    "a claim of 1 GiB": (header(0x82, 2**30), 1009),
    "a claim of 2**63 - 1": (header(0x82, 2**63 - 1), 1009),
    "a claim of 2**64 - 1": (header(0x82, 2**64 - 1), 1009),
    "fragments of 80 KiB": (frame(BINARY, bytes(40_000), final=False) + frame(CONTINUATION, bytes(40_000)), 1009),
    "fragments without end": (
        frame(TEXT, b"[", final=False) + frame(CONTINUATION, b" ", final=False) * _MANY,
        1008,
    ),
    "empty fragments without end": (frame(TEXT, final=False) + frame(CONTINUATION, final=False) * _MANY, 1008),
    "a close with one byte": (frame(CLOSE, b"\x03"), 1002),
    **{
        f"a close with {code}": (frame(CLOSE, code.to_bytes(2, "big")), 1002)
        for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535)
    },
    "a close whose reason is not text": (frame(CLOSE, b"\x03\xe8\xff\xfe"), 1007),
    "a close of 200 bytes": (frame(CLOSE, b"\x03\xe8" + b"x" * 198), 1002),
    "a flood of pings": (frame(PING, b"x") * _MANY, 1008),
    "a flood of pongs": (frame(PONG, b"x") * _MANY, 1008),
    "a flood of messages": (_TYPE * _MANY, 1008),
    "a flood of audio": (frame(BINARY, bytes(32_000)) * 60, 1008),
    "a flood of tiny audio": (frame(BINARY, bytes(2)) * 25_000, 1008),
    "1,000 times bad JSON": (frame(TEXT, b"{") * 1000, 1008),
    "JSON 20,000 deep": (frame(TEXT, b"[" * 20_000) * 60, 1008),
    "a number of 60,000 digits": (frame(TEXT, b'{"type":"hello","protocol":' + b"9" * 60_000 + b"}") * 60, 1008),
    "1,000 more hellos": (hello("other") * 1000, 1008),
    "1,000 sessions that never were": (
        text({"type": "session_end", "session_id": "s", "reason": "device"}) * 1000,
        1008,
    ),
    "a message behind the close": (frame(CLOSE, b"\x03\xe8") + frame(TEXT, b"{}") * 100, 1000),
    "two closes": (frame(CLOSE, b"\x03\xe8") * 2, 1000),
    "pings behind the close": (frame(CLOSE, b"\x03\xe8") + frame(PING, b"x") * 1000, 1000),
}
