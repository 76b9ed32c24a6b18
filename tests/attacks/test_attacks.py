"""The attack suite: after each attack an honest device is served as before, and nothing of the attack is left.

One `tars-server` with its default settings and 256 descriptors lives through all of them, and so does the link of
the honest device. Figures of the same attacks: `python -m benchmarks attacks`.
"""

from collections.abc import Iterator

import pytest

from tests.attacks.attack import ATTACKS, WARM_UP, Attack
from tests.attacks.target import MEMORY_TOLERANCE, ROUND_TRIP, SERVER, Honest, Target, middle, running
from tests.support.real import need

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.slow]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    need(SERVER.exists(), f"the console script {SERVER}")
    with running(tmp_path_factory.mktemp("server")) as it:
        yield it
    assert it.troubles() == []


@pytest.fixture(scope="module")
def honest(target: Target) -> Iterator[Honest]:
    with target.honest("honest") as device:
        for name in WARM_UP:
            with target.watched(device):
                ATTACKS[name].run(target)
        middle(device)
        target.settle()
        yield device


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_it_harms_nobody(attack: Attack, target: Target, honest: Honest) -> None:
    with target.watched(honest):
        attack.run(target)
    assert target.extra_descriptors() <= 0
    assert middle(honest) <= ROUND_TRIP
    assert target.extra_memory() <= MEMORY_TOLERANCE
    assert target.troubles() == []
