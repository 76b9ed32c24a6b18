import random
from collections.abc import Awaitable, Callable
from functools import partial

import attrs
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from tars.link import (
    SERVER_POLICY,
    Connection,
    Down,
    LinkLost,
    LinkState,
    Patience,
    Up,
    open_connection,
)
from tars.messages import (
    Error,
    FromServer,
    Hello,
    HotwordDetected,
    PlaybackProgress,
    Restarting,
    Resume,
    SessionEnd,
    SessionStarted,
    StartOfTtsStream,
    Welcome,
    encode,
)
from tars.pi.greeting import GREETING_LIMIT
from tars.pi.outbox import AUDIO_LIMIT, CONTROL_LIMIT, LOOK, Outbox, OutboxOverflow
from tars.pi.websocket_client import BAD_MESSAGES_LIMIT, MAX_PAUSES, PAUSE_LIMIT, WaitForRoom, WebSocketClient
from tests.link.pairs import serving
from tests.pi.fakes import FakeServer
from tests.support.faulty_network import FaultyNetwork
from tests.support.virtual import run_virtual


@attrs.define
class Listener:
    states: list[LinkState] = attrs.field(factory=list)
    calls: list[str] = attrs.field(factory=list)
    messages: list[FromServer] = attrs.field(factory=list)
    audio: bytes = b""
    waiting: Resume | None = None

    def on_link_state(self, state: LinkState) -> None:
        self.states.append(state)

    def on_connected(self, welcome: Welcome | None) -> None:
        self.calls.append("connected")

    def on_connection_lost(self, reason: str) -> None:
        self.calls.append(f"lost: {reason}")

    def resume(self) -> Resume | None:
        return self.waiting

    def on_message(self, message: FromServer) -> None:
        self.messages.append(message)
        if message == SessionStarted("bug"):
            raise ValueError("a bug")

    def on_audio(self, pcm: bytes) -> WaitForRoom | None:
        self.audio += pcm
        return None

    @property
    def downs(self) -> list[Down]:
        return [state for state in self.states if isinstance(state, Down)]


Story = Callable[[WebSocketClient, FakeServer, Listener], Awaitable[None]]


def play(story: Story, server: FakeServer | None = None) -> Listener:
    """Run a client that has started to connect, and the story beside it."""
    listener = Listener()

    async def main() -> None:
        the_server = server or FakeServer()
        client = WebSocketClient(
            the_server.dial,
            Hello(protocol=1, device_id="kitchen", token="secret", capabilities=("volume",)),
            rng=random.Random(1),
            clock=lambda: 7.25,
        )
        async with trio.open_nursery() as nursery:
            client.start(nursery, listener)
            await wait_all_tasks_blocked()
            await story(client, the_server, listener)
            nursery.cancel_scope.cancel()

    run_virtual(main)
    return listener


def test_greets_and_then_sends_and_hears_in_order() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        assert client.connected
        assert client.confirms
        assert client.round_trip == 0.04
        client.send(HotwordDetected("s", "hey_jarvis", 0.9))
        client.send_audio(b"12")
        client.send(SessionEnd("s", "device"))
        client.send_audio(b"34")
        server.now.say(SessionStarted("s"), b"ab", Error("busy", "no", fatal=False), b"cd")
        await wait_all_tasks_blocked()
        hello = server.now.messages[0]
        assert hello == {
            "type": "hello", "protocol": 1, "device_id": "kitchen", "token": "secret",
            "capabilities": ["volume"], "device_time": 7.25,
        }  # fmt: skip
        assert server.now.types == ["hello", "hotword_detected", "session_end"]
        assert [isinstance(frame, bytes) for frame in server.now.sent] == [False, False, True, False, True]
        assert listener.messages == [SessionStarted("s"), Error("busy", "no", fatal=False)]
        assert listener.audio == b"abcd"

    listener = play(story)
    assert listener.states[-1] == Up(attempt=1, peer="server:7456")
    assert listener.calls == ["connected"]


def test_speaks_the_original_message_set_to_an_older_server() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        assert client.connected
        assert not client.confirms
        client.send(HotwordDetected("s", "hey_jarvis", 0.9))
        client.send(PlaybackProgress("u", 0))
        server.now.say('{"type":"start_of_tts_stream"}', b"ab", '{"type":"session_end"}')
        await wait_all_tasks_blocked()
        assert server.now.sent == ['{"type":"hotword_detected"}']
        assert isinstance(listener.messages[0], StartOfTtsStream)
        assert isinstance(listener.messages[1], SessionEnd)
        assert listener.messages[1].session_id == "s"

    play(story, FakeServer(subprotocol=None))


def test_redials_and_sends_nothing_of_the_old_link_on_the_new_one() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        await trio.sleep(20)
        server.now.blocked = True
        client.send(SessionEnd("old", "device"))
        client.send_audio(b"old")
        await wait_all_tasks_blocked()
        lost_at = trio.current_time()
        server.now.lose()
        await wait_all_tasks_blocked()
        assert not client.connected
        client.send(SessionEnd("between", "device"))
        client.send_audio(b"between")
        await trio.sleep(1)
        assert client.connected
        assert server.dials[1] - lost_at < 0.3
        assert server.now.types == ["hello"]
        assert server.now.audio == b""
        assert listener.calls == ["connected", "lost: the connection broke", "connected"]

    play(story)


def test_a_server_that_does_not_answer_the_greeting_is_no_link() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        await trio.sleep(GREETING_LIMIT + 0.1)
        assert "greeting" in listener.downs[0].reason
        assert listener.calls == []
        server.greet = True
        await trio.sleep(1)
        assert client.connected

    play(story, FakeServer(greet=False))


def test_a_welcome_that_is_none_is_answered_and_named() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        await trio.sleep(0.1)
        server.now.say('{"type": "welcome", "protocol": 1, "server": "s", "device_id": "d", "resumed": []}')
        await trio.sleep(0.1)
        assert server.now.last("error")["code"] == "bad_message"
        assert not client.connected
        await trio.sleep(GREETING_LIMIT)
        assert "welcome" in listener.downs[0].reason

    play(story, FakeServer(greet=False))


def test_a_restarting_server_is_left_alone_for_as_long_as_it_asks() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        said_at = trio.current_time()
        server.now.say(Restarting(retry_after_s=3.0))
        server.now.lose(LinkLost("going away", code=1001))
        await wait_all_tasks_blocked()
        client.nudge()
        await trio.sleep(30)
        assert server.dials[1] - said_at >= 3.0
        assert listener.downs[0].reason == "the server restarts"
        assert listener.downs[0].planned
        assert client.connected

    play(story)


@pytest.mark.parametrize(
    ("code", "word"), [(4401, "token"), (401, "token"), (4409, "device id"), (1013, "as many links")]
)
def test_a_refusal_is_said_plainly(code: int, word: str) -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        server.refusal = LinkLost("closed", code=code, patience=Patience.CAP)
        server.now.lose(server.refusal)
        await trio.sleep(60)
        assert not any(down.planned for down in listener.downs)
        assert word in listener.downs[0].reason
        assert word in listener.calls[1]
        assert len(server.dials) <= 8  # the cap's pace, not the backoff's

    play(story)


def test_messages_that_are_none_are_answered_and_a_flood_of_them_ends_the_link() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        first = server.now
        first.say("nonsense", '{"type":"song"}', SessionStarted("s"))
        await wait_all_tasks_blocked()
        assert [message["code"] for message in first.messages[1:]] == ["bad_message", "unknown_type"]
        assert listener.messages == [SessionStarted("s")]
        first.say(*["nonsense"] * BAD_MESSAGES_LIMIT)
        await wait_all_tasks_blocked()
        assert "TARS server" in listener.downs[0].reason

    play(story)


@attrs.define
class Full(Listener):
    """Has no room for audio, and never will."""

    def on_audio(self, pcm: bytes) -> WaitForRoom:
        self.audio += pcm
        return trio.sleep_forever


@pytest.mark.parametrize("dead", [True, False])
def test_a_link_whose_audio_finds_no_room_is_noticed_when_it_dies_and_is_not_kept_for_ever(dead: bool) -> None:
    async def main() -> None:
        network, listener = FaultyNetwork(delay=0.02), Full()

        async def flood(connection: Connection) -> None:
            await connection.receive()
            await connection.send(encode(Welcome(protocol=1, server="s", device_id="kitchen")))
            while True:
                await connection.send(bytes(4_000))

        dial = partial(open_connection, "ws://server/", open_stream=network.open_stream)
        client = WebSocketClient(dial, Hello(protocol=1, device_id="kitchen"), rng=random.Random(5))
        policy = attrs.evolve(SERVER_POLICY, send_timeout=60.0)
        async with serving(network, flood, policy=policy), trio.open_nursery() as nursery:
            client.start(nursery, listener)
            await trio.sleep(30)
            assert listener.downs == []
            assert len(listener.audio) < 30 * 16_384
            if dead:
                network.inflict("stall")
                await trio.sleep(PAUSE_LIMIT + policy.heartbeat.timeout + 0.1)
                assert "nothing was heard" in listener.downs[0].reason
            else:
                await trio.sleep(MAX_PAUSES * PAUSE_LIMIT - 31)
                assert listener.downs == []
                await trio.sleep(4)
                assert "no room" in listener.downs[0].reason
                assert len(listener.audio) < MAX_PAUSES * 16_384
            nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_nudge_dials_at_once() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        await trio.sleep(300)
        server.refusal = None
        before = len(server.dials)
        client.nudge()
        await trio.sleep(0.26)  # the policy's spacing, at most
        assert client.connected
        assert len(server.dials) == before + 1

    play(story, FakeServer(refusal=LinkLost("connection refused")))


def test_stop_sends_what_is_queued_and_ends_the_loop() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        client.send(SessionEnd("s", "device"))
        await client.stop()
        assert server.now.types == ["hello", "session_end"]
        assert server.now.close_code == 1000
        assert server.closed == 1
        await trio.sleep(60)
        assert len(server.dials) == 1
        assert listener.calls == ["connected"]

    play(story)


def test_stop_does_not_wait_for_a_dead_link() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        server.now.blocked = True
        client.send(SessionEnd("s", "device"))
        before = trio.current_time()
        await client.stop()
        assert trio.current_time() - before < 1

    play(story)


def test_a_bug_is_not_retried() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        server.now.say(SessionStarted("bug"))
        await trio.sleep(60)

    with pytest.RaisesGroup(ValueError, flatten_subgroups=True):
        play(story)


@pytest.mark.trio
async def test_the_outbox_keeps_control_and_the_newest_audio() -> None:
    outbox = Outbox()
    frame = AUDIO_LIMIT // 4
    outbox.put("first")
    for number in range(6):
        outbox.put(bytes([number]) * frame)
        outbox.put(f"after {number}")
    assert outbox.dropped_audio_bytes == 2 * frame
    outbox.close()
    got = [await outbox.get() for _ in range(11)]
    with pytest.raises(trio.EndOfChannel):
        await outbox.get()
    texts = [item for item in got if isinstance(item, str)]
    assert texts == ["first", *(f"after {number}" for number in range(6))]
    assert [item[0] for item in got if isinstance(item, bytes)] == [2, 3, 4, 5]


@pytest.mark.trio
async def test_audio_of_a_session_that_is_over_keeps_no_message_waiting() -> None:
    outbox = Outbox()
    for frame in ("first", bytes(64), bytes(64), "last"):
        outbox.put(frame)
    outbox.forget_audio()
    outbox.put(bytes(32))
    outbox.close()
    assert [await outbox.get() for _ in range(3)] == ["first", "last", bytes(32)]
    assert outbox.dropped_audio_bytes == 0


def test_audio_that_a_slow_link_does_not_take_yet_waits_where_it_can_be_dropped() -> None:
    frame = AUDIO_LIMIT // 4
    room = 0

    async def story() -> list[str | bytes]:
        outbox = Outbox(takes_audio=lambda byte_count: byte_count <= room)
        outbox.put("first")
        assert await outbox.get() == "first"
        for number in range(6):
            outbox.put(bytes([number]) * frame)
        outbox.put("last")
        got: list[str | bytes] = []

        async def take() -> None:
            while len(got) < 5:
                got.append(await outbox.get())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(take)
            await trio.sleep(1)
            assert got == []
            assert outbox.dropped_audio_bytes == 2 * frame
            nonlocal room
            room = frame
            await trio.sleep(2 * LOOK)
        return got

    assert run_virtual(story) == [*(bytes([number]) * frame for number in (2, 3, 4, 5)), "last"]


def test_the_end_of_a_session_does_not_wait_until_a_slow_link_takes_its_audio() -> None:
    async def story(client: WebSocketClient, server: FakeServer, listener: Listener) -> None:
        server.now.full = True
        client.send(HotwordDetected("s", "hey_jarvis", 0.9))
        client.send_audio(bytes(64))
        await trio.sleep(5)
        assert server.now.types == ["hello", "hotword_detected"]
        client.forget_audio()
        client.send(SessionEnd("s", "device"))
        await wait_all_tasks_blocked()
        assert server.now.types == ["hello", "hotword_detected", "session_end"]
        assert server.now.audio == b""

    play(story)


@pytest.mark.trio
async def test_the_outbox_says_when_a_link_takes_no_messages_any_more() -> None:
    outbox = Outbox()
    for _ in range(CONTROL_LIMIT + 1):
        outbox.put("again")
    with pytest.raises(OutboxOverflow):
        await outbox.get()
