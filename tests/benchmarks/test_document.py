import time

from benchmarks.__main__ import ROOT
from benchmarks._document import PEERS, document, machine
from benchmarks._table import Goal, Report

CPUINFO = """\
processor\t: 0
model name\t: Example 3000
flags\t\t: fpu hypervisor sse

processor\t: 1
model name\t: Example 3000
flags\t\t: fpu hypervisor sse
"""


def test_the_machine_is_named_in_general_terms() -> None:
    said = machine(CPUINFO)
    assert "(Example 3000, virtual machine)" in said
    assert "/" not in said


def test_the_document_opens_with_what_was_missed() -> None:
    reports = [
        Report("One", "How one was measured.", goals=(Goal("speed", 1, 2, "s", why="Because."),)),
        Report("Two", "How two was measured.", goals=(Goal("size", 3, 2, "MB"),)),
    ]
    text = document(reports, on="a machine", date=time.gmtime(0))
    summary, *sections = text.split("\n## ")[1:]
    assert "1 of 2 figures are reached" in summary
    assert "| speed | ≤ 1 s | 2 s | **missed** by 1 s, 100 % |" in summary
    assert [section.splitlines()[0] for section in sections] == [
        "One",
        "Two",
        PEERS.splitlines()[0].removeprefix("## "),
    ]


def test_the_others_figures_stand_in_the_document_as_it_is_written() -> None:
    written = (ROOT / "docs" / "measurements.md").read_text(encoding="utf-8")
    assert written.endswith(f"\n\n{PEERS}\n")
