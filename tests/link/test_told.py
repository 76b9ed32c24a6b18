"""What is news, and what was told before."""

from tars.link.told import AGAIN, MOST, MOST_EACH, Told


def test_the_same_is_news_once_an_hour() -> None:
    told = Told()
    assert told.is_news("a", "x", 0.0)
    assert not told.is_news("a", "x", AGAIN - 1)
    assert told.is_news("b", "x", AGAIN - 1)
    assert told.is_news("a", "y", AGAIN - 1)
    assert told.is_news("a", "x", AGAIN)


def test_a_flood_is_not_kept() -> None:
    told = Told()
    assert all(told.is_news(number, "x", 0.0) for number in range(3 * MOST))
    assert not told.is_news(3 * MOST - 1, "x", 1.0)
    assert told.is_news(0, "x", 1.0)


def test_who_makes_up_ever_other_things_is_soon_no_news() -> None:
    told = Told()
    news = [told.is_news("a", number, number / 1000) for number in range(10 * MOST_EACH)]
    assert news == [True] * MOST_EACH + [False] * 9 * MOST_EACH
    assert told.is_news("b", 0, 1.0)
    assert told.is_news("a", "later", AGAIN + 1)
