"""Chunks of sound on their way from the event loop to the detector's thread."""

import threading
from collections import deque

from tars.pi.hotword.chunk import Chunk


class Handover:
    """A bounded queue between the event loop, which never waits, and one thread, which waits here for work."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._chunks: deque[Chunk] = deque()
        self._enough = threading.Condition()
        self._wanted = 1
        self._closed = False
        self.dropped = 0
        """Chunks that were lost because the thread did not keep up (or has not started yet)."""

    def put(self, chunk: Chunk) -> None:
        """Add a chunk; the oldest one makes room for it when the queue is full."""
        with self._enough:
            if len(self._chunks) == self._capacity:
                self._chunks.popleft()
                self.dropped += 1
            self._chunks.append(chunk)
            if len(self._chunks) >= self._wanted:
                self._enough.notify()

    def get(self, count: int) -> list[Chunk]:
        """The next `count` chunks, once all of them are there; none at all once the queue is closed."""
        with self._enough:
            self._wanted = count
            self._enough.wait_for(lambda: self._closed or len(self._chunks) >= count)
            return [] if self._closed else [self._chunks.popleft() for _ in range(count)]

    def close(self) -> None:
        """Let the thread go at once; what is still queued is dropped."""
        with self._enough:
            self._closed = True
            self._enough.notify()
