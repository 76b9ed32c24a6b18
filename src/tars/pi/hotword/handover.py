"""Chunks of sound on their way from the event loop to the detector's thread."""

import threading
from collections import deque

from tars.pi.hotword.chunk import Chunk


class Handover:
    """A bounded queue between the event loop, which never waits, and one thread, which waits here for work."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._chunks: deque[Chunk] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self.dropped = 0
        """Chunks that were lost because the thread did not keep up (or has not started yet)."""

    def put(self, chunk: Chunk) -> None:
        """Add a chunk; the oldest one makes room for it when the queue is full."""
        with self._changed:
            if len(self._chunks) == self._capacity:
                self._chunks.popleft()
                self.dropped += 1
            self._chunks.append(chunk)
            self._changed.notify()

    def get(self) -> Chunk | None:
        """The next chunk, waiting for it; `None` once the queue is closed."""
        with self._changed:
            while not self._chunks and not self._closed:
                self._changed.wait()
            return None if self._closed else self._chunks.popleft()

    def close(self) -> None:
        """Let the thread go at once; what is still queued is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify()
