"""Worker processes, for real: they die, hang, fail one line, are flooded, and outlive nobody."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from tars.server.workers.errors import WorkerFailed
from tars.server.workers.frames import Frame, Kind
from tars.server.workers.line import Line
from tars.server.workers.policy import WorkerPolicy
from tars.server.workers.pool import WorkerPool, open_worker_pool
from tests.support.limits import HANG

pytestmark = [pytest.mark.real, pytest.mark.trio]

PUPPET = "tests.server.workers.puppet"


@asynccontextmanager
async def puppets(processes: int = 1, **numbers: float) -> AsyncIterator[WorkerPool]:
    policy = WorkerPolicy(processes=processes, **numbers)  # type: ignore[arg-type]
    with trio.fail_after(HANG):
        async with open_worker_pool("puppet", PUPPET, b"the setup", policy) as pool:
            await pool.wait_ready()
            yield pool


@asynccontextmanager
async def failing_line(pool: WorkerPool, reason: str) -> AsyncIterator[Line]:
    """A line whose block must be left with `WorkerFailed`."""
    with pytest.raises(WorkerFailed, match=reason):  # noqa: PT012
        async with pool.open() as line:
            yield line
            await trio.sleep_forever()


async def ask(line: Line, command: str) -> str:
    line.send(command.encode())
    return (await line.messages.receive()).decode()


async def test_lines_carry_messages_both_ways_and_stay_apart() -> None:
    async with puppets(niceness=3) as pool, pool.open(b"hello") as one, pool.open() as two:
        assert await one.messages.receive() == b"hello"
        assert await ask(one, "echo 1") == "1"
        assert await ask(two, "echo 2") == "2"
        assert await ask(two, "setup") == "the setup"
        assert await ask(one, "pid") == await ask(two, "pid") == str(pool.pids[0])
        assert await ask(one, "niceness") == str(os.nice(0) + 3)
        two.send(b"finish")
        assert [message async for message in two.messages] == []


async def test_a_renewed_setup_reaches_every_process_now_and_later() -> None:
    async with puppets(processes=2) as pool:
        pool.renew(b"another")
        async with pool.open() as one, pool.open() as two:
            assert [await ask(line, "setup") for line in (one, two)] == ["another"] * 2
        async with failing_line(pool, "killed by signal 9") as victim:
            os.kill(int(await ask(victim, "pid")), signal.SIGKILL)
        await pool.wait_ready()
        async with pool.open() as fresh:
            assert await ask(fresh, "setup") == "another"


async def test_a_setup_renewed_before_a_process_is_ready_is_the_one_it_works_with() -> None:
    async with open_worker_pool("puppet", PUPPET, b"the first", WorkerPolicy(processes=1)) as pool:
        with trio.fail_after(HANG):
            await trio.testing.wait_all_tasks_blocked()
            pool.renew(b"the second")
            async with pool.open() as line:
                assert await ask(line, "setup") == "the second"


async def test_what_another_thread_has_done_is_seen_while_nothing_comes_in() -> None:
    async with puppets() as pool, pool.open() as line:
        assert [await ask(line, f"in-thread {text}") for text in ("one", "two")] == ["one", "two"]


async def test_lines_go_to_the_least_busy_process() -> None:
    async with puppets(processes=2) as pool, pool.open() as one, pool.open() as two:
        assert {await ask(one, "pid"), await ask(two, "pid")} == {str(pid) for pid in pool.pids}


async def test_a_killed_process_fails_its_lines_only_and_is_replaced() -> None:
    async with puppets(processes=2) as pool, pool.open() as bystander:
        async with failing_line(pool, "killed by signal 9") as victim:
            os.kill(int(await ask(victim, "pid")), signal.SIGKILL)
        assert await ask(bystander, "echo alive") == "alive"
        await pool.wait_ready()
        async with pool.open() as fresh:
            assert await ask(fresh, "pid") != await ask(bystander, "pid")


async def test_a_line_opened_while_the_process_is_restarting_waits_for_it() -> None:
    async with puppets() as pool:
        async with failing_line(pool, "ended with status 3") as line:
            await ask(line, "exit 3")
        async with pool.open() as line:
            assert await ask(line, "echo back") == "back"


async def test_a_hanging_process_is_killed_and_replaced() -> None:
    async with puppets(ping_interval=0.05, ping_timeout=0.3) as pool:
        async with failing_line(pool, r"hung: no answer within 0\.3 s") as line:
            await ask(line, "hang")
        async with pool.open() as line:
            assert await ask(line, "echo back") == "back"


async def test_an_exception_in_the_child_fails_one_line_of_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    async with puppets() as pool, pool.open() as bystander:
        async with failing_line(pool, "ValueError: no such command: nonsense") as line:
            await ask(line, "nonsense")
        assert await ask(bystander, "echo alive") == "alive"


async def test_what_the_child_prints_does_not_reach_the_frames() -> None:
    async with puppets() as pool, pool.open() as line:
        line.send(b"print this is no frame")
        assert await ask(line, "echo fine") == "fine"


async def test_sending_never_waits_and_too_much_fails_the_line() -> None:
    async with puppets(line_queue_bytes=100_000, ping_timeout=60) as pool:
        async with failing_line(pool, "too far behind") as line:
            line.send(b"until-unwanted")
            for _ in range(30):
                line.send(b"echo " + b"x" * 10_000)
        async with pool.open() as line:
            assert await ask(line, "echo free again") == "free again"


async def test_an_owner_that_does_not_read_fails_alone() -> None:
    async with puppets(line_inbox_messages=10) as pool, pool.open() as bystander:
        async with failing_line(pool, "not read") as line:
            line.send(b"flood 100")
        assert await ask(bystander, "echo alive") == "alive"


async def test_a_long_job_notices_that_nobody_wants_it() -> None:
    async with puppets() as pool:
        async with pool.open() as line:
            line.send(b"until-unwanted")
        async with pool.open() as line:
            assert await ask(line, "echo next") == "next"


async def test_leaving_stops_even_a_hanging_process_within_a_second() -> None:
    async with puppets() as pool:
        pid = pool.pids[0]
        started = trio.current_time()
        with trio.CancelScope() as scope:
            async with pool.open() as line:
                line.send(b"hang")
                scope.cancel()
                await trio.sleep_forever()
    assert trio.current_time() - started < 1
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_program_that_cannot_start_is_tried_again_ever_less_often() -> None:
    policy = WorkerPolicy(processes=1, open_timeout=0.2)
    with trio.fail_after(HANG):
        async with open_worker_pool("broken", "tests.server.workers.no_such_module", b"", policy) as pool:
            with pytest.raises(WorkerFailed, match="no broken worker is ready"):
                async with pool.open():
                    pass


async def test_a_program_that_lacks_something_says_so_in_one_sentence() -> None:
    setup = Frame(Kind.SETUP, body=b"damaged").encode()
    with trio.fail_after(HANG):
        done = await trio.run_process(
            [sys.executable, "-m", PUPPET, "0"], stdin=setup, capture_stdout=True, capture_stderr=True, check=False
        )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"the puppet has lost a string; run: tie it\n"


@pytest.mark.parametrize("module", ["tars.server.stt.worker", "tars.server.tts.espeak_worker"])
async def test_a_worker_carries_nothing_of_the_event_loop(module: str) -> None:
    program = f"import sys, {module}\nprint({{'trio', 'structlog', 'rich'}} & sys.modules.keys() or 'nothing')"
    done = await trio.run_process([sys.executable, "-c", program], capture_stdout=True)
    assert done.stdout == b"nothing\n"


PARENT = f"""
import trio
from tars.server.workers.policy import WorkerPolicy
from tars.server.workers.pool import open_worker_pool
async def main():
    async with open_worker_pool("puppet", {PUPPET!r}, b"", WorkerPolicy(processes=1)) as pool:
        await pool.wait_ready()
        print("pid", pool.pids[0], flush=True)
        await trio.sleep_forever()
trio.run(main)
"""


async def test_a_worker_ignores_signals_and_does_not_outlive_a_killed_parent() -> None:
    with trio.fail_after(HANG):
        parent = await trio.lowlevel.open_process([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
        assert parent.stdout is not None
        said = b""
        while not (found := re.search(rb"^pid (\d+)\n", said, re.MULTILINE)):
            said += await parent.stdout.receive_some()
        pid = int(found[1])
        gone = os.pidfd_open(pid)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            os.kill(pid, number)
        with trio.move_on_after(0.2):  # long enough to die of a signal
            await trio.lowlevel.wait_readable(gone)
            pytest.fail("the worker let a signal end it")
        parent.kill()
        await parent.wait()
        await trio.lowlevel.wait_readable(gone)
        os.close(gone)
        await parent.stdout.aclose()
