"""Worker processes: native code that may block, crash or hang, kept out of the event loop's process.

A pool keeps a few child processes alive, each started as `python -m MODULE`. Work goes over **lines**: one
line per session or request, many lines per process, frames over the child's standard input and output.

- Parent: `async with open_worker_pool("speech", "tars.server.stt.worker", setup) as pool`, then
  `async with pool.open(opening) as line`, `line.send(bytes)` and `async for bytes in line.messages`; see
  `tars.server.workers.pool`.
- Child: `serve_lines(prepare)` of `tars.server.workers.child`, as the module's main program. It imports neither
  trio nor the log, which makes every child 14 MB smaller.

When a process dies or hangs, the blocks of its lines are left with `WorkerFailed`, all others go on, and a
new process takes its place.
"""
