"""Worker processes: native code that may block, crash or hang, kept out of the event loop's process.

A pool keeps a few child processes alive, each started as `python -m MODULE`. Work goes over **lines**: one
line per session or request, many lines per process, frames over the child's standard input and output.

- Parent: `async with open_worker_pool("speech", "tars.server.stt.worker", setup) as pool`, then
  `async with pool.open(opening) as line`, `line.send(bytes)` and `async for bytes in line.messages`.
- Child: `serve_lines(prepare)` of `tars.server.workers.child`, as the module's main program.

When a process dies or hangs, the blocks of its lines are left with `WorkerFailed`, all others go on, and a
new process takes its place.
"""

from tars.server.workers.errors import WorkerFailed
from tars.server.workers.line import Line
from tars.server.workers.policy import WorkerPolicy
from tars.server.workers.pool import WorkerPool, open_worker_pool

__all__ = ["Line", "WorkerFailed", "WorkerPolicy", "WorkerPool", "open_worker_pool"]
