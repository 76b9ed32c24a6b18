"""When a device whose microphone ends, such as a WAV file, has nothing left to do."""

import trio

from tars.pi.outcome import Outcome
from tars.pi.session_states import SessionState
from tars.pi.status import DeviceTrouble, LinkChanged, Status, StatusEvent

AFTER_THE_LAST_WORD = 3.0
"""Seconds in which, with nothing said any more, something could still begin: a hotword or an utterance that lies
at the very end of the file."""
LONGEST_SPEECH = 300.0
"""Seconds that TARS may speak without any news: the loudspeaker gives up by itself what stops coming."""
PATIENCE = {
    SessionState.IDLE: AFTER_THE_LAST_WORD,
    SessionState.LISTENING: 10.0,
    SessionState.WAITING: 20.0,
    SessionState.NOTING: 30.0,
    SessionState.SPEAKING: LONGEST_SPEECH,
    SessionState.ANNOUNCING: LONGEST_SPEECH,
}
"""Seconds without any news that end the program, by what it is doing: an answer may be slow, not endless."""
LONGEST = 600.0
"""Seconds after the input that end the program whatever happens, besides the longest wait for a link: nobody waits
for a server that never stops talking."""


def patience(status: Status) -> float:
    """Return how long to wait for news in this situation, in seconds."""
    if status.window:
        return status.window + AFTER_THE_LAST_WORD
    if status.session is SessionState.LISTENING and status.reply:
        return AFTER_THE_LAST_WORD  # answered; a conversation would go on, a file does not
    return PATIENCE[status.session]


async def wait_until_done(input_over: trio.Event, events: trio.MemoryReceiveChannel[StatusEvent]) -> Outcome:
    """Wait until the input is over and nothing that it began is under way any more. Return what came of it."""
    status, outcome, longest_window = Status(), Outcome(), 0.0
    quiet = trio.CancelScope()

    def last_moment() -> float:
        return over_at + LONGEST + longest_window

    async def follow() -> None:
        """Give every piece of news its own time in which the next one has to come."""
        nonlocal status, outcome, longest_window
        async for event in events:
            now = trio.current_time()
            status, outcome = status.after(event, now), outcome.after(event)
            longest_window = max(longest_window, status.window)
            if not isinstance(event, LinkChanged | DeviceTrouble):  # what is away is no reason to wait
                quiet.deadline = min(now + patience(status), last_moment())

    over_at = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        await input_over.wait()
        over_at = trio.current_time()
        quiet.deadline = over_at + patience(status)
        with quiet:
            await trio.sleep_forever()
        nursery.cancel_scope.cancel()
    return outcome
