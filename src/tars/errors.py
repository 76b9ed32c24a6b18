"""Errors that are for the person at the keyboard."""


class UserError(Exception):
    """Something the user can mend: one sentence that says what is wrong, where, and what to do."""
