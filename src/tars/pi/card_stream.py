"""Sound card streams that are kept open: opened in threads, watched, and reopened when they fall silent.

PortAudio lists the cards once in the life of a process, and closes every stream when it is made to look again.
So a card that comes back under its old number is found again; for any other, `keep_open` gives up after a
minute, the program ends, and whoever supervises it (systemd) starts one that sees the cards as they are now.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import attrs
import trio
from structlog import get_logger

from tars.errors import UserError
from tars.pi.audio_devices import AudioDevice, Kind, load_sounddevice

log = get_logger()
SILENT_AFTER = 3.0
"""Seconds without a block before a stream counts as lost; a card waking from power saving takes up to two."""
LOOK_EVERY = 0.25
"""Seconds between two looks at the stream."""
OPEN_LIMIT = 10.0
"""Seconds that opening a card may take; Bluetooth takes several."""
CLOSE_LIMIT = 1.0
"""Seconds that closing may take before its thread is left to itself: a dead card's can hang."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Seconds before reopening, doubled each time: for a plug that is being put back."""
GIVE_UP_AFTER = 60.0
"""Seconds without a block before the device is given up."""
LATENCY = 0.04
"""Seconds of audio that the card holds: two blocks, so that one that comes late makes no gap."""

OnTrouble = Callable[[str | None], None]
"""Told a reason, for people, when the device is lost, and None when it is back."""
_portaudio = trio.CapacityLimiter(1)
"""PortAudio opens and closes one stream at a time: it is not safe with threads."""


class Stream(Protocol):
    """A stream of sounddevice, as far as it is used here."""

    @property
    def active(self) -> bool:
        """Whether the card calls back."""

    def start(self) -> None:
        """Begin to call back."""

    def abort(self) -> None:
        """End at once."""

    def close(self) -> None:
        """Give back the card."""


class DeviceLost(Exception):
    """A sound card fell silent and did not come back. The text is a reason for people."""


class CannotOpen(Exception):
    """Why a stream could not be opened."""


@attrs.define
class Life:
    """When a stream last gave or took a block. Beaten in the card's thread, read in trio's."""

    clock: Callable[[], float] = time.monotonic
    blocks: int = 0
    _last: float = 0.0

    def beat(self) -> None:
        """A block came."""
        self.blocks += 1
        self._last = self.clock()

    def begin(self) -> None:
        """A stream was opened; its first block is awaited."""
        self.blocks = 0
        self._last = self.clock()

    @property
    def silent_for(self) -> float:
        """Seconds since the last block."""
        return self.clock() - self._last


@attrs.frozen
class CardStream:
    """What is to be kept open, and who is told what becomes of it."""

    kind: Kind
    device: AudioDevice
    open: Callable[[], Stream]
    """Opens a stream without starting it; runs in a thread; raises sounddevice's PortAudioError."""
    on_trouble: OnTrouble
    life: Life = attrs.field(factory=Life)

    def tell(self, reason: str | None) -> None:
        """Log that it was lost, or that it is back, and pass it on."""
        if reason is None:
            log.info(f"{self.kind.value}_back", device=self.device.name)
        else:
            log.warning(f"{self.kind.value}_lost", device=self.device.name, reason=reason)
        self.on_trouble(reason)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Stream]:
        """The stream, opened and started; raises `CannotOpen`."""
        sounddevice = await trio.to_thread.run_sync(load_sounddevice)
        wanted = True

        def open_and_start() -> Stream:
            stream = self.open()
            if wanted:
                stream.start()
            else:  # it took too long, and nobody waits for it any more
                stream.close()
            return stream

        try:
            with trio.fail_after(OPEN_LIMIT):
                stream = await trio.to_thread.run_sync(open_and_start, abandon_on_cancel=True, limiter=_portaudio)
        except trio.TooSlowError:
            raise CannotOpen(f"it did not open within {OPEN_LIMIT:g} s") from None
        except sounddevice.PortAudioError as exc:
            raise CannotOpen(explain(exc)) from exc
        finally:
            wanted = False
        self.life.begin()
        try:
            yield stream
        finally:
            with trio.move_on_after(CLOSE_LIMIT, shield=True):
                await trio.to_thread.run_sync(partial(_close, stream), abandon_on_cancel=True, limiter=_portaudio)


async def keep_open(card: CardStream, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:  # noqa: ASYNC114
    """Keep the stream open until cancelled; `task_status` is told when it first is.

    Raises `UserError` where it cannot be opened at first, `DeviceLost` where it was lost and stays so.
    """
    try:
        async with card.opened() as stream:
            task_status.started()
            reason = await _until_lost(stream, card.life)
    except CannotOpen as exc:
        raise UserError(
            f"The {card.kind.value} {card.device.name!r} cannot be opened: {exc};"
            " tars-pi audio-devices lists others, and wav:FILE needs none"
        ) from exc
    while True:
        card.tell(reason)
        reason = await _recover(card, reason)


async def _recover(card: CardStream, reason: str) -> str:
    """Reopen until blocks come again; return why they stopped once more."""
    give_up_at = trio.current_time() + GIVE_UP_AFTER
    wait = FIRST_WAIT
    while trio.current_time() < give_up_at:
        await trio.sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)
        try:
            async with card.opened() as stream:
                while not card.life.blocks and card.life.silent_for < SILENT_AFTER:  # noqa: ASYNC110 - beaten in a thread
                    await trio.sleep(LOOK_EVERY)
                if card.life.blocks:
                    card.tell(None)
                    return await _until_lost(stream, card.life)
        except CannotOpen as exc:
            reason = str(exc)
    raise DeviceLost(f"{card.kind.value} {card.device.name!r}: {reason}")


async def _until_lost(stream: Stream, life: Life) -> str:
    while stream.active:
        if life.silent_for > SILENT_AFTER:
            return f"no sound passed for {SILENT_AFTER:g} s"
        await trio.sleep(LOOK_EVERY)
    return "the sound card stopped"


def _close(stream: Stream) -> None:
    stream.abort()
    stream.close()


def explain(error: Exception) -> str:
    """What PortAudio says is wrong, without its error numbers."""
    text = str(error.args[0] if error.args else error)
    return text.removeprefix("Error opening RawInputStream: ").removeprefix("Error opening RawOutputStream: ")


def open_first(streams: Sequence[Callable[[], Stream]]) -> Stream:
    """Open the first of these that the card takes; raises what it said to the one liked best."""
    portaudio_error: type[Exception] = load_sounddevice().PortAudioError
    first_error: Exception | None = None
    for open_stream in streams:
        try:
            return open_stream()
        except portaudio_error as exc:
            first_error = first_error or exc
    assert first_error is not None
    raise first_error
