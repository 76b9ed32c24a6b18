"""A sound card that comes and goes. In virtual time, with a card that does as it is told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
from structlog.testing import capture_logs

from tars.errors import UserError
from tars.pi.audio_devices import Kind
from tars.pi.card_stream import CardStream, DeviceLost, keep_open
from tars.pi.portaudio import CannotOpen, NoAnswer, PortAudio, Stream
from tars.pi.vigilance import FLAT_PAUSES, Pulse
from tests.support.virtual import run_virtual

NAME = "USB Microphone"
NOTICED = 3.0
"""Seconds within which trouble has to be told."""


@attrs.define(eq=False)
class FakeCard(PortAudio):
    """Gives a block every 100 ms while it is `giving`; cannot be opened while it is not `present`.

    It is a PortAudio too: real streams need threads, and there are none in virtual time.
    """

    present: bool = True
    giving: bool = True
    flat: bool = False
    hangs: bool = False
    opened_at: list[float] = attrs.field(factory=list)
    looked_at: list[float] = attrs.field(factory=list)
    pulses: list[Pulse] = attrs.field(factory=list)
    told: list[tuple[float, str | None]] = attrs.field(factory=list)

    @property
    def active(self) -> bool:
        return self.present

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...

    def open(self, pulse: Pulse) -> Stream:
        if not self.present:
            raise CannotOpen("Device unavailable")
        self.pulses.append(pulse)
        return self

    def tell(self, reason: str | None) -> None:
        self.told.append((trio.current_time(), reason))

    @property
    def reasons(self) -> list[str | None]:
        return [reason for _, reason in self.told]

    async def give(self) -> None:
        while True:
            if self.giving and self.present:
                for pulse in self.pulses:
                    pulse.feed(trio.current_time(), flat=self.flat)
            await trio.sleep(0.1)

    @asynccontextmanager
    async def opened(self, open_stream: Callable[[], Stream]) -> AsyncIterator[Stream]:
        self.opened_at.append(trio.current_time())
        if self.hangs:
            await trio.sleep(10)
            raise NoAnswer("it did not open within 10 s")
        stream = open_stream()
        try:
            yield stream
        finally:
            self.pulses.pop()

    async def look_again(self) -> None:
        self.looked_at.append(trio.current_time())
        await trio.lowlevel.checkpoint()


def with_card(
    story: Callable[[FakeCard], Awaitable[None]], *, present: bool = True, busy: Callable[[], bool] = lambda: False
) -> FakeCard:
    async def main() -> FakeCard:
        card = FakeCard(present=present)
        stream = CardStream(
            Kind.MICROPHONE, NAME, card.open, card.tell, busy, clock=trio.current_time, portaudio=card
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(card.give)
            await nursery.start(keep_open, stream)
            await story(card)
            nursery.cancel_scope.cancel()
        assert card.pulses == []
        return card

    return run_virtual(main)


def test_a_card_that_stays_is_opened_once_and_left_alone() -> None:
    async def a_long_time(card: FakeCard) -> None:
        await trio.sleep(300)

    card = with_card(a_long_time)
    assert card.opened_at == [0]
    assert card.told == []


def test_a_card_that_stalls_is_told_of_within_three_seconds_and_opened_anew() -> None:
    async def stall(card: FakeCard) -> None:
        await trio.sleep(10)
        card.giving = False
        await trio.sleep(12)
        card.giving = True
        await trio.sleep(60)

    with capture_logs() as logs:
        card = with_card(stall)
    (lost_at, reason), (back_at, back) = card.told
    assert lost_at <= 10 + NOTICED
    assert reason == "no sound passed for 2.5 s"
    assert 22 <= back_at <= 30
    assert back is None
    assert [log["event"] for log in logs] == ["microphone_deaf", "microphone_back"]


def test_a_card_that_gives_only_zeros_is_told_of_within_three_seconds_and_opened_anew_now_and_then() -> None:
    async def mute(card: FakeCard) -> None:
        await trio.sleep(10)
        card.flat = True
        await trio.sleep(600)
        card.flat = False
        await trio.sleep(60)

    with capture_logs() as logs:
        card = with_card(mute)
    (deaf_at, reason), (back_at, back) = card.told
    assert deaf_at <= 10 + NOTICED
    assert reason is not None
    assert "muted?" in reason
    assert back is None
    assert back_at == pytest.approx(610, abs=0.5)
    assert len(card.opened_at) == len(FLAT_PAUSES)  # in 600 s the last pause is not over
    assert card.opened_at[1] == pytest.approx(deaf_at + FLAT_PAUSES[0], abs=0.5)
    assert card.looked_at == []
    assert len(logs) == 2


def test_a_hung_driver_that_gives_zeros_is_healed_by_opening_it_anew() -> None:
    async def hang(card: FakeCard) -> None:
        await trio.sleep(10)
        card.flat = True
        await trio.sleep(FLAT_PAUSES[0] + 2)  # it stays so until it was told, and then until it is opened anew
        while len(card.opened_at) == 1:  # noqa: ASYNC110
            await trio.sleep(0.01)
        card.flat = False
        await trio.sleep(5)

    card = with_card(hang)
    (deaf_at, _), (back_at, back) = card.told
    assert back is None
    assert back_at - deaf_at <= FLAT_PAUSES[0] + 0.5
    assert len(card.opened_at) == 2


def test_a_noise_gate_does_not_fill_the_log_nor_have_its_card_opened_all_the_time() -> None:
    async def gated(card: FakeCard) -> None:
        for _ in range(200):
            card.flat = False
            await trio.sleep(2)
            card.flat = True
            await trio.sleep(4)

    with capture_logs() as logs:
        card = with_card(gated)
    assert card.opened_at == [0]
    assert len(card.told) >= 399
    assert len(logs) <= 2 * (30 + 20)  # of twenty minutes


def test_opening_is_not_being_back_and_pauses_grow() -> None:
    async def pull_out(card: FakeCard) -> None:
        await trio.sleep(1)
        card.present = False
        await trio.sleep(50)
        card.present, card.giving = True, False  # opens, and gives nothing
        await trio.sleep(5)
        card.giving = True
        await trio.sleep(20)

    card = with_card(pull_out)
    assert card.reasons == ["the sound card stopped", None]
    assert card.told[1][0] >= 56
    pauses = [later - earlier for earlier, later in zip(card.opened_at[1:], card.opened_at[2:], strict=False)]
    assert pauses[:4] == [1, 2, 4, 8]
    assert card.looked_at[:4] == card.opened_at[1:5]


def test_a_card_that_is_away_for_long_is_back_within_seconds_when_it_is_plugged_in() -> None:
    async def pull_out(card: FakeCard) -> None:
        card.present = False
        await trio.sleep(3_600)
        card.present = True
        await trio.sleep(10)

    with capture_logs() as logs:
        card = with_card(pull_out)
    assert card.reasons == ["the sound card stopped", None]
    assert len(logs) == 2


def test_a_library_that_hangs_is_given_up_after_a_minute() -> None:
    async def hang(card: FakeCard) -> None:
        card.hangs, card.giving = True, False
        await trio.sleep(120)

    assert issubclass(DeviceLost, UserError)  # a sentence, not a traceback
    with pytest.RaisesGroup(
        pytest.RaisesExc(DeviceLost, match="USB Microphone.*did not open within 10 s; start tars-pi again")
    ):
        with_card(hang)


def test_a_card_that_cannot_be_opened_at_first_is_the_users_to_mend() -> None:
    async def nothing(card: FakeCard) -> None: ...

    with pytest.RaisesGroup(pytest.RaisesExc(UserError, match="'USB Microphone' cannot be opened: Device unav")):
        with_card(nothing, present=False)


@pytest.mark.parametrize("busy", [False, True])
def test_a_healthy_stream_steps_aside_when_it_is_asked_and_is_not_in_use(busy: bool) -> None:
    async def ask(card: FakeCard) -> None:
        await trio.sleep(10)
        card.asks_aside = True
        await trio.sleep(0.5)
        assert bool(card.pulses) is busy
        card.asks_aside = False
        await trio.sleep(1)

    card = with_card(ask, busy=lambda: busy)
    assert card.told == []
    assert len(card.opened_at) == (1 if busy else 2)
