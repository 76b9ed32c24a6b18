"""docs/reliability.md holds figures that a benchmark printed, and no others."""

import re
from pathlib import Path

import attrs

from benchmarks._reliability import NOT_MEASURED, asked_for, fill
from benchmarks._table import Goal
from tars.audio.formats import MICROPHONE
from tars.link import BackoffPolicy
from tars.link.drain import UNREAD
from tars.link.policy import SERVER_POLICY
from tars.pi.offline import LONGEST
from tars.pi.session import SessionPolicy
from tars.pi.tape import CAPACITY
from tars.pi.vigilance import SILENT_AFTER

DOCS = Path(__file__).parents[2] / "docs"

TEXT = """\
# A page

<!-- measured: 3 (idle); 33 -->
old
<!-- end -->
Between.
<!-- measured: 4 (while you speak) -->
<!-- end -->
"""
FILLED = """\
# A page

<!-- measured: 3 (idle); 33 -->
|  | measured | over TLS | to hold to |
| --- | --- | --- | --- |
| idle: noticed after | 5.5 s | 6.5 s, **missed** | ≤ 6 s |
| left | 0 |  | ≤ 1 |
<!-- end -->
Between.
<!-- measured: 4 (while you speak) -->
|  | measured | to hold to |
| --- | --- | --- |
| while you speak | not measured yet |  |
<!-- end -->
"""


@attrs.frozen
class Line:
    """A line of a table in docs/measurements.md."""

    what: str
    bound: str
    shown: str
    verdict: str

    @property
    def reached(self) -> bool:
        return self.verdict == "reached"


def test_the_figures_stand_between_their_marks_and_nothing_else_changes() -> None:
    goals = [
        Goal("3: noticed after", 6, 5.5, "s"),
        Goal("3 TLS: noticed after", 6, 6.5, "s"),
        Goal("33: left", 1, 0, ""),
        Goal("333: not asked for", 1, 0, ""),
    ]
    assert fill(TEXT, goals) == FILLED
    assert fill(FILLED, goals) == FILLED


def test_the_page_says_what_the_measurements_say() -> None:
    page = (DOCS / "reliability.md").read_text(encoding="utf-8")
    measurements = (DOCS / "measurements.md").read_text(encoding="utf-8")
    summary = measurements.split("## Reached and missed")[1].split("\n## ")[0]
    lines = [Line(*cells) for cells in re.findall(r"^\| (.+?) \| ([≤≥] .+?) \| (.+?) \| (.+?) \|$", summary, re.M)]
    assert len(asked_for(page)) > 30
    assert fill(page, lines) == page, "run `python -m benchmarks --write`"
    assert NOT_MEASURED not in page


def test_the_times_in_its_sentences_are_those_of_the_programs() -> None:
    page = " ".join((DOCS / "reliability.md").read_text(encoding="utf-8").split())
    backoff, heartbeat = BackoffPolicy(), SERVER_POLICY.heartbeat
    for sentence in (
        f"dials again within {backoff.first:g} s",
        f"at most {backoff.cap:g} s apart",
        f"only after a link has held for {backoff.stable_after:g} s",
        f"leaves {backoff.contested:g} s between two attempts",
        f"ask after {heartbeat.interval:g} s of silence",
        f"for dead after {heartbeat.timeout:g} s of it",
        f"while audio flows, after {heartbeat.streaming_timeout:g} s",
        f"A dial has {SERVER_POLICY.dial_timeout:g} s for everything",
        f"goes on recording ({MICROPHONE.seconds(CAPACITY):g} s at most)",
        f"records the question ({LONGEST:g} s at most)",
        f"longer than {SessionPolicy().offline_max_age:g} s (`offline_max_age`)",
        f"takes nothing for {UNREAD:g} s although",
        f"takes nothing for {SERVER_POLICY.send_timeout:g} s",
        f"zeros, for {SILENT_AFTER:g} s is shown",
    ):
        assert sentence in page
