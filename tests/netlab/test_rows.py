"""The acceptance table, row by row, in network namespaces. HYPOTHESIS_PROFILE=soak does all of it."""

import pytest
import trio

from tests.netlab.rows import ROWS
from tests.netlab.table import FULL, Figures, Row, goals, merge, repeat
from tests.support.real import need
from tests.support.wire import obstacle

_CASES = [(row, tls) for row in ROWS for tls in ((False, True) if row.tls else (False,))]


def case(row: Row, tls: bool) -> object:
    """What pytest has to know of one row."""
    patience = row.times(full=FULL) * (row.patience(full=FULL) + 20)  # with what a lab takes to come and go
    name = f"{row.number} {row.fault}" + (", TLS" if tls else "")
    return pytest.param(row, tls, id=name, marks=pytest.mark.timeout(patience))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(("row", "tls"), [case(row, tls) for row, tls in _CASES])
def test_row(row: Row, tls: bool) -> None:
    missing = obstacle()
    need(missing is None, missing or "")

    async def play() -> list[Figures]:
        seeds = range(row.times(full=FULL))
        return [await repeat(row, tls=tls, full=FULL, seed=seed) for seed in seeds]

    repetitions = trio.run(play)
    for goal in goals(row, merge(repetitions), full=FULL, demanded=True):
        assert goal.reached, f"{goal.what}: {goal.measured:.3f} {goal.unit}, and not {goal.limit:g}"
