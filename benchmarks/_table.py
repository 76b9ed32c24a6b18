"""What every benchmark hands in: tables with ratios against a named baseline, and goals reached or missed.

A benchmark builds a `Report` and gives it to `publish`. Its standard output is then Markdown for people, or
with `--json` one JSON object, from which `python -m benchmarks` writes docs/measurements.md. Progress and
warnings belong on standard error.
"""

import sys
from collections.abc import Iterable, Sequence

import attrs
import msgspec


@attrs.frozen
class Row:
    """One case of a table, such as one program under one load."""

    name: str
    figures: tuple[float | None, ...]
    """One for each of the table's columns; None where the case has no such figure."""
    group: str = ""
    """Rows are compared with the baseline of their own group, such as one round-trip time."""


@attrs.frozen
class Table:
    """Figures side by side; the ratio is that of the first column's figure to the baseline's."""

    caption: str
    columns: tuple[str, ...]
    """What the figures are, with the unit: `"median, ms"`."""
    rows: tuple[Row, ...]
    baseline: str | None = None
    """The `name` of the row, one in each group, that the others are compared with."""

    def ratio(self, row: Row) -> float | None:
        """How many times the baseline's first figure this row's is; None where there is nothing to compare."""
        for other in self.rows:
            if other.name == self.baseline and other.group == row.group:
                base, figure = other.figures[0], row.figures[0]
                return figure / base if base and figure is not None else None
        return None


@attrs.frozen
class Goal:
    """A figure to reach (docs/architecture.md, "Figures to reach") and what was measured."""

    what: str
    limit: float
    measured: float
    unit: str
    at_least: bool = False
    """The figure is to be `limit` or more; otherwise `limit` or less."""
    why: str = ""
    """Where the figure comes from when it is missed; shown only then."""

    @property
    def reached(self) -> bool:
        """Whether the measured figure is on the right side of the limit."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    @property
    def shown(self) -> str:
        """The measured figure, with its unit."""
        return f"{_number(self.measured)} {self.unit}".rstrip()

    @property
    def bound(self) -> str:
        """What was to be reached, with its unit."""
        return f"{'≥' if self.at_least else '≤'} {_number(self.limit)} {self.unit}".rstrip()

    @property
    def verdict(self) -> str:
        """`reached`, or `missed` and by how much."""
        if self.reached:
            return "reached"
        gap = abs(self.measured - self.limit)
        share = f", {100 * gap / abs(self.limit):.0f} %" if self.limit else ""
        return f"**missed** by {_number(gap)} {self.unit}{share}"


@attrs.frozen
class Report:
    """All that one benchmark has to say."""

    title: str
    how: str
    """How it was measured, in a few sentences."""
    tables: tuple[Table, ...] = ()
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()
    """Anything else that a reader must know to judge the figures."""

    def markdown(self) -> str:
        """The report as a section of a document."""
        parts = [f"## {self.title}", self.how, *map(_table, self.tables)]
        if self.goals:
            parts.append(goals_markdown(self.goals))
            parts += [f"Missed: {goal.what}. {goal.why}" for goal in self.goals if not goal.reached and goal.why]
        parts += [f"- {note}" for note in self.notes]
        return "\n\n".join(parts) + "\n"


def publish(report: Report) -> None:
    """Print the report: Markdown, or JSON when the program was started with `--json`."""
    if "--json" in sys.argv[1:]:
        print(msgspec.json.encode(report).decode())
    else:
        print(report.markdown())


def read_report(text: str) -> Report:
    """The report that a benchmark printed with `--json`."""
    return msgspec.json.decode(text, type=Report)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of `values` that at least `percent` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def goals_markdown(goals: Iterable[Goal]) -> str:
    """The goals as a Markdown table: reach, measured, reached or missed by how much."""
    return _grid(
        ("figure", "to reach", "measured", ""),
        [(goal.what, goal.bound, goal.shown, goal.verdict) for goal in goals],
    )


def _table(table: Table) -> str:
    grouped = any(row.group for row in table.rows)
    head = (*(("at",) if grouped else ()), "", *table.columns)
    if table.baseline:
        head += (f"against {table.baseline}",)
    lines = []
    for row in table.rows:
        cells = (*((row.group,) if grouped else ()), row.name, *map(_number, row.figures))
        if table.baseline:
            ratio = table.ratio(row)
            cells += ("" if ratio is None else "baseline" if row.name == table.baseline else f"{ratio:.2f} ×",)
        lines.append(cells)
    return f"{table.caption}:\n\n{_grid(head, lines)}"


def _grid(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 100 else f"{value:.3g}"
