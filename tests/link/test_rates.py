"""How fast a peer may send, and what it hears when it is faster."""

from collections.abc import Callable
from contextlib import suppress

import pytest
import trio

from tars.audio.formats import MICROPHONE
from tars.link import SERVER_POLICY, LinkLost
from tars.link.frames import PING, PONG, write_frame
from tars.link.rates import Budget, Rate
from tests.link.pairs import Pair, open_pair
from tests.support.virtual import run_virtual

FRAME = bytes(2_560)


def test_a_budget_refills_and_never_holds_more_than_its_burst() -> None:
    budget = Budget(Rate(per_second=10, burst=5))
    assert all(budget.spend(1, 1000.0) for _ in range(5))
    assert not budget.spend(1, 1000.0)
    assert budget.spend(1, 1000.3)
    assert [budget.spend(1, 2000.0) for _ in range(6)] == [True] * 5 + [False]


async def read_all(pair: Pair) -> LinkLost:
    """Read the server's end until it is over."""
    try:
        while True:
            await pair.server.receive()
    except LinkLost as lost:
        return lost


def ending(send: Callable[[Pair], object]) -> int | None:
    """The close code that the client hears when it sends this way; None where it hears none."""

    codes: list[int | None] = []

    async def main() -> None:
        async with open_pair() as pair, trio.open_nursery() as nursery:
            nursery.start_soon(read_all, pair)
            with trio.move_on_after(60):
                try:
                    await send(pair)  # type: ignore[misc]
                    await pair.client.receive()
                except LinkLost as lost:
                    codes.append(lost.code)
            nursery.cancel_scope.cancel()

    run_virtual(main, steps=200_000)
    return codes[0] if codes else None


def test_audio_in_real_time_and_what_a_resumed_session_catches_up_are_welcome() -> None:
    async def send(pair: Pair) -> None:
        for _ in range(round(30 * MICROPHONE.bytes_per_second / len(FRAME))):
            await pair.client.send(FRAME)
        for _ in range(250):
            await trio.sleep(0.08)
            await pair.client.send(FRAME)

    assert ending(send) is None


def test_audio_without_end_faster_than_anybody_speaks_is_1008() -> None:
    async def send(pair: Pair) -> None:
        while True:
            await pair.client.send(FRAME)
            await trio.sleep(0.08 / 6)

    assert ending(send) == 1008


def test_very_short_audio_frames_count_for_more_than_they_hold() -> None:
    async def send(pair: Pair) -> None:
        for _ in range(50_000):
            await pair.client.send(b"\0\0")

    assert ending(send) == 1008


def test_control_messages_without_end_are_1008_and_hundreds_at_once_are_welcome() -> None:
    async def many(pair: Pair) -> None:
        for _ in range(SERVER_POLICY.inbox_controls * 3):
            await pair.client.send("{}")

    async def endless(pair: Pair) -> None:
        while True:
            await pair.client.send("{}")
            await trio.sleep(0.001)

    assert ending(many) is None
    assert ending(endless) == 1008


@pytest.mark.parametrize(
    "frame",
    [
        write_frame(PING, b"x", masked=True),
        write_frame(PONG, b"x", masked=True),
        b"\x01\x80abcd" + b"\x80\x80abcd",
    ],
    ids=["pings", "pongs", "fragments"],
)
def test_a_flood_of_frames_that_are_no_messages_is_1008(frame: bytes) -> None:
    async def flood(pair: Pair) -> None:
        with suppress(trio.ClosedResourceError, trio.BrokenResourceError):
            for _ in range(2000):
                await pair.wire.client.send_all(frame)

    async def some(pair: Pair) -> None:
        for _ in range(200):
            await pair.wire.client.send_all(frame)

    assert ending(flood) == 1008
    assert ending(some) is None


def test_a_device_takes_a_long_answer_that_comes_at_once_but_no_flood_of_messages() -> None:
    async def read(pair: Pair, lost: list[LinkLost]) -> None:
        try:
            while True:
                await pair.client.receive()
        except LinkLost as exc:
            lost.append(exc)

    async def main() -> None:
        lost: list[LinkLost] = []
        async with open_pair() as pair, trio.open_nursery() as nursery:
            nursery.start_soon(read, pair, lost)
            for _ in range(1000):
                await pair.server.send(FRAME)
            assert not lost
            with suppress(LinkLost):
                while True:
                    await pair.server.send("{}")
        assert "too many messages" in lost[0].reason

    run_virtual(main, steps=200_000)
