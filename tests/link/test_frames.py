"""The short way through the framing agrees with the complete implementation, however the bytes are cut."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto import events
from wsproto.connection import Connection as WsprotoConnection
from wsproto.connection import ConnectionType

from tars.link.frames import BINARY, PING, TEXT, Found, FrameReader, TooBig, Uncommon, unmask, write_frame

LIMIT = 64 * 1024
SIZES = st.sampled_from([0, 1, 125, 126, 127, 2560, 65535, 65536])
SIZED_TEXT = SIZES.map(lambda n: "ä" * (n // 2))
MESSAGES = st.lists(
    st.one_of(st.binary(max_size=300), st.text(max_size=100), SIZES.map(bytes), SIZED_TEXT),
    max_size=6,
)


def oracle(*, client: bool) -> WsprotoConnection:
    return WsprotoConnection(ConnectionType.CLIENT if client else ConnectionType.SERVER)


def fed_in_pieces(reader: FrameReader, data: bytes, seed: int) -> list[Found]:
    rng = random.Random(seed)
    found: list[Found] = []
    while data:
        size = rng.choice([1, 2, 7, 1000, 100_000])
        found += reader.feed(data[:size])
        data = data[size:]
    return found


@given(messages=MESSAGES, from_client=st.booleans(), seed=st.integers(0, 99))
def test_reads_what_wsproto_writes(messages: list[str | bytes], from_client: bool, seed: int) -> None:
    sender = oracle(client=from_client)
    data = b"".join(
        sender.send(events.TextMessage(m) if isinstance(m, str) else events.BytesMessage(m)) for m in messages
    )
    assert fed_in_pieces(FrameReader(masked=from_client, limit=LIMIT), data, seed) == messages


@given(messages=MESSAGES, from_client=st.booleans())
def test_wsproto_reads_what_is_written(messages: list[str | bytes], from_client: bool) -> None:
    receiver = oracle(client=not from_client)
    for message in messages:
        if isinstance(message, str):
            receiver.receive_data(write_frame(TEXT, message.encode(), masked=from_client))
        else:
            receiver.receive_data(write_frame(BINARY, message, masked=from_client))
    read: list[str | bytes] = []
    for event in receiver.events():
        assert isinstance(event, events.Message)
        read.append(event.data if isinstance(event.data, str) else bytes(event.data))
    assert read == messages


@given(data=st.binary(max_size=400), masked=st.booleans(), seed=st.integers(0, 99))
def test_no_bytes_raise_and_cuts_change_nothing(data: bytes, masked: bool, seed: int) -> None:
    at_once = FrameReader(masked=masked, limit=LIMIT).feed(data)
    in_pieces = fed_in_pieces(FrameReader(masked=masked, limit=LIMIT), data, seed)
    end = at_once.index(TooBig()) + 1 if TooBig() in at_once else len(at_once)
    assert in_pieces[:end] == at_once


@pytest.mark.parametrize("claim", [LIMIT + 1, 2**63 - 1])
def test_a_claim_of_too_much_is_found_before_the_bytes_arrive(claim: int) -> None:
    header = bytes([0x82, 127]) + claim.to_bytes(8, "big")
    assert FrameReader(masked=False, limit=LIMIT).feed(b"\x81\x01a" + header) == ["a", TooBig()]


def test_fragments_are_counted_together() -> None:
    reader = FrameReader(masked=False, limit=1000)
    first = bytes([0x02, 126]) + (600).to_bytes(2, "big") + bytes(600)
    more = bytes([0x00, 126]) + (600).to_bytes(2, "big") + bytes(600)
    assert reader.feed(first + write_frame(PING, b"", masked=False)) == [Uncommon(first), Uncommon(b"\x89\x00")]
    assert reader.feed(more) == [TooBig()]


@pytest.mark.parametrize(
    "frame",
    [
        b"\xc2\x01a",  # a reserved bit
        b"\x83\x01a",  # a reserved opcode
        b"\x81\x81\0\0\0\0a",  # masked, from a server
        b"\x81\x02\xff\xff",  # not UTF-8
        b"\x82\x7e\x00\x05hello",  # a length written longer than it need be
        b"\x80\x01a",  # a continuation of nothing
        b"\x89\x7e\x00\x80",  # a ping that says it is too long; the rest need not come
    ],
)
def test_nonsense_is_left_to_wsproto_which_objects(frame: bytes) -> None:
    (found,) = FrameReader(masked=False, limit=LIMIT).feed(frame)
    assert found == Uncommon(frame)
    receiver = oracle(client=True)
    receiver.receive_data(frame)
    assert [type(event) for event in receiver.events()] == [events.CloseConnection]


def test_a_whole_message_amid_fragments_is_left_to_wsproto() -> None:
    reader = FrameReader(masked=False, limit=LIMIT)
    assert reader.feed(b"\x01\x01a" + b"\x81\x01b") == [Uncommon(b"\x01\x01a"), Uncommon(b"\x81\x01b")]


@given(payload=st.binary(max_size=50), key=st.binary(min_size=4, max_size=4))
def test_a_mask_taken_off_is_a_mask_put_on(payload: bytes, key: bytes) -> None:
    unmasked = unmask(b"##" + key + payload + b"##", 6, 6 + len(payload))
    assert unmasked == bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))
    assert unmask(key + unmasked, 4, 4 + len(payload)) == payload
