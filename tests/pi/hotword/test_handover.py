import threading

from tars.pi.hotword.chunk import Chunk
from tars.pi.hotword.handover import Handover


def test_chunks_leave_in_order_and_the_oldest_makes_room_and_is_counted() -> None:
    handover = Handover(capacity=3)
    for end in range(5):
        handover.put(Chunk(b"", end))
    assert handover.dropped == 2
    left = [handover.get() for _ in range(3)]
    assert left == [Chunk(b"", 2), Chunk(b"", 3), Chunk(b"", 4)]


def test_closing_wakes_the_thread_and_lets_it_go_at_once() -> None:
    handover = Handover(capacity=3)
    got: list[Chunk | None] = []
    thread = threading.Thread(target=lambda: got.append(handover.get()))
    thread.start()
    handover.close()
    thread.join(timeout=5)
    assert got == [None]
    handover.put(Chunk(b"", 1))
    assert handover.get() is None
