import threading

from tars.pi.hotword.chunk import Chunk
from tars.pi.hotword.handover import Handover
from tests.support.limits import HANG


def filled(*ends: int, capacity: int = 8) -> Handover:
    handover = Handover(capacity)
    for end in ends:
        handover.put(Chunk(b"", end))
    return handover


def ends(chunks: list[Chunk]) -> list[int]:
    return [chunk.end for chunk in chunks]


def test_chunks_leave_in_order_and_the_oldest_makes_room_and_is_counted() -> None:
    handover = filled(0, 1, 2, 3, 4, capacity=3)
    assert handover.dropped == 2
    assert ends(handover.get(1)) == [2]
    assert ends(handover.get(2)) == [3, 4]


def test_a_thread_that_wants_several_is_woken_when_all_of_them_are_there() -> None:
    handover = filled(0, 1)
    got: list[Chunk] = []
    thread = threading.Thread(target=lambda: got.extend(handover.get(4)))
    thread.start()
    handover.put(Chunk(b"", 2))
    thread.join(timeout=0.05)
    assert thread.is_alive()
    handover.put(Chunk(b"", 3))
    thread.join(timeout=HANG)
    assert ends(got) == [0, 1, 2, 3]


def test_closing_wakes_the_thread_and_lets_it_go_at_once() -> None:
    handover = filled(0)
    got: list[list[Chunk]] = []
    thread = threading.Thread(target=lambda: got.append(handover.get(4)))
    thread.start()
    handover.close()
    thread.join(timeout=HANG)
    assert got == [[]]
    handover.put(Chunk(b"", 1))
    assert handover.get(1) == []
