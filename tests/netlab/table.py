"""The acceptance table: what each row does to the lab, and what must hold of the figures that come out."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import attrs
import trio

from benchmarks._table import Goal, percentile
from tests.netlab.lab import Lab, open_lab
from tests.support.limits import HANG
from tests.support.profile import SOAK

FULL = SOAK
"""Every row as often and as long as the table says: a night's work. Otherwise a share that CI can wait for."""
MANY = 20
"""Repetitions of a row in full, and the fewest that a 95th percentile is made of."""

Note = Callable[[str, float], None]
"""Takes down a figure, by its name; a story may note the same figure many times."""
Story = Callable[[Lab, Note], Awaitable[None]]
Figures = Mapping[str, Sequence[float]]


@attrs.frozen
class Bar:
    """What must hold of one figure."""

    figure: str
    limit: float
    unit: str
    at_least: bool = False
    percent: int | None = None
    """Holds of this percentile, where there are enough repetitions; otherwise of the worst."""
    full: bool | None = None
    """Only in the full profile, or only outside of it; None for both."""
    of: str = ""
    """The row that it belongs to, where the story tells of two."""

    def applies(self, figures: Figures, *, full: bool) -> bool:
        """Whether this profile measures it, and often enough."""
        if self.full not in (None, full):
            return False
        return self.percent is None or len(figures.get(self.figure, ())) >= MANY

    def goal(self, case: "Case", figures: Figures) -> Goal:
        """The bar and what was measured; `KeyError` where the story did not note it."""
        values = figures[self.figure]
        measured = percentile(values, self.percent) if self.percent else (min if self.at_least else max)(values)
        what = f"{case.labelled(self.of)}: {self.figure}" + (f", p{self.percent}" if self.percent else "")
        return Goal(what, self.limit, measured, self.unit, self.at_least, case.row.why)


@attrs.frozen
class Row:
    """One row of the table."""

    number: str
    fault: str
    story: Story
    bars: tuple[Bar, ...]
    repetitions: int = 1
    """In CI; in full it is `MANY`, unless `once`."""
    once: bool = False
    """One repetition is long enough."""
    tls: bool = False
    """To be done over TLS as well."""
    alone: bool = False
    """It measures milliseconds, kilobytes, or who comes in the same tenth of a second: nothing runs beside it."""
    router: bool = False
    """The lab has a router in place of the wire."""
    limit: float = 2 * HANG
    """Seconds that one repetition may take, in CI."""
    full_limit: float | None = None
    """And in full, where that takes longer."""
    why: str = ""
    """Where a figure comes from that misses its bar."""

    def times(self, *, full: bool) -> int:
        """How often it is done."""
        return MANY if full and not self.once else self.repetitions

    def patience(self, *, full: bool) -> float:
        """Seconds that one repetition may take."""
        return self.full_limit if full and self.full_limit is not None else self.limit


@attrs.frozen
class Case:
    """A row, over TLS or not."""

    row: Row
    tls: bool = False

    @property
    def label(self) -> str:
        """How the names of its goals begin: `3`, or `3 TLS`."""
        return self.labelled()

    def labelled(self, number: str = "") -> str:
        """The same for another row's number."""
        return (number or self.row.number) + (" TLS" if self.tls else "")

    @property
    def name(self) -> str:
        """Its label, and what happens."""
        return f"{self.label}: {self.row.fault}"


def cases(rows: Sequence[Row]) -> list[Case]:
    """These rows, each with its variant over TLS, where it has one."""
    return [Case(row, tls) for row in rows for tls in ((False, True) if row.tls else (False,))]


async def repeat(case: Case, *, full: bool, seed: int) -> Figures:
    """One repetition in a lab of its own; what it noted."""
    row = case.row
    figures: defaultdict[str, list[float]] = defaultdict(list)
    with open_lab(seed=seed, tls=case.tls, router=row.router, full=full) as lab:
        try:
            with trio.fail_after(row.patience(full=full)):
                await row.story(lab, lambda name, value: figures[name].append(float(value)))
        except trio.TooSlowError:
            raise RuntimeError(f"row {case.label}: no end within {row.patience(full=full):g} s") from None
    return figures


def merge(repetitions: Sequence[Figures]) -> Figures:
    """All figures of several repetitions."""
    merged: defaultdict[str, list[float]] = defaultdict(list)
    for figures in repetitions:
        for name, values in figures.items():
            merged[name] += values
    return merged


def goals(case: Case, figures: Figures, *, full: bool) -> list[Goal]:
    """What was to be reached in this profile, and what was."""
    return [bar.goal(case, figures) for bar in case.row.bars if bar.applies(figures, full=full)]
