"""What is news, and what was told before."""

from tars.link.told import AGAIN, MOST, Told


def test_the_same_is_news_once_an_hour() -> None:
    told = Told()
    assert told.is_news("a", 0.0)
    assert not told.is_news("a", AGAIN - 1)
    assert told.is_news("b", AGAIN - 1)
    assert told.is_news("a", AGAIN)


def test_a_flood_is_not_kept() -> None:
    told = Told()
    assert all(told.is_news(number, 0.0) for number in range(3 * MOST))
    assert not told.is_news(3 * MOST - 1, 1.0)
    assert told.is_news(0, 1.0)
