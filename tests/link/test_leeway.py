import socket
import ssl

import pytest
import trio

from tars.audio.formats import MICROPHONE
from tars.link.leeway import AT_ONCE, UnderWay
from tars.link.sockets import under_way
from tests.link.pairs import open_pair
from tests.support.limits import HANG

FRAME = MICROPHONE.bytes_in(0.04)


@pytest.mark.parametrize(
    ("byte_count", "quickest", "more", "room"),
    [
        (0, 0.001, FRAME, True),
        (AT_ONCE - FRAME, 0.001, FRAME, True),
        (AT_ONCE - FRAME + 1, 0.001, FRAME, False),
        (0, 0.001, 2 * AT_ONCE, True),  # a frame that is longer than all that may be under way goes by itself
        (1, 0.001, 2 * AT_ONCE, False),
    ],
)
def test_a_short_way_holds_a_quarter_of_a_second(byte_count: int, quickest: float, more: int, room: bool) -> None:
    assert UnderWay(byte_count, quickest).leaves_room(more) is room


@pytest.mark.parametrize("way", [0.02, 0.1, 0.3, 0.6])
def test_speech_fits_however_long_the_way_is(way: float) -> None:
    said_meanwhile = MICROPHONE.bytes_in(way)
    assert UnderWay(2 * said_meanwhile, way).leaves_room(FRAME)


def test_a_way_that_is_not_measured_yet_is_not_believed_to_take_an_hour() -> None:
    assert not UnderWay(MICROPHONE.bytes_in(5), 0xFFFF_FFFF / 1e6).leaves_room(FRAME)


@pytest.mark.trio
async def test_a_wire_that_cannot_be_measured_takes_any_audio(autojump_clock: trio.abc.Clock) -> None:
    async with open_pair() as pair:
        for _ in range(10):
            await pair.client.send(bytes(FRAME))
        assert pair.client.takes_audio(10 * AT_ONCE)


@pytest.mark.real
@pytest.mark.trio
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
async def test_the_kernel_tells_what_the_peer_has_not_got(secure: bool) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        stream = await trio.open_tcp_stream(*listener.getsockname())
        outer = trio.SSLStream(stream, ssl.create_default_context()) if secure else stream
        assert look(outer) == 0
        sent = 0
        with trio.fail_after(HANG):
            while look(outer) < AT_ONCE:  # nobody reads
                sent += await stream.socket.send(bytes(FRAME))
        assert look(outer) <= sent
        await stream.aclose()
        assert under_way(outer) is None


def look(stream: trio.abc.Stream) -> int:
    found = under_way(stream)
    assert found is not None
    assert 0 <= found.quickest < 1
    return found.byte_count
