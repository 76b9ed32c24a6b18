"""Who may come to a server's door, who is let in, and who gives way."""

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.link import SERVER_POLICY
from tars.link.door import LOCAL, Door, Visit, address_group

POLICY = attrs.evolve(
    SERVER_POLICY,
    max_connections=4,
    max_connections_per_address=2,
    max_handshakes=5,
    max_handshakes_per_address=3,
    handshake_grace=0.5,
)


@pytest.mark.parametrize(
    ("host", "group"),
    [
        ("192.168.1.7", "192.168.1.7"),
        ("::ffff:192.168.1.7", "192.168.1.7"),
        ("127.0.0.1", LOCAL),
        ("127.9.9.9", LOCAL),
        ("::1", LOCAL),
        ("::ffff:127.0.0.1", LOCAL),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_what_counts_as_one_address(host: str, group: str) -> None:
    assert address_group(host, split_loopback=False) == group


def test_programs_on_this_machine_are_told_apart_where_that_is_asked_for() -> None:
    assert address_group("127.0.0.2", split_loopback=True) == "127.0.0.2"


def test_a_full_door_opens_when_its_oldest_has_had_its_time() -> None:
    door = Door(POLICY)
    for second in range(5):
        assert door.open_at() == 0
        door.arrive(str(second), float(second))
    assert door.open_at() == 0.5


def test_the_oldest_of_the_address_that_most_have_come_from_gives_way() -> None:
    door = Door(POLICY)
    single = door.arrive("a", 0)
    crowd = [door.arrive("b", 1), door.arrive("b", 2), door.arrive("b", 3)]
    other = door.arrive("c", 4)
    newcomer = door.arrive("d", 9)
    assert [visit.sent_away for visit in (single, *crowd, other, newcomer)] == [False, True] + [False] * 4


def test_one_address_has_its_own_limit_and_this_machine_has_none() -> None:
    door = Door(POLICY)
    visits = [door.arrive("a", 0) for _ in range(4)]
    assert [visit.sent_away for visit in visits] == [True, False, False, False]
    door = Door(POLICY)
    visits = [door.arrive(LOCAL, 0) for _ in range(5)]
    assert not any(visit.sent_away for visit in visits)


def test_links_are_limited_in_all_and_for_each_address() -> None:
    door = Door(POLICY)

    def come(address: str) -> bool:
        return door.enter(door.arrive(address, 0))

    assert [come("a"), come("a"), come("a")] == [True, True, False]
    assert [come("b"), come("c"), come("d")] == [True, True, False]


def test_a_device_takes_the_place_of_its_ghost_however_full_it_is() -> None:
    door = Door(POLICY)
    ghost, other, _ = (door.arrive("a", 0), door.arrive("a", 0), door.arrive("b", 0))
    assert door.enter(ghost)
    assert door.enter(other)
    assert not door.enter(door.arrive("a", 1))
    assert door.enter(door.arrive("a", 2), instead_of=ghost)
    assert door.inside == 2
    door.leave(ghost)  # its connection ends a moment later
    assert door.inside == 2


def test_whoever_was_sent_away_cannot_come_in_any_more() -> None:
    door = Door(POLICY)
    gone: list[str] = []
    slow = door.arrive("a", 0)
    slow.give_way = lambda: gone.append("slow")
    assert door.make_room()
    assert gone == ["slow"]
    assert not door.enter(slow)
    assert not door.make_room()


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["arrive", "enter", "leave", "room"]), st.integers(0, 9)), max_size=60
    )
)
def test_no_order_of_events_breaks_a_limit_or_a_count(steps: list[tuple[str, int]]) -> None:
    door = Door(POLICY)
    visits: list[Visit] = []
    for now, (step, number) in enumerate(steps):
        if step == "arrive":
            visits.append(door.arrive("abc"[number % 3], float(now)))
        elif step == "room":
            door.make_room()
        elif visits and step == "enter":
            ghost = visits[number // 2 % len(visits)] if number % 2 else None
            door.enter(visits[number % len(visits)], instead_of=ghost)
        elif visits:
            door.leave(visits[number % len(visits)])
        assert door.waiting <= 5
        assert door.inside <= 4
    for visit in visits:
        door.leave(visit)
    assert (door.waiting, door.inside, door.open_at()) == (0, 0, 0)
    assert all(door.enter(door.arrive("a", 0)) for _ in range(2))
    assert not door.enter(door.arrive("a", 0))
