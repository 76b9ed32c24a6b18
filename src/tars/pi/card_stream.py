"""Sound card streams that are kept open: watched, and opened anew when they go deaf or stick.

A card that comes back under another number is found again, in the same process and beside the link. Only where
PortAudio itself hangs, in a driver that will never answer, `keep_open` gives up after a minute; the program ends,
and whoever supervises it (systemd) starts one whose PortAudio is new.
"""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio
from structlog import get_logger

from tars.errors import UserError
from tars.pi.audio_devices import Kind, load_sounddevice
from tars.pi.line_budget import LineBudget
from tars.pi.portaudio import PORTAUDIO, CannotOpen, NoAnswer, PortAudio, Stream
from tars.pi.vigilance import SILENT_AFTER, Finding, Pulse, Warden

log = get_logger()
LOOK_EVERY = 0.25
"""Seconds between two looks at a stream."""
GIVE_UP_AFTER = 60.0
"""Seconds without an answer from PortAudio before it is given up."""
LATENCY = 0.04
"""Seconds of audio that the card holds: two blocks, so that one that comes late makes no gap."""
EVENTS = {Kind.MICROPHONE: "microphone_deaf", Kind.SPEAKER: "speaker_stuck"}
"""Log events of trouble."""

OnTrouble = Callable[[str | None], None]
"""Told a reason, for people, when the device fails, and None when it works again."""


class DeviceLost(UserError):
    """PortAudio hangs in a card and does not come back."""


def never_busy() -> bool:
    """For a device whose stream may be closed for a moment at any time."""
    return False


@attrs.define(eq=False)
class CardStream:
    """What is to be kept open, and who is told what becomes of it."""

    kind: Kind
    name: str
    """Of the card, for people."""
    open: Callable[[Pulse], Stream]
    """Opens a stream that feeds the pulse, without starting it; runs in a thread; raises sounddevice's
    PortAudioError, or `UserError` where the card is not there."""
    on_trouble: OnTrouble
    busy: Callable[[], bool] = never_busy
    """Whether something is playing, so that the stream must not be closed without need."""
    clock: Callable[[], float] = time.monotonic
    """That of the pulses; threads read it."""
    portaudio: PortAudio = PORTAUDIO
    _warden: Warden = attrs.field(init=False, factory=Warden)
    _told: Finding | None = attrs.field(init=False, default=None)
    _lines: LineBudget = attrs.field(init=False, factory=LineBudget)
    _line_told: bool = attrs.field(init=False, default=False)

    def tell(self, reason: str | None = None) -> None:
        """Pass on what the warden has found out, where that is news."""
        trouble = self._warden.trouble
        if trouble is self._told:
            return
        self._told = trouble
        if trouble is None:
            if self._line_told:
                log.info(f"{self.kind.value}_back", device=self.name)
            self.on_trouble(None)
            return
        reason = reason or _reason(trouble)
        # a noise gate may make a microphone deaf and back all day long
        self._line_told = self._lines.spend(self.clock())
        if self._line_told:
            log.warning(EVENTS[self.kind], device=self.name, reason=reason)
        self.on_trouble(reason)

    @asynccontextmanager
    async def opened(self) -> "AsyncIterator[tuple[Stream, Pulse]]":
        """A new stream, opened and started; raises `CannotOpen`."""
        pulse = Pulse(self.clock())
        async with self.portaudio.opened(partial(self.open, pulse)) as stream:
            pulse.opened_at = self.clock()
            yield stream, pulse

    async def find_and_open(self) -> None:
        """Open it anew, when its time has come, and watch it until it has to be closed. Raises `CannotOpen`."""
        was = self._warden.trouble
        await trio.sleep(self._warden.opening() if was else 0)
        if was is Finding.STUCK:
            await self.portaudio.look_again()
        async with self.opened() as (stream, pulse):
            await self.watch(stream, pulse)

    async def watch(self, stream: Stream, pulse: Pulse) -> None:
        """Return when the stream has to be closed."""
        while True:
            finding = pulse.feel(self.clock()) if stream.active else Finding.STUCK
            to_be_closed = self._warden.look(finding, self.clock())
            self.tell(None if stream.active else "the sound card stopped")
            if to_be_closed or (self.portaudio.asks_aside and not self.busy()):
                return
            await trio.sleep(LOOK_EVERY)

    def failed(self, reason: str) -> None:
        """It could not be opened."""
        self._warden.failed()
        self.tell(reason)


async def keep_open(card: CardStream, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:  # noqa: ASYNC114
    """Keep a stream open until cancelled; `task_status` is told when it first is.

    Raises `UserError` where it cannot be opened at first, `DeviceLost` where PortAudio has hung for a minute.
    """
    try:
        async with card.opened() as (stream, pulse):
            task_status.started()
            await card.watch(stream, pulse)
    except CannotOpen as exc:
        raise UserError(
            f"the {card.kind.value} {card.name!r} cannot be opened: {exc};"
            " tars-pi audio-devices lists others, and wav:FILE needs none"
        ) from exc
    answered_at = trio.current_time()
    while True:
        while card.portaudio.asks_aside:  # noqa: ASYNC110 - it is over in a moment, and nobody else is told
            await trio.sleep(LOOK_EVERY)
        try:
            await card.find_and_open()
            answered_at = trio.current_time()
        except NoAnswer as exc:
            card.failed(str(exc))
            if trio.current_time() - answered_at > GIVE_UP_AFTER:
                raise DeviceLost(
                    f"the {card.kind.value} {card.name!r} hangs: {exc}; start tars-pi again, which systemd does by"
                    " itself, and plug the card in anew if that does not help"
                ) from exc
        except CannotOpen as exc:
            card.failed(str(exc))
            answered_at = trio.current_time()


def _reason(trouble: Finding) -> str:
    if trouble is Finding.FLAT:
        return f"nothing but silence without any noise for {SILENT_AFTER:g} s; is it muted?"
    return f"no sound passed for {SILENT_AFTER:g} s"


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
