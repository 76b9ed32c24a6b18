"""When to ask whether the peer is alive, and when to stop believing it. Pure: `now` is an argument."""

import math

import attrs


@attrs.frozen
class HeartbeatPolicy:
    """How silence is judged; all times in seconds.

    A link that is cut without a word (no FIN, no RST) has to be noticed, and a blackout of 2 s has to be sat out.
    TCP resends what a blackout swallowed after 0.2, 0.6, 1.4 and 3.0 s, so a blackout of 2 s is a silence of 3.1 s
    after the first byte that it swallowed. Idle, that byte is a ping sent up to `interval` after the last sign of
    life: 4.6 s of silence are still healthy. While audio flows a ping goes out after half a second: 3.6 s.
    """

    interval: float = 1.5
    """A ping is due after this much silence."""
    timeout: float = 5.5
    """After this much silence the link is dead."""
    streaming_interval: float = 0.5
    """`interval` at the side that sends audio. Its pings are what the other side hears when the audio stops; that
    side need not ask as often, and looking costs more than all else that a heartbeat does."""
    streaming_timeout: float = 3.8
    """`timeout` while audio flows, in either direction. It counts from the first audio frame at the earliest: a
    blackout may have begun before it."""
    streaming_memory: float = 1.0
    """Audio counts as flowing until the peer has been heard this long after the last frame."""
    measure_interval: float = 10.0
    """A ping is due this long after the last one whatever is heard, so that the round trip stays known."""


@attrs.frozen
class Wait:
    """Nothing to do before `until`, unless audio begins to flow."""

    until: float


@attrs.frozen
class Ping:
    """Ask, with this payload."""

    payload: bytes


@attrs.define
class Heartbeat:
    """What one side of a link knows about the other's life."""

    policy: HeartbeatPolicy
    last_heard: float
    """When anything at all last arrived."""
    round_trip: float | None = None
    """Seconds, as the last pong told."""
    _last_audio: float = -math.inf
    _audio_since: float = -math.inf
    _last_sent_audio: float = -math.inf
    _last_ping: float = -math.inf
    _pings: int = 0
    _asked: bool = False
    """Whether a ping was sent since anything was heard."""
    _paused: bool = False

    def heard(self, now: float) -> None:
        """Something arrived, whatever it is."""
        self.last_heard = now
        self._asked = False

    def pause(self) -> None:
        """This side reads nothing for now, so that silence proves nothing; it goes on to show that it lives."""
        self._paused = True

    def go_on(self, now: float) -> None:
        """This side reads again. The peer gets all its time anew."""
        if self._paused:
            self._paused = False
            self._pings += 1  # a pong that waited to be read would not tell how far away the peer is
            self.heard(now)

    def audio_sent(self, now: float) -> bool:
        """Audio was sent; True when it has just begun to flow: then a ping may be due before `next` said so."""
        begins = now - self._last_sent_audio > self.policy.streaming_memory
        self._last_sent_audio = now
        self.audio_heard(now)
        return begins

    def audio_heard(self, now: float) -> None:
        """Audio has arrived."""
        if now - self._last_audio > self.policy.streaming_memory and not self._streaming():
            self._audio_since = now
        self._last_audio = now

    def pong(self, payload: bytes, now: float) -> float | None:
        """A pong has arrived; only the one to the last ping tells the round trip, which is returned."""
        if payload != self._payload():
            return None
        self.round_trip = now - self._last_ping
        return self.round_trip

    def next(self, now: float) -> Wait | Ping:
        """What to do now, on a link that is not dead. A ping that this returns has to be sent."""
        routine = self._last_ping + self.policy.measure_interval
        sending = self._last_sent_audio >= self.last_heard - self.policy.streaming_memory
        interval = self.policy.streaming_interval if sending else self.policy.interval
        if self._paused:
            ping_at = look_at = self._last_ping + self.policy.interval
        elif not self._asked:
            ping_at = min(routine, self.last_heard + interval)
            look_at = ping_at
        else:  # asked already in this silence: TCP repeats the question by itself; look for the answer later
            ping_at = routine
            look_at = now + interval
        if now >= ping_at:
            self._pings += 1
            self._last_ping = now
            self._asked = True
            return Ping(self._payload())
        return Wait(min(self.dead_at(), look_at))

    def dead_at(self) -> float:
        """When the link is dead, if nothing is heard before; never, while this side does not read."""
        if self._paused:
            return math.inf
        idle = self.last_heard + self.policy.timeout
        if not self._streaming():
            return idle
        return min(idle, max(self.last_heard, self._audio_since) + self.policy.streaming_timeout)

    def _streaming(self) -> bool:
        """Whether audio flowed when something was last heard: in a silence nothing can change that."""
        return self._last_audio >= self.last_heard - self.policy.streaming_memory

    def _payload(self) -> bytes:
        return self._pings.to_bytes(4, "big")
