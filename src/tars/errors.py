"""Errors that are for the person at the keyboard."""


class UserError(Exception):
    """Something the user can mend: one sentence that says what is wrong, where, and what to do."""

    exit_status = 2
    """With which the program ends."""


class NotFulfilled(UserError):
    """The program did what it could, and what it was started for did not happen."""

    def __init__(self, sentence: str, exit_status: int) -> None:
        super().__init__(sentence)
        self.exit_status = exit_status


def first_problem(problems: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first plain exception in a group of groups."""
    found: BaseException = problems
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
