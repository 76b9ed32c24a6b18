"""docs/measurements.md from the benchmarks' reports."""

import os
import platform
import re
import time
from collections.abc import Sequence
from pathlib import Path

import tars
from benchmarks._table import Report, goals_markdown

PEERS = """\
## The others, read in their source

Not measured: what follows from these projects' files, at the commits named, for a link that dies without a \
word.

| project | commit | file | what stands there | noticed after, at most |
| --- | --- | --- | --- | --- |
| wyoming-satellite | 7a3ba2b | `wyoming_satellite/satellite.py` | a ping 2 s after the last answer, and 5 s \
for its answer | 7 s |
| xiaozhi-esp32-server | 7475ea2b | `main/xiaozhi-server/core/websocket_server.py` | `websockets.serve` as \
it is by itself: a ping every 20 s, and 20 s for its answer | 40 s |
| linux-voice-assistant | 1543c5d | `linux_voice_assistant/api_server.py` | it answers pings and sends none; \
Home Assistant's aioesphomeapi (`aioesphomeapi/connection.py`) pings every 20 s, and waits 4.5 times as long \
| 90 s |"""
"""What README says of other projects and no benchmark measures: the source of each figure."""


def machine(cpuinfo: str | None = None) -> str:
    """What was measured on, in general terms: cores, processor, kernel, Python."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if cpuinfo is None else cpuinfo
    fields = dict(_fields(text))
    processor = fields.get("model name", platform.machine())
    virtual = ", virtual machine" if "hypervisor" in fields.get("flags", "").split() else ""
    kernel = ".".join(platform.release().split(".")[:2])
    return (
        f"{os.cpu_count()} cores ({processor}{virtual}), {platform.system()} {kernel}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def _fields(cpuinfo: str) -> list[tuple[str, str]]:
    pairs = [line.partition(":") for line in cpuinfo.splitlines()]
    return [(name.strip(), value.strip()) for name, _, value in reversed(pairs)]


_SECTION = re.compile(r"^## ", re.MULTILINE)
_GOALS = re.compile(r"^\| figure \| to reach \| measured \|  \|\n\| --- .*\n((?:\|.*\n?)*)", re.MULTILINE)
_REACHED = "Reached and missed"


def renewed(written: str, reports: Sequence[Report], *, on: str, date: time.struct_time) -> str:
    """The document with the sections of `reports` in place of those of the same title; the others stay.

    A section that the document lacks comes before the others' figures. Each new one says when it was measured, and
    where: the document's own date is that of the rest.
    """
    head, *parts = _SECTION.split(written)
    sections = {part.partition("\n")[0]: part for part in parts}
    del sections[_REACHED]
    (others,) = (title for title in sections if PEERS.startswith(f"## {title}\n"))
    last = {others: sections.pop(others)}
    measured = f"Measured {time.strftime('%-d %B %Y', date)}, on {on}."
    for report in reports:
        text = report.markdown().removeprefix("## ").rstrip()
        title, _, rest = text.partition("\n")
        sections[title] = f"{title}\n\n{measured}\n{rest}\n\n"
    lines = [
        line for section in sections.values() for table in _GOALS.findall(section) for line in table.split("\n")
    ]
    goals = [line for line in lines if line]
    missed = sum("| **missed**" in line for line in goals)
    verdict = f"{len(goals) - missed} of {len(goals)} figures are reached."
    verdict += " The reasons of the others stand in their sections." if missed else ""
    table = "\n".join((*goals_markdown(()).split("\n"), *goals))
    whole = {_REACHED: f"{_REACHED}\n\n{verdict}\n\n{table}\n\n", **sections, **last}
    return head + "".join(f"## {section}" for section in whole.values())


def document(reports: Sequence[Report], *, on: str, date: time.struct_time) -> str:
    """The whole document: what was reached and what was missed first, then each benchmark."""
    goals = [goal for report in reports for goal in report.goals]
    missed = [goal for goal in goals if not goal.reached]
    verdict = f"{len(goals) - len(missed)} of {len(goals)} figures are reached"
    parts = [
        "# Measurements",
        "Written by `nox -s bench -- --write` (in a checkout, after `pip install nox`) from what the benchmarks "
        "printed; do not edit it by hand. Ratios are of figures measured in one run on one machine; the figures "
        "themselves hold for that machine alone.",
        f"TARS {tars.__version__}, {time.strftime('%-d %B %Y', date)}, on {on}.",
        "## Reached and missed",
        f"{verdict}." + (" The reasons of the others stand in their sections." if missed else ""),
        goals_markdown(goals),
        *(report.markdown().rstrip() for report in reports),
        PEERS,
    ]
    return "\n\n".join(parts) + "\n"
