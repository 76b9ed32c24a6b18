"""How a pool of workers behaves: every number, with its reason."""

import os

import attrs


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@attrs.frozen
class WorkerPolicy:
    """Numbers of a worker pool. Times in seconds."""

    processes: int = attrs.field(factory=usable_cores)
    """One per core: the work is pure computing, more would only take turns."""
    niceness: int = 10
    """The event loop's process goes first when both want a core: heartbeats are never late for speech's sake."""
    start_timeout: float = 60.0
    """From start to ready. Models load in a second or two; from a cold disk, on a loaded machine, far longer."""
    open_timeout: float = 5.0
    """How long opening a line waits while no process is ready (all just died, or the program has just started):
    longer than a restart takes, shorter than a person's patience."""
    ping_interval: float = 1.0
    """How often a process is asked whether it lives. Costs nothing, and bounds how long a hang goes unnoticed."""
    ping_timeout: float = 10.0
    """No frame at all from a process that owes an answer: it hangs. A pipe holds at most two seconds of audio
    before the ping, worked off in half a second; the rest is for machines that are busy with other things, where
    a nice process gets little."""
    stop_timeout: float = 0.5
    """From closing a process's input to killing it; whole shutdowns stay below a second."""
    line_queue_bytes: int = 1_280_000
    """What waits to be written for one line; beyond it the line fails. 40 s of microphone audio: a worker so far
    behind gives no useful answer any more."""
    line_inbox_messages: int = 4096
    """What waits to be read by one line's owner; beyond it the line fails. The reader of a process serves all
    its lines and never waits for one owner. 80 s of speech in pieces of 20 ms."""
    restart_base: float = 0.1
    """Wait before the second restart in a row (the first is at once); doubles with each further one."""
    restart_cap: float = 10.0
    """Longest wait between restarts: a broken installation costs little, and heals soon after it is mended."""
    stable_after: float = 10.0
    """A process that lived so long has shown that it can; its death is a first one again."""

    def restart_delay(self, failures: int) -> float:
        """How long to wait before the restart that follows `failures` deaths in a row, none of them stable."""
        if failures <= 1:
            return 0.0
        return min(self.restart_cap, self.restart_base * 2.0 ** min(failures - 2, 32))
