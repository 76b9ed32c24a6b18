"""Errors that are for the person at the keyboard."""


class UserError(Exception):
    """Something the user can mend: one sentence that says what is wrong, where, and what to do."""


def first_problem(problems: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first plain exception in a group of groups."""
    found: BaseException = problems
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
