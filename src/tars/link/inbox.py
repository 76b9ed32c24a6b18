"""What has arrived and is not yet taken: bounded, and never a reason for the reader to wait."""

from collections import deque

import trio

from tars.link.errors import LinkLost


class Inbox:
    """Messages in the order of their arrival. One task takes them; the reader puts them and never waits.

    Audio grows old: past `audio_limit` bytes the oldest audio is dropped, and counted. Control messages (text) are
    never dropped: `put` says so when there is no room for one, and the link has to end.
    """

    def __init__(self, *, audio_limit: int, control_limit: int) -> None:
        self.dropped_audio_bytes = 0
        self._audio_limit = audio_limit
        self._control_limit = control_limit
        self._messages: deque[str | bytes] = deque()
        self._audio_bytes = 0
        self._controls = 0
        self._end: LinkLost | None = None
        self._arrival = trio.Event()

    def put(self, message: str | bytes) -> bool:
        """Take in a message; False when it is one too many to keep."""
        if isinstance(message, str):
            if self._controls >= self._control_limit:
                return False
            self._controls += 1
        else:
            self._audio_bytes += len(message)
        self._messages.append(message)
        if self._audio_bytes > self._audio_limit:
            self._drop_old_audio()
        self._arrival.set()
        return True

    def end(self, lost: LinkLost) -> None:
        """Nothing more will come: after what is here, `get` raises an error like `lost`."""
        if self._end is None:
            self._end = lost
        self._arrival.set()

    async def get(self) -> str | bytes:
        """The oldest message; raises `LinkLost` after the last one."""
        while not self._messages:
            if self._end is not None:
                await trio.lowlevel.checkpoint()
                raise again(self._end)
            self._arrival = trio.Event()
            await self._arrival.wait()
        message = self._messages.popleft()
        if isinstance(message, str):
            self._controls -= 1
        else:
            self._audio_bytes -= len(message)
        return message

    def _drop_old_audio(self) -> None:
        kept: deque[str | bytes] = deque()
        while self._messages:
            message = self._messages.popleft()
            if self._audio_bytes > self._audio_limit and isinstance(message, bytes):
                self._audio_bytes -= len(message)
                self.dropped_audio_bytes += len(message)
            else:
                kept.append(message)
        self._messages = kept


def again(lost: LinkLost) -> LinkLost:
    """The same loss as a new exception: one object raised in two tasks would mix their tracebacks."""
    return LinkLost(lost.reason, code=lost.code, patience=lost.patience, retry_after=lost.retry_after)
