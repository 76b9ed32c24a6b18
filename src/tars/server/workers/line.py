"""One line to a worker process, in the parent."""

from collections.abc import Callable

import attrs
import trio

from tars.server.workers.frames import Frame, Kind


@attrs.define(eq=False)
class Line:
    """A private conversation with a worker process, as long as the block of `WorkerPool.open` lasts."""

    number: int
    messages: trio.MemoryReceiveChannel[bytes]
    """What the worker sends. It ends when the worker has said that no more is to come."""
    _inbox: trio.MemorySendChannel[bytes]
    _write: Callable[[Frame], None]
    _max_queued: int
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    """Around the owner's block; cancelled when the line fails."""
    failure: str | None = None
    queued_bytes: int = 0
    """What waits to be written to the process."""
    on_message: Callable[[bytes], None] | None = None
    """Set it to get messages by this call, at once, rather than through `messages`. It must not wait or raise."""

    def send(self, body: bytes) -> None:
        """Send a message to the worker. Never waits; when too much is waiting already, the line fails."""
        if self.failure is not None:
            return
        if self.queued_bytes + len(body) > self._max_queued:
            self.fail(f"the worker is too far behind ({self.queued_bytes} bytes wait for it)")
            return
        self.queued_bytes += len(body)
        self._write(Frame(Kind.DATA, self.number, body))

    def fail(self, reason: str) -> None:
        """Leave the owner's block with `WorkerFailed(reason)`."""
        if self.failure is None:
            self.failure = reason
            self.scope.cancel()

    def deliver(self, frame: Frame) -> None:
        """Take a frame that came from the worker."""
        match frame.kind:
            case Kind.CLOSE:
                self._inbox.close()
            case Kind.FAIL:
                self.fail(frame.body.decode(errors="replace"))
            case _ if self.on_message is not None:
                self.on_message(frame.body)
            case _:
                try:
                    self._inbox.send_nowait(frame.body)
                except trio.WouldBlock:
                    self.fail("what the worker sent was not read")
                except trio.BrokenResourceError:
                    pass  # the owner reads no more, and will leave

    def close(self) -> None:
        """The owner has left."""
        self._inbox.close()
        self.messages.close()
