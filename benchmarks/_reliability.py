"""The figures in docs/reliability.md: written between its marks from what the benchmarks printed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import attrs

_MARKED = re.compile(r"(<!-- measured: (?P<asked>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_ASKED = re.compile(r"(?P<name>[^(;]+?)\s*(?:\((?P<label>[^)]*)\))?\s*(?:;\s*|$)")
NOT_MEASURED = "not measured yet"
OVER_TLS = " TLS"
"""Ends the name of a row that is done over TLS as well."""


class Printed(Protocol):
    """A goal, as it was printed."""

    @property
    def what(self) -> str:
        """`NAME: figure`."""

    @property
    def shown(self) -> str:
        """What was measured, with its unit."""

    @property
    def bound(self) -> str:
        """What it has to hold to."""

    @property
    def reached(self) -> bool:
        """Whether it does."""


@attrs.frozen
class Asked:
    """Goals whose names begin with `NAME: `, and in which case they were measured."""

    name: str
    case: str

    def figures(self, goals: Iterable[Printed]) -> Iterator[tuple[str, Printed]]:
        """What is said of each, and the goal."""
        for goal in goals:
            name, _, figure = goal.what.partition(": ")
            if name == self.name:
                yield f"{self.case}: {figure}" if self.case else figure, goal


def asked_for(text: str) -> list[Asked]:
    """What the document's marks ask for."""
    return [one for mark in _MARKED.finditer(text) for one in _asked(mark["asked"])]


def _asked(text: str) -> list[Asked]:
    return [Asked(match["name"], match["label"] or "") for match in _ASKED.finditer(text)]


def fill(text: str, goals: Iterable[Printed]) -> str:
    """The document with the figures between its marks replaced.

    `<!-- measured: 3 (idle); 4 (while you speak) -->` asks for a table of the goals whose names begin with `3: `
    and `4: `, in that order, with those of `3 TLS: ` and `4 TLS: ` beside them; `<!-- end -->` closes it. What no
    goal answers is called not measured, never left as it was.
    """
    known = list(goals)

    def table(mark: re.Match[str]) -> str:
        return "".join((mark[1], *(f"{line}\n" for line in _lines(_asked(mark["asked"]), known)), mark[3]))

    return _MARKED.sub(table, text)


def _lines(asked: Iterable[Asked], goals: list[Printed]) -> list[str]:
    plain: list[tuple[str, Printed | None]] = []
    encrypted: dict[tuple[str, str], Printed] = {}
    for one in asked:
        plain += list(one.figures(goals)) or [(one.case or one.name, None)]
        encrypted |= {
            (said, goal.bound): goal for said, goal in Asked(one.name + OVER_TLS, one.case).figures(goals)
        }
    head = ("", "measured", *(("over TLS",) if encrypted else ()), "to hold to")
    rows = [_row(said, goal, encrypted) for said, goal in plain]
    return [f"| {' | '.join(cells)} |" for cells in (head, ("---",) * len(head), *rows)]


def _row(said: str, goal: Printed | None, encrypted: Mapping[tuple[str, str], Printed]) -> tuple[str, ...]:
    if goal is None:
        return (said, NOT_MEASURED, *(("",) if encrypted else ()), "")
    beside = encrypted.get((said, goal.bound))
    over_tls = ("" if beside is None else _measured(beside),) if encrypted else ()
    return (said, _measured(goal), *over_tls, goal.bound)


def _measured(goal: Printed) -> str:
    return goal.shown if goal.reached else f"{goal.shown}, **missed**"
