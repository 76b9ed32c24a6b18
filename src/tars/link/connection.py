"""A live link: send, receive, close. The same class on both sides."""

import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import trio

from tars.link.door import Visit
from tars.link.errors import LinkLost
from tars.link.heartbeat import Heartbeat, Wait
from tars.link.inbox import Inbox
from tars.link.policy import LinkPolicy
from tars.link.rates import Budget
from tars.link.transport import Transport
from tars.link.upgrade import UpgradeRequest
from tars.messages import CloseCode


class Connection:
    """One link to one peer.

    Somebody has to be in `receive()` most of the time: it is how one hears that the link is gone. Several tasks
    may `send` at once; their messages never mix.
    """

    def __init__(
        self,
        transport: Transport,
        policy: LinkPolicy,
        *,
        peer: str,
        request: UpgradeRequest | None = None,
        visit: Visit | None = None,
    ) -> None:
        self.peer = peer
        """`host:port` of the other side."""
        self.subprotocol: str | None = transport.subprotocol
        """`tars.v1`, or None where the peer is an older one."""
        self.request = request or UpgradeRequest()
        """What the client asked for; nothing of it at the side that dialled."""
        self.visit = visit
        """Its place at the server's door; None at the side that dialled."""
        self._transport = transport
        self._policy = policy
        self._inbox = Inbox(audio_limit=policy.inbox_audio_bytes, control_limit=policy.inbox_controls)
        self._audio_budget = Budget(policy.audio_rate)
        self._message_budget = Budget(policy.message_rate)
        self._frame_budget = Budget(policy.frame_rate)
        self._heartbeat = Heartbeat(policy.heartbeat, last_heard=trio.current_time())
        self._beat_now = trio.lowlevel.ParkingLot()
        self._owed_pong: bytes | None = None
        self._asking: trio.CancelScope | None = None
        self._lost: LinkLost | None = None
        self._over = trio.Event()
        self.given_up = False
        """Whether this side ended it because the peer was silent, or took nothing any more."""
        self.on_round_trip: Callable[[float], object] = lambda seconds: None
        """Called whenever the round trip has been measured."""
        # shielded: whoever is cancelled still says goodbye, and needs the reader to hear the answer
        self._scope = trio.CancelScope(shield=True)

    @property
    def round_trip(self) -> float | None:
        """Seconds, as the heartbeat last measured them; None before the first pong."""
        return self._heartbeat.round_trip

    @property
    def dropped_audio_bytes(self) -> int:
        """Audio that nobody took in time and that was therefore dropped."""
        return self._inbox.dropped_audio_bytes

    def takes_audio(self, byte_count: int) -> bool:
        """Whether so many bytes of audio may be sent now, without what is said after them waiting for long."""
        under_way = self._transport.under_way()
        return under_way is None or under_way.leaves_room(byte_count)

    async def send(self, message: str | bytes) -> None:
        """Send one message: text as a text frame, bytes as a binary one.

        Raises `LinkLost` when the link is gone, or when the policy's `send_timeout` runs out. A send that is
        cancelled after a part of it has left ends the link, because nothing can follow half a message.
        """
        self._check_up()
        if isinstance(message, bytes) and self._heartbeat.audio_sent(trio.current_time()):
            self._beat_now.unpark_all()
        try:
            with trio.move_on_after(self._policy.send_timeout) as deadline:
                await self._transport.send(message)
        except LinkLost as lost:
            if self._transport.torn:
                self._drop(lost)
            self._check_up()  # the reader knows better why
            raise
        except trio.Cancelled:
            if self._transport.torn:
                self._drop(LinkLost("a message was cancelled half way"))
            raise
        if deadline.cancelled_caught:
            self._drop(LinkLost(f"a message could not be sent within {self._policy.send_timeout:g} s"))
            self._check_up()

    async def receive(self) -> str | bytes:
        """The next message, in the order of arrival; raises `LinkLost` when the link is gone and all is taken."""
        return await self._inbox.get()

    @property
    def holds_messages(self) -> bool:
        """Whether there are messages that `receive` would give out at once."""
        return not self._inbox.empty

    async def wait_answered(self) -> None:
        """Return when the peer has answered a ping, or sent a message; `receive` still finds that.

        Raises `LinkLost` when the peer has ended the link instead.
        """
        if self.round_trip is None:
            with trio.CancelScope() as self._asking:
                await self._inbox.wait()
        self._check_up()

    @contextmanager
    def not_reading(self) -> Iterator[None]:
        """Read nothing from the peer while the block runs, so that TCP holds the peer back.

        Pings still go out, and pongs that are owed; silence does not end the link. Keep the block short: whatever
        the peer sends in it waits, its pings as well, and so does the news that the peer is gone.
        """
        if self._lost is None:
            self._transport.source.pause()
            self._heartbeat.pause()
            self._beat_now.unpark_all()
        try:
            yield
        finally:
            self._read_again()

    async def close(self, code: int = CloseCode.NORMAL, reason: str = "") -> None:
        """Say goodbye with `code`, and hang up; takes no longer than the policy's `close_timeout`, even when it is
        cancelled. From now on `send` and `receive` raise `LinkLost`."""
        with trio.move_on_after(self._policy.close_timeout, shield=True):
            if self._lost is None:
                self._lose(LinkLost("closed by this side", code=code))
                try:
                    await self._transport.send_close(code, reason)
                except LinkLost:
                    self._scope.cancel()
            await self._over.wait()
        self._scope.cancel()

    # what the transport tells

    def on_life(self) -> None:
        """Something arrived."""
        self._heartbeat.heard(trio.current_time())

    def on_message(self, message: str | bytes) -> bool:
        """A message arrived; after the end it is of no interest."""
        if self._lost is not None:
            return True
        now = self._heartbeat.last_heard
        if isinstance(message, bytes):
            self._heartbeat.audio_heard(now)
            in_time = self._audio_budget.spend(max(len(message), self._policy.least_audio_charge), now)
        else:
            in_time = self._message_budget.spend(1, now)
        return in_time and self._inbox.put(message)

    def on_frame(self) -> bool:
        """A ping, a pong or a piece of a message arrived."""
        return self._frame_budget.spend(1, self._heartbeat.last_heard)

    def on_ping(self, payload: bytes) -> None:
        """A pong is owed, and only for the last ping. The reader does not send it: it must not wait."""
        self._owed_pong = payload
        self._beat_now.unpark_all()

    def on_pong(self, payload: bytes) -> None:
        """The peer lives, and this is how far away it is."""
        round_trip = self._heartbeat.pong(payload, trio.current_time())
        if round_trip is not None:
            if self._asking is not None:
                self._asking.cancel()
            self.on_round_trip(round_trip)

    def on_lost(self, lost: LinkLost) -> None:
        """The peer ends the link, or has to be sent away."""
        self._lose(lost)

    # the two tasks

    async def run(self) -> None:
        """Read and beat until the link is over."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(self._beat)
                    self._lose(await self._transport.run(self))
                    nursery.cancel_scope.cancel()
        finally:
            self._over.set()

    async def _beat(self) -> None:
        while not await self._silent():
            now = trio.current_time()
            if self._owed_pong is None:
                step = self._heartbeat.next(now)
                if isinstance(step, Wait):
                    with trio.CancelScope(deadline=step.until):
                        await self._beat_now.park()
                    continue
                send = partial(self._transport.send_ping, step.payload)
            else:
                send = partial(self._transport.send_pong, self._owed_pong)
                self._owed_pong = None
            try:
                # a ping that cannot even be sent must not keep the heart from stopping
                dead_at = self._heartbeat.dead_at()
                with trio.move_on_at(now + self._policy.send_timeout if dead_at == math.inf else dead_at):
                    await send()
            except LinkLost as lost:
                if self._transport.torn:
                    self._drop(lost)
                return  # of anything else the reader hears as well, and says why
            if self._transport.torn:
                self._drop(LinkLost("a ping could not be sent"))
        silence = trio.current_time() - self._heartbeat.last_heard
        self._drop(LinkLost(f"nothing was heard for {silence:.1f} s"))

    async def _silent(self) -> bool:
        """Whether the peer is dead. Where it is this program that has slept, the reader may be about to find signs
        of life that came meanwhile: it gets one turn to see them, and one to read them."""
        for _ in range(2):
            if trio.current_time() < self._heartbeat.dead_at():
                return False
            await trio.lowlevel.checkpoint()
        return trio.current_time() >= self._heartbeat.dead_at()

    # the end

    def _lose(self, lost: LinkLost) -> None:
        """The link is over, for this reason if it is the first one."""
        if self._lost is None:
            self._lost = lost
            self._inbox.end(lost)
            self._read_again()  # the goodbye

    def _drop(self, lost: LinkLost) -> None:
        """The link is over, and nothing can be said to the peer any more."""
        self.given_up = self.given_up or self._lost is None
        self._lose(lost)
        self._transport.forget_unsent()
        self._scope.cancel()

    def _read_again(self) -> None:
        self._transport.source.go_on()
        self._heartbeat.go_on(trio.current_time())
        self._beat_now.unpark_all()

    def _check_up(self) -> None:
        if self._lost is not None:
            raise self._lost.again()


@asynccontextmanager
async def running(connection: Connection) -> AsyncIterator[Connection]:
    """Run the connection's own tasks beside the block, and close it at the end.

    The block's exception comes out as it is, not in a group.
    """
    lone: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.run)
            try:
                yield connection
            finally:
                await connection.close()  # noqa: ASYNC102 - shields itself, and has a limit
    except BaseExceptionGroup as group:
        if len(group.exceptions) != 1:
            raise
        lone = group.exceptions[0]
    if lone is not None:
        raise lone
