"""There is one limit for what only a hang reaches: no test has a number of seconds of its own for it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
SHORT = 5.0
"""Seconds. What is shorter is a time that is promised, or one in which nothing is to happen."""
ENDINGS = {"run", "communicate", "check_output", "urlopen", "recv"}
"""Calls that wait for a program or a server, with a `timeout`."""


def scattered(source: str) -> Iterator[str]:
    """The waits in `source` with a long limit of their own: for an event, a program, a connection."""
    real_clock = not re.search(r"run_virtual|MockClock|autojump", source)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        limits = [word.value for word in node.keywords if word.arg == "within"]
        if node.func.attr in ENDINGS:
            limits += [word.value for word in node.keywords if word.arg == "timeout"]
        elif (
            node.func.attr == "settimeout"
            or (node.func.attr == "fail_after" and real_clock)
            or _waits_for_a_process(node.func)
        ):
            limits += node.args
        for limit in limits:
            if isinstance(limit, ast.Constant) and isinstance(limit.value, int | float) and limit.value >= SHORT:
                yield f"line {node.lineno}: {ast.unparse(node)}"


def _waits_for_a_process(called: ast.Attribute) -> bool:
    return called.attr == "wait" and ast.unparse(called.value).rpartition(".")[2].lstrip("_") in {
        "process", "server", "device", "run", "child", "demo", "daemon",
    }  # fmt: skip


def test_a_limit_that_only_a_hang_reaches_is_the_common_one() -> None:
    found = [
        f"{path.relative_to(TESTS)}, {call}"
        for path in TESTS.rglob("*.py")
        for call in scattered(path.read_text(encoding="utf-8"))
    ]
    assert not found, "wait for HANG of tests.support.limits, or give a promised time a name:\n" + "\n".join(found)


def test_this_test_sees_such_limits() -> None:
    waits = (
        "subprocess.run(x, timeout=30)",
        "device.event('up', within=20)",
        "a.process.wait(10)",
        "x.settimeout(9)",
        "trio.fail_after(60)",
    )
    assert [len(list(scattered(wait))) for wait in waits] == [1, 1, 1, 1, 1]
    others = (
        "run_virtual(trio.fail_after(60))",
        "trio.fail_after(2)",
        "trio.move_on_after(9)",
        "device.event('up', within=HANG)",
        "process.wait(2)",
        "lab.wait(1, 9)",
        "x.run(timeout=1)",
    )
    assert not [call for wait in others for call in scattered(wait)]
