"""PortAudio, of which a process has one: streams opened and closed in threads, and cards listed anew.

PortAudio lists the cards when it is initialised, and closes every stream when it is made to look again. So it
looks again when no stream is open; and where the system has got another set of cards, those who have a stream open
are asked to step aside for the moment that it takes.
"""

import atexit
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Protocol

import attrs
import trio

from tars.errors import UserError
from tars.pi.audio_devices import load_sounddevice

OPEN_LIMIT = 10.0
"""Seconds that opening a card may take; Bluetooth takes several."""
CLOSE_LIMIT = 1.0
"""Seconds that closing may take before its thread is left to itself: a dead card's can hang."""
ASIDE_LIMIT = 1.5
"""Seconds for others to step aside: they look four times a second, and closing takes milliseconds."""
LOOK_ASIDE = 0.05
"""Seconds between two looks at whether they have."""
KERNELS_LIST = Path("/proc/asound/cards")


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


class CannotOpen(Exception):
    """Why a stream could not be opened."""


class NoAnswer(CannotOpen):
    """PortAudio itself hangs: in a card's driver, or waiting for a sound server that stands still."""


def system_cards() -> str:
    """The kernel's own list of sound cards; empty where it has none to read."""
    with suppress(OSError):
        return KERNELS_LIST.read_text(encoding="utf-8", errors="replace")
    return ""


@attrs.define(eq=False)
class PortAudio:
    """The library's one state. It is not safe with threads: one call at a time."""

    _cards: Callable[[], str] = system_cards
    _turn: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(1))
    """For what need not happen when nobody waits for it any more: opening and listing."""
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    """Held by the thread whose call it is. A stream's closing waits here, not above: it has to happen, however
    long another card's opening takes, or that card stays taken for ever."""
    _streams: int = 0
    _listed: str | None = None
    """The system's cards when PortAudio last listed them, as far as is known."""
    asks_aside: bool = False
    """Whether streams that can pause should be closed until this is over."""

    @asynccontextmanager
    async def opened(self, open_stream: Callable[[], Stream]) -> AsyncIterator[Stream]:
        """The stream that `open_stream` makes in a thread, started; closed at the end. Raises `CannotOpen`."""
        await trio.to_thread.run_sync(load_sounddevice)
        opening = _Opening(self, open_stream)
        try:
            yield await self._wait_for(opening)
        finally:
            if (stream := opening.give_up()) is not None:
                with trio.move_on_after(CLOSE_LIMIT, shield=True) as limit:
                    await trio.to_thread.run_sync(self._close, stream, abandon_on_cancel=True)
                if limit.cancelled_caught:
                    _forget_at_exit()

    async def _wait_for(self, opening: "_Opening") -> Stream:
        try:
            with trio.fail_after(OPEN_LIMIT):
                return await trio.to_thread.run_sync(opening.run, abandon_on_cancel=True, limiter=self._turn)
        except trio.TooSlowError:
            raise NoAnswer(f"it did not open within {OPEN_LIMIT:g} s") from None

    async def look_again(self) -> None:
        """List the cards anew, where that may help and disturbs nobody. Raises `CannotOpen`."""
        if self._streams and self._cards() == self._listed:
            return
        self.asks_aside = True
        try:
            with trio.move_on_after(ASIDE_LIMIT):
                while self._streams:  # noqa: ASYNC110 - counted in threads
                    await trio.sleep(LOOK_ASIDE)
            with trio.fail_after(OPEN_LIMIT):
                await trio.to_thread.run_sync(self._list, abandon_on_cancel=True, limiter=self._turn)
        except trio.TooSlowError:
            raise NoAnswer(f"PortAudio did not answer within {OPEN_LIMIT:g} s") from None
        finally:
            self.asks_aside = False

    def _list(self) -> None:
        sounddevice = load_sounddevice()
        with self._lock:
            if self._streams:
                return  # somebody could not step aside
            try:
                while sounddevice._initialized > 0:
                    sounddevice._terminate()
                sounddevice._initialize()
            except sounddevice.PortAudioError as exc:
                raise CannotOpen(explain(exc)) from exc
            self._listed = self._cards()

    def _close(self, stream: Stream) -> None:
        with self._lock:
            self._close_now(stream)

    # ---- by a thread that holds the lock

    def _open_now(self, open_stream: Callable[[], Stream], sounddevice: ModuleType) -> Stream:
        if self._listed is None:
            self._listed = self._cards()
        try:
            stream = open_stream()
            self._streams += 1
            return stream
        except sounddevice.PortAudioError as exc:
            raise CannotOpen(explain(exc)) from exc
        except UserError as exc:  # there is no such card at present
            raise CannotOpen(str(exc)) from exc

    def _close_now(self, stream: Stream) -> None:
        stream.abort()
        stream.close()
        self._streams -= 1


@attrs.define(eq=False)
class _Opening:
    """Opens a stream in a thread, for as long as somebody waits for it. Every stream has one who closes it: the
    thread, or, once it was handed over, whoever gives it up."""

    _portaudio: PortAudio
    _open_stream: Callable[[], Stream]
    _wanted: bool = True
    _handed_over: Stream | None = None
    _handover: threading.Lock = attrs.field(factory=threading.Lock)
    """Held for an instant only: trio's thread takes it, too."""

    def run(self) -> Stream:
        """Open and start it; close it again where it took too long and nobody waits for it any more."""
        sounddevice = load_sounddevice()
        with self._portaudio._lock:
            stream = self._portaudio._open_now(self._open_stream, sounddevice)
            try:
                if self._wanted:
                    stream.start()  # which may take as long as opening
            except sounddevice.PortAudioError as exc:
                self._portaudio._close_now(stream)
                raise CannotOpen(explain(exc)) from exc
            with self._handover:
                if self._wanted:
                    self._handed_over = stream
                    return stream
            self._portaudio._close_now(stream)
            return stream

    def give_up(self) -> Stream | None:
        """Nobody wants it any more; the stream, where there is one that the caller has to close."""
        with self._handover:
            self._wanted = False
            return self._handed_over


PORTAUDIO = PortAudio()
"""The library is one for the process, and so is this."""


def explain(error: Exception) -> str:
    """What PortAudio says is wrong, without its error numbers."""
    text = str(error.args[0] if error.args else error)
    for prefix in ("Error opening RawInputStream: ", "Error opening RawOutputStream: "):
        text = text.removeprefix(prefix)
    return text


def _forget_at_exit() -> None:
    """A stream hangs in its closing, and sounddevice would close it once more when the program ends, for ever."""
    atexit.unregister(load_sounddevice()._exit_handler)
