import sys

import pytest
import trio

from benchmarks._programs import open_program
from tests.support.limits import HANG

TALKER = """
import json, time
for name in ("a", "b", "a"):
    print(json.dumps({"event": name, "n": 1}), flush=True)
time.sleep(60)
"""

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"event": "up"}', flush=True)
time.sleep(60)
"""


@pytest.mark.trio
async def test_events_are_found_in_their_order_and_none_twice() -> None:
    async with open_program([sys.executable, "-c", TALKER]) as program:
        assert (await program.event("b", within=HANG))["n"] == 1
        await program.event("a", within=HANG)
        assert program.count("a") == 2


@pytest.mark.trio
async def test_an_event_that_does_not_come_is_named_with_what_came_instead() -> None:
    async with open_program([sys.executable, "-c", 'print(\'{"event": "a"}\')']) as program:
        with pytest.raises(RuntimeError, match=r"no 'link_up' within 120\.0 s; the last lines were \['a'\]"):
            await program.event("link_up", within=HANG)


@pytest.mark.trio
async def test_a_program_does_not_outlive_its_block() -> None:
    with trio.fail_after(HANG):
        async with open_program([sys.executable, "-c", DEAF]) as program:
            await program.event("up", within=HANG)
        assert await program.process.wait() == -9
