"""When each paired device was last here."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from tars.link import LinkLost
from tars.server.authorisation import Gatekeeper
from tars.server.pairing import PairedDevices, pair_device, unpair_device
from tars.server.visitors import VisitorsBook, book_beside, read_book
from tests.server.house import open_house
from tests.support.virtual import run_virtual

START = datetime(2026, 3, 1, tzinfo=UTC)


def now() -> datetime:
    return START + timedelta(seconds=trio.current_time())


def test_the_book_says_when_who_was_last_here_and_nothing_of_strangers(tmp_path: Path) -> None:
    path = tmp_path / "paired.json"
    kitchen, bedroom = (pair_device(path, name)[0] for name in ("kitchen", "bedroom"))
    book = book_beside(path)

    async def story() -> None:
        keeper = Gatekeeper("shared", PairedDevices(path), book=VisitorsBook(book, now))
        async with open_house(gatekeeper=keeper) as house:
            with pytest.raises(LinkLost):
                await house.dial(token="wrong")
            stays = await house.dial(token=kitchen)
            await stays.hello("kitchen")
            await (await house.dial(token="shared")).hello("hall")
            await trio.sleep(3)
            assert set(read_book(book)) == {"kitchen"}
            await trio.sleep(600)
            assert not stays.lost.is_set()
            leaves = await house.dial(token=bedroom)
            await leaves.hello("bedroom")
            await leaves.connection.close()
            await trio.sleep(300)
            seen = read_book(book)
            assert set(seen) == {"kitchen", "bedroom"}
            assert now() - seen["kitchen"] < timedelta(seconds=61)
            assert timedelta(seconds=299) < now() - seen["bedroom"] < timedelta(seconds=361)
            unpair_device(path, "bedroom")
            await trio.sleep(100)
            assert set(read_book(book)) == {"kitchen"}

    run_virtual(story)
    assert stat.S_IMODE(book.stat().st_mode) == 0o600


def test_what_was_seen_just_before_the_end_is_in_the_book(tmp_path: Path) -> None:
    path = tmp_path / "paired.json"
    token, _ = pair_device(path, "kitchen")

    async def story() -> None:
        keeper = Gatekeeper(None, PairedDevices(path), book=VisitorsBook(book_beside(path), now))
        async with open_house(gatekeeper=keeper) as house:
            await (await house.dial(token=token)).hello("kitchen")

    run_virtual(story)
    assert set(read_book(book_beside(path))) == {"kitchen"}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"kitchen": 5}', '{"kitchen": "noon"}'])
def test_a_damaged_book_is_an_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "book.json").write_text(text)
    assert read_book(tmp_path / "book.json") == {}
