"""A sound card that comes and goes. In virtual time, with a card that does as it is told."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from tars.errors import UserError
from tars.pi.audio_devices import AudioDevice, Kind
from tars.pi.card_stream import CannotOpen, CardStream, DeviceLost, Life, Stream, keep_open
from tests.support.virtual import run_virtual

DEVICE = AudioDevice(3, "USB Microphone", inputs=1, outputs=0, rate=48_000)


@attrs.define(eq=False)
class FakeCard:
    """Gives a block every 20 ms while it is `giving`; cannot be opened while it is not `present`."""

    present: bool = True
    giving: bool = True
    opened_at: list[float] = attrs.field(factory=list)
    open_now: int = 0
    told: list[tuple[float, str | None]] = attrs.field(factory=list)
    life: Life = attrs.field(factory=lambda: Life(trio.current_time))

    @property
    def active(self) -> bool:
        return self.present

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...

    def tell(self, reason: str | None) -> None:
        self.told.append((trio.current_time(), reason))

    async def give(self) -> None:
        while True:
            if self.open_now and self.giving and self.present:
                self.life.beat()
            await trio.sleep(0.02)


@attrs.frozen
class FakeStream(CardStream):
    """The opening of real streams needs threads; everything else is as it is."""

    card: FakeCard = attrs.field(kw_only=True)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Stream]:
        self.card.opened_at.append(trio.current_time())
        if not self.card.present:
            raise CannotOpen("Device unavailable")
        self.life.begin()
        self.card.open_now += 1
        try:
            yield self.card
        finally:
            self.card.open_now -= 1


def with_card(story: Callable[[FakeCard], Awaitable[None]], *, present: bool = True) -> FakeCard:
    async def main() -> FakeCard:
        card = FakeCard(present)
        stream = FakeStream(Kind.MICROPHONE, DEVICE, lambda: card, on_trouble=card.tell, life=card.life, card=card)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(card.give)
            await nursery.start(keep_open, stream)
            await story(card)
            nursery.cancel_scope.cancel()
        assert card.open_now == 0
        return card

    return run_virtual(main)


def test_a_card_that_stays_is_opened_once_and_left_alone() -> None:
    async def a_long_time(card: FakeCard) -> None:
        await trio.sleep(300)

    card = with_card(a_long_time)
    assert card.opened_at == [0]
    assert card.told == []


def test_a_card_that_stalls_is_told_of_within_three_seconds_and_a_half_and_reopened() -> None:
    async def stall(card: FakeCard) -> None:
        await trio.sleep(10)
        card.giving = False
        await trio.sleep(12)
        card.giving = True
        await trio.sleep(60)

    card = with_card(stall)
    (lost_at, reason), (back_at, back) = card.told
    assert lost_at == pytest.approx(13.2, abs=0.3)
    assert reason == "no sound passed for 3 s"
    assert 22 <= back_at <= 30
    assert back is None


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
    assert [reason for _, reason in card.told] == ["the sound card stopped", None]
    assert card.told[1][0] >= 56
    pauses = [later - earlier for earlier, later in zip(card.opened_at[1:], card.opened_at[2:], strict=False)]
    assert pauses[:4] == [1, 2, 4, 8]


def test_a_card_that_stays_away_is_given_up_after_a_minute() -> None:
    async def pull_out(card: FakeCard) -> None:
        card.present = False
        await trio.sleep(90)

    with pytest.RaisesGroup(pytest.RaisesExc(DeviceLost, match="USB Microphone.*Device unavailable")):
        with_card(pull_out)


def test_a_card_that_cannot_be_opened_at_first_is_the_users_to_mend() -> None:
    async def nothing(card: FakeCard) -> None: ...

    with pytest.RaisesGroup(pytest.RaisesExc(UserError, match="'USB Microphone' cannot be opened: Device unav")):
        with_card(nothing, present=False)
