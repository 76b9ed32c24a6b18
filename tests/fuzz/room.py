"""A room with people, a microphone and a loudspeaker in it, in virtual time."""

from collections import deque

import attrs
import trio

from tars.audio.formats import AudioFormat
from tars.pi.speaker import SpeakerLost
from tests.fuzz.evidence import Evidence, Played
from tests.fuzz.marks import UNIT, UNIT_BYTES, Heard, spoken_units

UNITS_PER_BLOCK = 4
BLOCK = UNITS_PER_BLOCK * UNIT
"""Seconds. A real microphone brings 20 ms at a time; a quarter of the events makes four times as many stories."""
QUESTION_UNITS = 50
"""A question takes a second."""
AHEAD = 0.3
"""Seconds queued in a loudspeaker before a writer has to wait, as in the real one."""


@attrs.define(eq=False)
class Microphone:
    """Hears silence and questions, when it is awake. An unwatched microphone may sleep, to save real time."""

    number: int
    awake: bool = True
    position: int = 0
    """Units heard since it was switched on."""
    _words: deque[tuple[int, int]] = attrs.field(factory=deque)
    _change: trio.Event = attrs.field(factory=trio.Event)

    def say(self, question: int) -> None:
        """Someone speaks."""
        self._words.extend((question, part) for part in range(QUESTION_UNITS))

    def wake(self, awake: bool = True) -> None:
        """Begin to hear, or stop."""
        self.awake = awake
        self._change.set()

    async def run(self, blocks: trio.MemorySendChannel[bytes]) -> None:
        """Hear, until cancelled."""
        tick = trio.current_time()
        while True:
            while not self.awake and not self._words:
                self._change = trio.Event()
                await self._change.wait()
                tick = trio.current_time()
            tick += BLOCK
            await trio.sleep_until(tick)
            blocks.send_nowait(b"".join(self._hear() for _ in range(UNITS_PER_BLOCK)))

    def _hear(self) -> bytes:
        question, part = self._words.popleft() if self._words else (0, 0)
        unit = Heard(self.number, self.position, question, part, QUESTION_UNITS if question else 0)
        self.position += 1
        return unit.encode()


@attrs.define(eq=False)
class Loudspeaker:
    """Plays in real (virtual) time, and writes down what could be heard. A `tars.pi.speaker.Speaker`."""

    process: str
    evidence: Evidence
    volume: int = 100
    _format: AudioFormat = attrs.field(factory=lambda: AudioFormat(16_000))
    _first_at: float | None = None
    _ends_at: float = 0.0
    _written: int = 0
    _discarded_at: float | None = None
    _rest: bytes = b""
    _lost_until: float = 0.0
    _change: trio.Event = attrs.field(factory=trio.Event)

    def lose(self, seconds: float) -> None:
        """Be unplugged for so long."""
        self._lost_until = trio.current_time() + seconds
        self.discard()
        self._change.set()

    async def start(self, audio_format: AudioFormat) -> None:
        self._format, self._first_at, self._discarded_at = audio_format, None, None
        self._written, self._rest, self._ends_at = 0, b"", trio.current_time()
        await trio.lowlevel.checkpoint()

    async def write(self, pcm: bytes) -> None:
        self._check()
        if self._discarded_at is None:
            self._queue(pcm)
        await self._wait_until_queued(AHEAD)

    async def drain(self) -> None:
        self._check()
        await self._wait_until_queued(0.0)

    def discard(self) -> None:
        now = trio.current_time()
        if self._discarded_at is None:
            self._discarded_at = now
            while (played := self.evidence.played) and played[-1].at > now:
                if played[-1].process != self.process:
                    break
                played.pop()
        self._ends_at = min(self._ends_at, now)

    @property
    def played(self) -> int:
        if self._first_at is None:
            return 0
        heard = min(self._ends_at, trio.current_time()) - self._first_at
        written = self._written // self._format.frame_bytes
        return max(0, min(written, round(heard * self._format.rate)))

    async def wait_heard(self) -> float:
        while self._first_at is None:
            self._change = trio.Event()
            await self._change.wait()
        await trio.lowlevel.checkpoint()
        return self._first_at

    @property
    def heard_at(self) -> float | None:
        return self._first_at

    def _queue(self, pcm: bytes) -> None:
        start = max(trio.current_time(), self._ends_at)
        if self._first_at is None:
            self._first_at = start
            self._change.set()
        whole = self._rest + pcm
        kept = len(whole) // UNIT_BYTES * UNIT_BYTES
        for index, unit in enumerate(spoken_units(whole)):
            self.evidence.played.append(Played(start + index * UNIT, self.process, unit))
        self._rest = whole[kept:]
        self._written += len(pcm)
        self._ends_at = start + self._format.seconds(len(pcm))

    async def _wait_until_queued(self, seconds: float) -> None:
        await trio.lowlevel.checkpoint()
        while (wait := self._ends_at - seconds - trio.current_time()) > 1e-9:
            self._change = trio.Event()
            with trio.move_on_after(wait):
                await self._change.wait()
            self._check()

    def _check(self) -> None:
        if trio.current_time() < self._lost_until:
            raise SpeakerLost("it was unplugged")
