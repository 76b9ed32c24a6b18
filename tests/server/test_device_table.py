"""The list of devices, as people read it."""

from datetime import datetime

from tars.server.device_table import as_table, rows_of
from tars.server.pairing import Pairing
from tars.server.roll import Entry

NOON = datetime(2026, 3, 1, 12).astimezone()
TEN = NOON.replace(hour=10)


def pairing(*, legacy: bool = False) -> Pairing:
    return Pairing(b"", TEN, legacy)


def test_it_shows_who_is_here_who_was_and_who_never_came() -> None:
    known = [
        Entry("kitchen", True, NOON, "192.0.2.7:5000", 0.0034, "tars-pi/0.1.0"),
        Entry("guest", True, NOON, "192.0.2.8:5000", None, None, legacy=True),
        Entry("hall", False, NOON, client="tars-pi/0.0.9"),
    ]
    pairings = {"kitchen": pairing(), "hall": pairing(), "porch": pairing(legacy=True)}
    table = as_table(rows_of(pairings, {"hall": TEN, "kitchen": TEN}, known), online=True)
    assert table.splitlines() == [
        "DEVICE   PAIRED            LAST SEEN         FROM            SINCE             ROUND TRIP  PROGRAM",
        "guest    -                 online            192.0.2.8:5000  2026-03-01 12:00  -           -"
        "              older client",
        "hall     2026-03-01 10:00  2026-03-01 12:00  -               -                 -           tars-pi/0.0.9",
        "kitchen  2026-03-01 10:00  online            192.0.2.7:5000  2026-03-01 12:00  3 ms        tars-pi/0.1.0",
        "porch    2026-03-01 10:00  never             -               -                 -           -"
        "              older client, token in its address",
    ]


def test_without_a_server_it_shows_what_the_files_know() -> None:
    table = as_table(rows_of({"kitchen": pairing()}, {"kitchen": NOON}, []), online=False)
    assert table.splitlines() == [
        "DEVICE   PAIRED            LAST SEEN",
        "kitchen  2026-03-01 10:00  2026-03-01 12:00",
    ]


def test_of_two_servers_that_counts_where_the_device_is() -> None:
    here, gone = Entry("kitchen", True, NOON), Entry("kitchen", False, TEN)
    for known in ([here, gone], [gone, here]):
        (row,) = rows_of({}, {}, known)
        assert row.entry == here


def test_what_a_device_says_of_itself_commands_no_terminal() -> None:
    known = [Entry("kitchen", True, NOON, "\x1b[2J", 0.1, "\u202etars")]
    table = as_table(rows_of({}, {}, known), online=True)
    assert table.replace("\n", "").isprintable()
