"""PortAudio, of which a process has one: streams opened and closed in threads, and cards listed anew.

PortAudio lists the cards when it is initialised, and closes every stream when it is made to look again. So it
looks again when no stream is open; and where the system has got another set of cards, those who have a stream open
are asked to step aside for the moment that it takes.
"""

import atexit
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
            with trio.fail_after(OPEN_LIMIT):
                stream = await trio.to_thread.run_sync(opening.run, abandon_on_cancel=True, limiter=self._turn)
        except trio.TooSlowError:
            raise NoAnswer(f"it did not open within {OPEN_LIMIT:g} s") from None
        finally:
            opening.wanted = False
        try:
            yield stream
        finally:
            with trio.move_on_after(CLOSE_LIMIT, shield=True) as limit:
                await trio.to_thread.run_sync(self._close, stream, abandon_on_cancel=True, limiter=self._turn)
            if limit.cancelled_caught:
                _forget_at_exit()

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
        if self._streams:
            return  # somebody could not step aside
        sounddevice = load_sounddevice()
        try:
            while sounddevice._initialized > 0:
                sounddevice._terminate()
            sounddevice._initialize()
        except sounddevice.PortAudioError as exc:
            raise CannotOpen(explain(exc)) from exc
        self._listed = self._cards()

    def _open(self, open_stream: Callable[[], Stream], sounddevice: ModuleType) -> Stream:
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

    def _close(self, stream: Stream) -> None:
        stream.abort()
        stream.close()
        self._streams -= 1


@attrs.define(eq=False)
class _Opening:
    """Opens a stream in a thread, for as long as somebody waits for it."""

    _portaudio: PortAudio
    _open_stream: Callable[[], Stream]
    wanted: bool = True

    def run(self) -> Stream:
        """Open and start it; close it again where it took too long and nobody waits for it any more."""
        sounddevice = load_sounddevice()
        stream = self._portaudio._open(self._open_stream, sounddevice)
        try:
            if self.wanted:
                stream.start()
                return stream
        except sounddevice.PortAudioError as exc:
            self._portaudio._close(stream)
            raise CannotOpen(explain(exc)) from exc
        self._portaudio._close(stream)
        return stream


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
