"""How a state machine is run: so many steps, counted, and more of them in a night."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from tests.support.profile import SOAK, examples


class Counted(RuleBasedStateMachine):
    """Counts its steps: what a rule does not reach it does not test."""

    steps = 0
    """Of all machines of the class."""

    def __init__(self) -> None:
        super().__init__()
        self.age = 0

    @invariant()
    def takes_a_step(self) -> None:
        type(self).steps += 1
        self.age += 1


def run(machine: type[Counted], *, runs: int, steps: int, shrink: bool = True) -> int:
    """Run a machine so often for so many steps; how many it took in all. Without `shrink` a failure comes as it
    is found."""
    machine.steps = 0
    options = settings(
        max_examples=examples(runs),
        stateful_step_count=steps,
        derandomize=not SOAK,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=options)
    return machine.steps
