"""When the cards are listed anew, and what happens with streams that nobody waits for. PortAudio is a fake."""

import sys
import time
from collections.abc import Callable
from types import SimpleNamespace

import attrs
import pytest
import trio

from tars.pi import portaudio
from tars.pi.portaudio import CannotOpen, NoAnswer, PortAudio


class PortAudioError(Exception):
    pass


@attrs.define
class FakeStream:
    calls: list[str] = attrs.field(factory=list)
    active: bool = True
    start_takes: float = 0.0
    close_takes: float = 0.0

    def start(self) -> None:
        time.sleep(self.start_takes)
        self.calls.append("start")

    def abort(self) -> None:
        self.calls.append("abort")

    def close(self) -> None:
        time.sleep(self.close_takes)
        self.calls.append("close")


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with the library."""
    done: list[str] = []
    fake = SimpleNamespace(PortAudioError=PortAudioError, _initialized=1, _exit_handler=lambda: None)

    def terminate() -> None:
        fake._initialized -= 1
        done.append("terminate")

    def initialize() -> None:
        fake._initialized += 1
        done.append("initialize")

    fake._terminate, fake._initialize = terminate, initialize
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return done


def refuse(error: Exception) -> Callable[[], FakeStream]:
    def open_stream() -> FakeStream:
        raise error

    return open_stream


def test_a_stream_is_started_and_closed_and_a_refusal_has_its_reason(library: list[str]) -> None:
    async def main() -> None:
        stream = FakeStream()
        async with PortAudio().opened(lambda: stream):
            assert stream.calls == ["start"]
        assert stream.calls == ["start", "abort", "close"]
        with pytest.raises(CannotOpen, match=r"^Device unavailable$"):
            async with PortAudio().opened(
                refuse(PortAudioError("Error opening RawInputStream: Device unavailable"))
            ):
                pass

    trio.run(main)


def test_cards_are_listed_anew_when_no_stream_is_open(library: list[str]) -> None:
    async def main() -> None:
        shared = PortAudio(lambda: "cards")
        async with shared.opened(FakeStream):
            await shared.look_again()
            assert library == []
            assert not shared.asks_aside
        await shared.look_again()
        assert library == ["terminate", "initialize"]

    trio.run(main)


@pytest.mark.parametrize("polite", [True, False])
def test_for_another_set_of_cards_the_others_are_asked_aside(
    library: list[str], polite: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portaudio, "ASIDE_LIMIT", 0.2)

    async def main() -> None:
        cards = "0 Built-in"
        shared = PortAudio(lambda: cards)

        async def another() -> None:
            async with shared.opened(FakeStream):
                while not (polite and shared.asks_aside):  # noqa: ASYNC110
                    await trio.sleep(0.01)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(another)
            while not shared._streams:  # noqa: ASYNC110
                await trio.sleep(0.01)
            cards = "1 Headset"
            await shared.look_again()
            assert library == (["terminate", "initialize"] if polite else [])
            assert not shared.asks_aside
            nursery.cancel_scope.cancel()

    trio.run(main)


def test_a_card_that_does_not_answer_holds_nobody_up(library: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portaudio, "OPEN_LIMIT", 0.1)
    monkeypatch.setattr(portaudio, "CLOSE_LIMIT", 0.1)
    late = FakeStream()

    def slow() -> FakeStream:
        time.sleep(0.3)
        return late

    async def main() -> None:
        shared = PortAudio()
        began = trio.current_time()
        with pytest.raises(NoAnswer):
            async with shared.opened(slow):
                pass
        assert trio.current_time() - began < 0.25
        await trio.sleep(0.4)
        assert late.calls == ["abort", "close"]  # it came when nobody waited for it any more
        async with shared.opened(lambda: FakeStream(close_takes=0.4)):
            began = trio.current_time()
        assert trio.current_time() - began < 0.3
        with pytest.raises(NoAnswer):  # the library is still in there
            async with shared.opened(FakeStream):
                pass

    trio.run(main)


def test_a_stream_that_takes_too_long_to_start_keeps_no_card(
    library: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portaudio, "OPEN_LIMIT", 0.1)
    late = FakeStream(start_takes=0.3)

    async def main() -> None:
        shared = PortAudio()
        with pytest.raises(NoAnswer):
            async with shared.opened(lambda: late):
                pass
        await trio.sleep(0.4)
        assert late.calls == ["start", "abort", "close"]
        await shared.look_again()
        assert library == ["terminate", "initialize"]  # nothing counts as open

    trio.run(main)


def test_a_stream_is_closed_however_long_another_one_takes_to_open(
    library: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portaudio, "CLOSE_LIMIT", 0.1)
    microphone, headset = FakeStream(), FakeStream(start_takes=0.4)

    async def main() -> None:
        shared = PortAudio()
        async with trio.open_nursery() as nursery:

            async def open_headset() -> None:
                async with shared.opened(lambda: headset):
                    await trio.sleep(0.2)

            async with shared.opened(lambda: microphone):
                nursery.start_soon(open_headset)
                while not shared._turn.borrowed_tokens:  # noqa: ASYNC110
                    await trio.sleep(0.01)
        assert microphone.calls == ["start", "abort", "close"]
        assert headset.calls == ["start", "abort", "close"]

    trio.run(main)
