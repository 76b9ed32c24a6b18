"""Whose turn it is."""

from tars.server.stt.scheduler import FairScheduler


def test_sessions_take_turns_and_one_without_work_has_none() -> None:
    scheduler = FairScheduler[str]()
    scheduler.add("one")
    scheduler.add("two")
    scheduler.add("one")
    assert [scheduler.next() for _ in range(4)] == ["one", "two", "one", "two"]
    scheduler.remove("one")
    scheduler.remove("unknown")
    assert [scheduler.next() for _ in range(2)] == ["two", "two"]
    scheduler.remove("two")
    assert scheduler.next() is None
