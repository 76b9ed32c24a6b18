"""One live link in virtual time: what both sides promise while it stands, and how it ends."""

import contextlib
from collections import Counter

import attrs
import pytest
import trio

from tars.link import CLIENT_POLICY, SERVER_POLICY, Connection, LinkLost, LinkPolicy, Patience, open_connection
from tars.link.frames import BINARY, write_frame
from tars.link.transport import FRAMES_IN_A_ROW
from tars.messages import CloseCode
from tests.link.pairs import URL, Pair, drain, open_pair, serving
from tests.support.faulty_network import FaultyNetwork
from tests.support.virtual import run_virtual

FRAME = bytes(2560)


async def lost(connection: Connection) -> tuple[LinkLost, float]:
    """How and when a link ended, as somebody in `receive` hears it."""
    with pytest.raises(LinkLost) as caught:
        await drain(connection)
    return caught.value, trio.current_time()


def test_both_sides_talk_and_know_each_other() -> None:
    async def main() -> None:
        async with open_pair(token="secret") as pair:
            for message in ("hello", "ä" * 3000, b"", FRAME, bytes(65536)):
                await pair.client.send(message)
                assert await pair.server.receive() == message
                await pair.server.send(message)
                assert await pair.client.receive() == message
            assert pair.client.subprotocol == pair.server.subprotocol == "tars.v1"
            assert pair.server.request.headers["authorization"] == "Bearer secret"
            assert pair.client.peer == "tars.example:7456"

    run_virtual(main)


def test_the_round_trip_is_measured_on_both_sides_at_once() -> None:
    async def main() -> None:
        async with open_pair(network=FaultyNetwork(delay=0.02)) as pair:
            await trio.sleep(0.1)
            assert pair.client.round_trip == pytest.approx(0.04)
            assert pair.server.round_trip == pytest.approx(0.04)

    run_virtual(main)


@pytest.mark.parametrize("closer", ["client", "server"])
@pytest.mark.parametrize("code", [1000, 1001, 1008, 1013, 4401, 4409])
def test_the_peer_hears_the_close_code_after_every_message_before_it(closer: str, code: int) -> None:
    async def main() -> None:
        async with open_pair() as pair:
            near, far = (pair.client, pair.server) if closer == "client" else (pair.server, pair.client)
            await near.send("restarting")
            await near.close(code, "because")
            assert trio.current_time() < 0.1
            assert await far.receive() == "restarting"
            end, _ = await lost(far)
            assert end.code == code
            assert "because" in end.reason
            assert end.patience is (Patience.CAP if code in (4401, 4409) else Patience.BACKOFF)
            for call in (near.send("x"), near.receive(), far.send("x")):
                with pytest.raises(LinkLost):
                    await call

    run_virtual(main)


@pytest.mark.parametrize("sender", ["client", "server"])
def test_a_message_over_the_limit_ends_the_link_with_1009(sender: str) -> None:
    async def main() -> None:
        async with open_pair() as pair:
            near, far = (pair.client, pair.server) if sender == "client" else (pair.server, pair.client)
            await near.send(bytes(65537))
            with contextlib.suppress(LinkLost):
                for _ in range(10):  # goes on sending, and must hear the goodbye nevertheless
                    await near.send(FRAME)
            assert (await lost(near))[0].code == CloseCode.TOO_BIG
            assert (await lost(far))[0].code == CloseCode.TOO_BIG

    run_virtual(main)


def test_more_controls_than_fit_end_the_link_with_1008() -> None:
    async def main() -> None:
        async with open_pair() as pair:
            with contextlib.suppress(LinkLost):
                for n in range(SERVER_POLICY.inbox_controls + 2):
                    await pair.client.send(str(n))
            end, _ = await lost(pair.client)
            assert end.code == CloseCode.POLICY
            assert await pair.server.receive() == "0"

    run_virtual(main)


# -- the heartbeat --


async def stall_and_watch(pair: Pair) -> tuple[float, float]:
    """Seconds until each side notices that nothing passes any more."""
    pair.wire.set_stalled(True)
    start = trio.current_time()
    noticed: dict[str, float] = {}
    async with trio.open_nursery() as nursery:

        async def watch(name: str, connection: Connection) -> None:
            noticed[name] = (await lost(connection))[1] - start

        nursery.start_soon(watch, "client", pair.client)
        nursery.start_soon(watch, "server", pair.server)
    return noticed["client"], noticed["server"]


@pytest.mark.parametrize("idle_for", [0.0, 0.7, 1.4, 7.3, 10.0, 3600.0])
def test_a_silent_link_is_noticed_within_6_s_on_both_sides(idle_for: float) -> None:
    async def main() -> None:
        async with open_pair(network=FaultyNetwork(delay=0.02)) as pair:
            await trio.sleep(idle_for)
            assert max(await stall_and_watch(pair)) <= 6

    run_virtual(main)


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("streamed_for", [1.0, 1.3, 1.9, 7.0])
def test_a_silent_link_is_noticed_within_4_s_while_audio_flows(direction: str, streamed_for: float) -> None:
    async def main() -> None:
        async with open_pair(network=FaultyNetwork(delay=0.02)) as pair, trio.open_nursery() as nursery:
            nursery.start_soon(stream_audio, pair.client if direction == "up" else pair.server)
            with trio.move_on_after(streamed_for):
                await drain(pair.server if direction == "up" else pair.client)
            assert max(await stall_and_watch(pair)) <= 4

    run_virtual(main)


async def stream_audio(connection: Connection) -> None:
    with contextlib.suppress(LinkLost):
        while True:
            await connection.send(FRAME)
            await trio.sleep(0.08)


@pytest.mark.parametrize("direction", ["neither", "up", "down"])
@pytest.mark.parametrize("start", [n * 0.21 for n in range(1, 12)])
def test_a_blackout_of_2_s_breaks_nothing(direction: str, start: float) -> None:
    """3.1 s in the life of a connection over TCP: what was lost is sent again 0.2, 0.6, 1.4 and 3.0 s later."""

    async def main() -> None:
        async with open_pair(network=FaultyNetwork(delay=0.02)) as pair, trio.open_nursery() as nursery:
            for connection in (pair.client, pair.server):
                nursery.start_soon(drain, connection)
            if direction != "neither":
                nursery.start_soon(stream_audio, pair.client if direction == "up" else pair.server)
            await trio.sleep(start)
            for _ in range(20):
                pair.wire.set_stalled(True)
                await trio.sleep(3.1)
                pair.wire.set_stalled(False)
                await trio.sleep(1.37)
            await pair.client.send("still here")
            nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_program_that_slept_looks_before_it_gives_up() -> None:
    """A machine under load, or one that was suspended: the peer's words wait to be read, and the time is up."""

    async def main() -> None:
        for _ in range(20):
            async with open_pair(client=patient(CLIENT_POLICY)) as pair:
                await trio.sleep(0.1)
                await pair.client.send("I am here")
                clock = trio.lowlevel.current_clock()
                assert isinstance(clock, trio.testing.MockClock)
                clock.jump(10)
                await trio.sleep(0.1)
                await pair.client.send("and here")
                assert await pair.server.receive() == "I am here"
                assert await pair.server.receive() == "and here"

    run_virtual(main)


def test_any_message_is_life() -> None:
    """A peer that answers no ping is alive as long as it talks."""

    async def main() -> None:
        async with open_pair() as pair:
            pair.client.on_ping = lambda payload: None  # type: ignore[method-assign]
            for n in range(60):
                await trio.sleep(1)
                await pair.client.send(str(n))
                assert await pair.server.receive() == str(n)
            pair.wire.client.outgoing.stalled = True
            assert "nothing was heard for 5.5 s" in (await lost(pair.server))[0].reason

    run_virtual(main)


def test_pings_leave_nothing_behind() -> None:
    async def main() -> None:
        async with open_pair() as pair:
            await trio.sleep(3600)
            for connection in (pair.client, pair.server):
                assert len(connection._transport._pings) == 0
                assert connection._heartbeat._pings > 300

    run_virtual(main)


# -- the reader always drains --


@pytest.mark.parametrize("seconds", [10, 100])
def test_a_handler_that_stalls_keeps_the_link_and_the_newest_audio(seconds: int) -> None:
    async def main() -> None:
        async with open_pair() as pair:
            for n in range(seconds * 12):
                await pair.client.send(n.to_bytes(2, "big") * 1280)
                await trio.sleep(0.08)
            await pair.client.send("end")
            audio: list[bytes] = []
            while isinstance(message := await pair.server.receive(), bytes):
                audio.append(message)
            kept = min(seconds * 12, SERVER_POLICY.inbox_audio_bytes // 2560)
            assert [int.from_bytes(frame[:2], "big") for frame in audio] == list(range(seconds * 12))[-kept:]
            assert pair.server.dropped_audio_bytes == (seconds * 12 - kept) * 2560
            assert pair.client.round_trip == pytest.approx(0, abs=0.01)

    run_virtual(main)


# -- reading that pauses --


def test_while_this_side_does_not_read_the_link_lives_on_both_sides_and_nothing_is_lost() -> None:
    async def main() -> None:
        async with open_pair(network=FaultyNetwork(delay=0.02)) as pair, trio.open_nursery() as nursery:
            await trio.sleep(1)
            nursery.start_soon(drain, pair.server)
            round_trip = pair.client.round_trip
            with pair.client.not_reading():
                for n in range(300):
                    await pair.server.send(f"{n} ".encode() * 50)
                    await trio.sleep(0.1)
            for n in range(300):
                assert await pair.client.receive() == f"{n} ".encode() * 50
            assert pair.client.round_trip == round_trip  # what waited to be read is not far away
            await trio.sleep(60)
            assert pair.client.round_trip == pytest.approx(0.04)
            await pair.server.send("still here")
            assert await pair.client.receive() == "still here"
            nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_peer_that_sends_without_end_is_held_back_while_this_side_does_not_read() -> None:
    """And over again: a pause is short, and there are many."""

    async def main() -> None:
        sent = 0

        async def flood(connection: Connection) -> None:
            nonlocal sent
            while True:
                await connection.send(bytes(2000))
                sent += 2000

        async with open_pair() as pair, trio.open_nursery() as nursery:
            nursery.start_soon(flood, pair.server)
            for _ in range(100):
                with pair.client.not_reading():
                    await trio.sleep(0.5)
                for _ in range(8):
                    assert await pair.client.receive() == bytes(2000)
            assert sent < 100 * 16_000 + 200_000
            assert pair.client.dropped_audio_bytes == 0
            nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_peer_that_died_while_this_side_did_not_read_is_noticed_soon_after() -> None:
    async def main() -> None:
        for fault in ("stall", "cut"):
            async with open_pair() as pair:
                with pair.client.not_reading():
                    await trio.sleep(1)
                    pair.wire.set_stalled(fault == "stall")
                    if fault == "cut":
                        pair.wire.cut()
                    await trio.sleep(2)
                again = trio.current_time()
                _, at = await lost(pair.client)
                assert at - again <= SERVER_POLICY.heartbeat.timeout

    run_virtual(main)


def test_a_goodbye_is_answered_at_once_although_this_side_does_not_read() -> None:
    async def main() -> None:
        async with open_pair() as pair:
            with pair.client.not_reading():
                await pair.server.send(bytes(100))
                began = trio.current_time()
                await pair.client.close()
                assert trio.current_time() - began < 0.1
            assert (await lost(pair.server))[0].code == CloseCode.NORMAL

    run_virtual(main)


# -- a peer that has taken the link on --


@pytest.mark.parametrize("sign", ["pong", "message"])
def test_a_pong_or_a_message_shows_that_the_peer_serves_the_link(sign: str) -> None:
    async def main() -> None:
        async with open_pair(network=FaultyNetwork(delay=0.05)) as pair:
            if sign == "message":
                pair.client.on_pong = lambda payload: None  # type: ignore[method-assign]
                await pair.server.send("hello")
            began = trio.current_time()
            await pair.client.wait_answered()
            assert trio.current_time() - began <= 0.1
            if sign == "message":
                assert await pair.client.receive() == "hello"

    run_virtual(main)


def test_a_peer_that_closes_instead_has_not_taken_it_on() -> None:
    async def turn_away(connection: Connection) -> None:
        await connection.close(CloseCode.TRY_LATER)

    async def main() -> None:
        network = FaultyNetwork(delay=0.05)
        dial = open_connection(URL, open_stream=network.open_stream)
        async with serving(network, turn_away), dial as connection:
            with pytest.raises(LinkLost) as caught:
                await connection.wait_answered()
            assert caught.value.code == CloseCode.TRY_LATER

    run_virtual(main)


# -- sends that block --


def test_a_blocked_send_ends_the_link_at_its_deadline() -> None:
    """The peer's kernel acknowledges, its program does not read: only the send can notice."""

    async def main() -> None:
        policy = patient(CLIENT_POLICY)
        async with open_pair(client=policy, server=patient(SERVER_POLICY)) as pair:
            pair.client._transport._stream.outgoing.stalled = True  # type: ignore[attr-defined]
            start = trio.current_time()
            with pytest.raises(LinkLost, match=r"could not be sent within 3\.5 s"):
                await send_for_ever(pair.client)
            assert trio.current_time() - start == pytest.approx(3.5)
            with pytest.raises(LinkLost, match="could not be sent"):
                await pair.client.receive()

    run_virtual(main)


async def send_for_ever(connection: Connection) -> None:
    while True:
        await connection.send(FRAME)


def patient(policy: LinkPolicy) -> LinkPolicy:
    """With a heartbeat that never fails."""
    beat = policy.heartbeat
    return attrs.evolve(policy, heartbeat=attrs.evolve(beat, timeout=1e6, streaming_timeout=1e6))


def test_a_send_cancelled_half_way_ends_the_link_and_the_peer_gets_no_torn_message() -> None:
    async def main() -> None:
        async with open_pair() as pair:
            pair.wire.set_stalled(True)
            with trio.move_on_after(1):
                await send_for_ever(pair.client)
            with pytest.raises(LinkLost, match="cancelled half way"):
                await pair.client.send("after")
            pair.wire.set_stalled(False)
            received: set[str | bytes] = set()
            with contextlib.suppress(LinkLost):
                while True:
                    received.add(await pair.server.receive())
            assert received == {FRAME}

    run_virtual(main)


def test_a_send_cancelled_before_it_began_harms_nothing() -> None:
    async def main() -> None:
        async with open_pair() as pair:
            with trio.CancelScope() as scope:
                scope.cancel()
                await pair.client.send("never")
            pair.wire.set_stalled(True)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(pair.client.send, bytes(65536))
                await trio.testing.wait_all_tasks_blocked()
                with trio.move_on_after(1):
                    await pair.client.send("waits for its turn")
                pair.wire.set_stalled(False)
            await pair.client.send("last")
            assert [await pair.server.receive(), await pair.server.receive()] == [bytes(65536), "last"]

    run_virtual(main)


def test_many_senders_never_mix() -> None:
    async def main() -> None:
        async with open_pair() as pair:
            async with trio.open_nursery() as nursery:
                for n in range(20):
                    nursery.start_soon(pair.client.send, bytes([n]) * 30_000)
                received = [await pair.server.receive() for _ in range(20)]
            assert sorted(received) == [bytes([n]) * 30_000 for n in range(20)]

    run_virtual(main)


# -- closing --


def test_a_close_is_bounded_even_if_the_peer_is_dead_or_the_caller_cancelled() -> None:
    async def main() -> None:
        for cancelled in (False, True):
            async with open_pair() as pair:
                pair.wire.set_stalled(True)
                start = trio.current_time()
                with trio.CancelScope() as scope:
                    if cancelled:
                        scope.cancel()
                    await pair.client.close()
                assert trio.current_time() - start <= CLIENT_POLICY.close_timeout
                pair.wire.set_stalled(False)
                await lost(pair.server)

    run_virtual(main)


def test_a_cancelled_program_says_goodbye_on_both_sides() -> None:
    async def main() -> None:
        network = FaultyNetwork()
        heard: list[int | None] = []

        async def client(pair_ready: trio.Event) -> None:
            async with open_pair(network=network) as pair:
                pair_ready.set()
                heard.append((await lost(pair.client))[0].code)

        async with trio.open_nursery() as nursery:
            ready = trio.Event()
            nursery.start_soon(client, ready)
            await ready.wait()
            nursery.cancel_scope.cancel()
        assert trio.current_time() <= 1

    run_virtual(main)


@pytest.mark.parametrize("closer", ["client", "server"])
def test_pings_during_a_close_end_neither_side(closer: str) -> None:
    """Upstream: `LocalProtocolError` at a server, which ends all of it; a stray `Cancelled` at a client."""

    async def main() -> None:
        async with open_pair(network=FaultyNetwork(delay=0.05)) as pair:
            near, far = (pair.client, pair.server) if closer == "client" else (pair.server, pair.client)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(near.close, 1001)
                for n in range(100):
                    await trio.sleep(0.001)
                    if far._lost is None:
                        await far._transport.send_ping(bytes([n]))
            assert (await lost(far))[0].code == 1001

    run_virtual(main)


def test_the_blocks_own_exception_comes_out_as_it_is() -> None:
    async def main() -> None:
        network = FaultyNetwork()
        async with serving(network, drain):
            with pytest.raises(ZeroDivisionError):
                async with open_connection(URL, open_stream=network.open_stream):
                    raise ZeroDivisionError

    run_virtual(main)


def test_leaving_in_the_middle_of_a_ping_leaves_no_cancelled_behind() -> None:
    """Upstream leaks a `Cancelled`, and whatever runs beside the link is cancelled without a word."""

    async def main() -> None:
        survived = False
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def sibling() -> None:
                nonlocal survived
                await trio.sleep(10)
                survived = True

            for step in range(40):
                async with open_pair(network=FaultyNetwork(delay=0.01)) as pair:
                    await trio.sleep(step * 0.001)
                    with contextlib.suppress(LinkLost):
                        await pair.server._transport.send_ping(b"x")
        assert survived

    run_virtual(main)


def test_thousands_of_frames_at_once_leave_the_others_their_turn() -> None:
    async def main() -> None:
        turns = 0
        taken: Counter[int] = Counter()

        async def bystander() -> None:
            nonlocal turns
            while True:
                turns += 1
                await trio.lowlevel.checkpoint()

        async with open_pair() as pair, trio.open_nursery() as nursery:
            await pair.wire.client.send_all(write_frame(BINARY, b"", masked=True) * 3000)
            nursery.start_soon(bystander)
            for _ in range(3000):
                await pair.server.receive()
                taken[turns] += 1
            nursery.cancel_scope.cancel()
        # trio shuffles who is next; without turns it would be thousands
        assert max(taken.values()) <= 5 * FRAMES_IN_A_ROW

    run_virtual(main)
