"""The acceptance table, row by row, in network namespaces. HYPOTHESIS_PROFILE=soak does all of it."""

import pytest
import trio

from tests.netlab.rows import ROWS
from tests.netlab.table import FULL, Case, Figures, cases, goals, merge, repeat
from tests.support.real import need
from tests.support.wire import obstacle


def parameter(case: Case) -> object:
    """What pytest has to know of one case."""
    patience = case.row.times(full=FULL) * (case.row.patience(full=FULL) + 20)  # a lab has to come and go as well
    alone = [pytest.mark.alone] if case.row.alone else []
    return pytest.param(case, id=case.name, marks=[pytest.mark.timeout(patience), *alone])


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("case", [parameter(case) for case in cases(ROWS)])
def test_row(case: Case) -> None:
    missing = obstacle()
    need(missing is None, missing or "")

    async def play() -> list[Figures]:
        return [await repeat(case, full=FULL, seed=seed) for seed in range(case.row.times(full=FULL))]

    figures = merge(trio.run(play))
    print(dict(figures))
    missed = [goal for goal in goals(case, figures, full=FULL) if not goal.reached]
    assert not missed, "; ".join(f"{g.what}: {g.measured:.3f} {g.unit}, and not {g.limit:g}" for g in missed)
