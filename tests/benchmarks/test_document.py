import time

from benchmarks.__main__ import ROOT
from benchmarks._document import PEERS, document, machine, renewed
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


def test_only_the_sections_that_were_measured_again_are_renewed() -> None:
    date = time.gmtime(0)
    one = Report("One", "How one was measured.", goals=(Goal("speed", 1, 2, "s", why="Because."),))
    two = Report("Two", "How two was measured.", goals=(Goal("size", 3, 2, "MB"),))
    new = Report("Two", "How two is measured now.", goals=(Goal("size", 1, 2, "MB"), Goal("weight", 5, 4, "kg")))
    three = Report("Three", "How three was measured.", goals=(Goal("age", 9, 8, "years"),))
    text = renewed(document([one, two], on="a machine", date=date), [new, three], on="another", date=date)
    summary, *sections = text.split("\n## ")[1:]
    assert "2 of 4 figures are reached" in summary
    assert [line.split(" |")[0] for line in summary.splitlines() if " ≤ " in line] == [
        "| speed", "| size", "| weight", "| age",
    ]  # fmt: skip
    assert [section.splitlines()[0] for section in sections[:3]] == ["One", "Two", "Three"]
    assert "How two is measured now." in sections[1]
    assert "Measured 1 January 1970, on another." in sections[1]
    assert "How two was measured." not in text
    assert "on another" not in sections[0]
    assert text.endswith(f"\n\n{PEERS}\n")


def test_a_document_that_nothing_was_measured_for_again_stays_as_it_is() -> None:
    reports = [
        Report("One", "How one was measured.", goals=(Goal("speed", 1, 2, "s", why="Because."),)),
        Report("Two", "How two was measured.", goals=(Goal("size", 3, 2, "MB"),)),
    ]
    written = document(reports, on="a machine", date=time.gmtime(0))
    assert renewed(written, [], on="another", date=time.gmtime(0)) == written
    published = (ROOT / "docs" / "measurements.md").read_text(encoding="utf-8")
    assert renewed(published, [], on="another", date=time.gmtime(0)) == published
