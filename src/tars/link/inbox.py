"""What has arrived and is not yet taken: bounded, and never a reason for the reader to wait."""

from collections import deque

import trio

from tars.link.errors import LinkLost


class Inbox:
    """Messages in the order of their arrival. The reader puts them and never waits; one task takes them.

    Audio grows old: past `audio_limit` bytes the oldest audio is dropped, and counted. Control messages (text) are
    never dropped: `put` says so when there is no room for one, and the link has to end.
    """

    def __init__(self, *, audio_limit: int, control_limit: int) -> None:
        self.dropped_audio_bytes = 0
        self._audio_limit = audio_limit
        self._control_limit = control_limit
        # each message with its place in the order of arrival
        self._audio: deque[tuple[int, bytes]] = deque()
        self._controls: list[tuple[int, str]] = []  # mostly none or one, and an empty deque has 700 bytes
        self._audio_bytes = 0
        self._arrived = 0
        self._end: LinkLost | None = None
        self._taker: trio.lowlevel.Task | None = None

    def put(self, message: str | bytes) -> bool:
        """Take in a message; False when it is one too many to keep."""
        self._arrived += 1
        if isinstance(message, str):
            if len(self._controls) >= self._control_limit:
                return False
            self._controls.append((self._arrived, message))
        else:
            self._audio.append((self._arrived, message))
            self._audio_bytes += len(message)
            while self._audio_bytes > self._audio_limit:
                self.dropped_audio_bytes += len(self._take_audio())
        if self._taker is not None:
            self._wake_taker()
        return True

    def end(self, lost: LinkLost) -> None:
        """Nothing more will come: after what is here, `get` raises an error like `lost`."""
        if self._end is None:
            self._end = lost
        if self._taker is not None:
            self._wake_taker()

    async def get(self) -> str | bytes:
        """The oldest message; raises `LinkLost` after the last one."""
        if self._audio or self._controls:
            # an inbox is finite, so a loop over `get` does wait in the end: a whole checkpoint is not needed
            await trio.lowlevel.checkpoint_if_cancelled()
        while True:
            if self._audio and (not self._controls or self._audio[0][0] < self._controls[0][0]):
                return self._take_audio()
            if self._controls:
                return self._controls.pop(0)[1]
            if self._end is not None:
                await trio.lowlevel.checkpoint()
                raise self._end.again()
            await self._wait()

    @property
    def empty(self) -> bool:
        """Whether there is no message to take."""
        return not (self._audio or self._controls)

    async def wait(self) -> None:
        """Return when there is a message to take, or none will come any more."""
        if self.empty and self._end is None:
            await self._wait()

    async def _wait(self) -> None:
        """Sleep until something arrives. A parking lot would do the same at twice the price, for every frame."""
        if self._taker is not None:
            raise trio.BusyResourceError("two tasks receive from one link")
        self._taker = trio.lowlevel.current_task()

        def abort(_: object) -> trio.lowlevel.Abort:
            self._taker = None
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)

    def _wake_taker(self) -> None:
        assert self._taker is not None
        trio.lowlevel.reschedule(self._taker)
        self._taker = None

    def _take_audio(self) -> bytes:
        message = self._audio.popleft()[1]
        self._audio_bytes -= len(message)
        return message
