"""When a device whose microphone is a WAV file has nothing left to do."""

import trio

from tars.pi.session_states import SessionState
from tars.pi.status import LinkChanged, Status, StatusEvent

AFTER_THE_LAST_WORD = 3.0
"""Seconds in which, with nothing said any more, something could still begin: a hotword or an utterance that lies
at the very end of the file."""
PATIENCE = {
    SessionState.IDLE: AFTER_THE_LAST_WORD,
    SessionState.LISTENING: 10.0,
    SessionState.WAITING: 20.0,
    SessionState.NOTING: 30.0,
    SessionState.SPEAKING: 30.0,
    SessionState.ANNOUNCING: 30.0,
}
"""Seconds without any news that end the program, by what it is doing: an answer may be slow, not endless."""


def patience(status: Status) -> float:
    """How long to wait for news in this situation, in seconds."""
    if status.window:
        return status.window + AFTER_THE_LAST_WORD
    if status.session is SessionState.LISTENING and status.reply:
        return AFTER_THE_LAST_WORD  # answered; a conversation would go on, a file does not
    return PATIENCE[status.session]


async def wait_until_done(input_over: trio.Event, events: trio.MemoryReceiveChannel[StatusEvent]) -> None:
    """Return when the input is over and nothing that it began is under way any more."""
    status = Status()
    quiet = trio.CancelScope()

    async def follow() -> None:
        """Give every piece of news its own time in which the next one has to come."""
        nonlocal status
        async for event in events:
            status = status.after(event, trio.current_time())
            if not isinstance(event, LinkChanged):  # a server that is away is no reason to wait
                quiet.deadline = trio.current_time() + patience(status)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        await input_over.wait()
        quiet.deadline = trio.current_time() + patience(status)
        with quiet:
            await trio.sleep_forever()
        nursery.cancel_scope.cancel()
