"""Run the benchmarks, one after the other: `python -m benchmarks [--write] [NAME...] [FILE...]`.

Each runs as a process of its own. Reports are kept in build/benchmarks, so that one benchmark can be run again
and `--write` still writes the whole of docs/measurements.md.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks._document import document, machine, renewed
from benchmarks._reliability import fill
from benchmarks._table import Report, read_report

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "benchmarks"
NAMES = (
    "link_latency",
    "answer_latency",
    "start_up",
    "link_cost",
    "worker_lateness",
    "hotword",
    "voice",
    "netlab",
    "storm",
    "soak",
    "attacks",
    "watchdogs",
    "worker_deaths",
    "understanding",
    "hearing",
)
"""In the order of the document."""
OF_FILES = ("understanding",)
"""Those that measure what is in the FILEs; without any they are left out, unless they are asked for by name."""
PATIENCE = None if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else 1800.0
"""Seconds for one benchmark; the longest takes some minutes, but for the soak profile's days."""


def run(name: str, arguments: Sequence[str] = ()) -> bool:
    """Run one benchmark and keep its report; whether it succeeded."""
    print(f"== {name}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", f"benchmarks.{name}", "--json", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=False, timeout=PATIENCE)
    if done.returncode:
        print(f"benchmarks.{name} ended with status {done.returncode}", file=sys.stderr)
        return False
    report = read_report(done.stdout.decode())
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{name}.json").write_bytes(done.stdout)
    print(report.markdown(), flush=True)
    return True


def kept() -> list[Report]:
    """The newest report of every benchmark that has one."""
    files = [KEPT / f"{name}.json" for name in NAMES]
    return [read_report(file.read_text(encoding="utf-8")) for file in files if file.exists()]


def write(docs: Path) -> None:
    """Write the newest reports' figures into the documents; where some are missing, renew the others' alone."""
    reports = kept()
    file = docs / "measurements.md"
    if any(not (KEPT / f"{name}.json").exists() for name in NAMES if name not in OF_FILES):
        text = renewed(file.read_text(encoding="utf-8"), reports, on=machine(), date=time.gmtime())
        file.write_text(text, encoding="utf-8")
        return
    file.write_text(document(reports, on=machine(), date=time.gmtime()), encoding="utf-8")
    reliability = docs / "reliability.md"
    goals = [goal for report in reports for goal in report.goals]
    reliability.write_text(fill(reliability.read_text(encoding="utf-8"), goals), encoding="utf-8")


def told_apart(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The benchmarks among the arguments, and the files."""
    names = [argument for argument in arguments if argument in NAMES]
    return names, [argument for argument in arguments if argument not in NAMES]


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure TARS.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME | FILE",
        help=f"any of {', '.join(NAMES)}, all by default; and the files for {' and '.join(OF_FILES)}",
    )
    parser.add_argument(
        "--speech",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder of recordings for hearing; may be given several times",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the newest reports into docs/",
    )
    asked = parser.parse_args()
    names, files = told_apart(asked.names)
    if unknown := [file for file in files if not Path(file).exists()]:
        parser.error(f"no benchmark and no file {', '.join(unknown)}; there are {', '.join(NAMES)}")
    wanted = names or [name for name in NAMES if files or name not in OF_FILES]
    arguments = {name: list(map(os.path.abspath, files)) for name in OF_FILES}
    arguments["hearing"] = [f"--speech={os.path.abspath(folder)}" for folder in asked.speech]
    succeeded = [run(name, arguments.get(name, ())) for name in wanted]
    if asked.write:
        write(ROOT / "docs")
    return 0 if all(succeeded) else 1


if __name__ == "__main__":
    sys.exit(main())
