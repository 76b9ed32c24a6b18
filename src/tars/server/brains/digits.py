"""Numbers in digits, as recognisers write them: "17", "1,250", "2.5". Which are meant, and how they may begin."""

import re
from collections.abc import Mapping
from typing import TypeGuard

import attrs

from tars.server.brains.number_templates import ONES, TEENS, TENS

Words = tuple[str, ...]

_WRITTEN = re.compile(r"(?P<whole>\d+|\d{1,3}(?:,\d{3})+)(?:\.(?P<decimals>\d+))?")
_BEGUN = re.compile(r"(?P<whole>\d+|\d{1,3}(?:,\d{3})*,\d{0,2})(?P<decimals>)")
_DECIMALS_BEGUN = re.compile(r"(?P<whole>\d+|\d{1,3}(?:,\d{3})+)\.(?P<decimals>\d*)")


@attrs.frozen
class Digits:
    """The numbers that may stand in one place, where they are written in digits."""

    largest: int
    decimals: int = 0
    """The most digits behind the point."""
    shortest: int = 1
    """The fewest digits before it: "september 1" is a day, and "1" no year."""

    def accepts(self, written: str) -> bool:
        """Whether `written` is such a number."""
        found = _WRITTEN.fullmatch(written)
        return self._fits(found) and len(found["whole"].replace(",", "")) >= self.shortest

    def begins(self, written: str) -> bool:
        """Whether such a number begins with `written`, or is it."""
        beginnings = (_WRITTEN, _BEGUN, _DECIMALS_BEGUN)
        return any(self._may_fit(beginning.fullmatch(written)) for beginning in beginnings)

    def shape(self, written: str) -> str:
        """Return one text for all beginnings that may go on in the same ways; one that may be an hour stays."""
        if len(written) <= 2:
            return written
        whole, dot, decimals = written.partition(".")
        near = str(self.largest).startswith(whole.replace(",", ""))
        alike = whole if near or whole == "0" else re.sub(r"\d", "7", whole[:1]) + re.sub(r"\d", "0", whole[1:])
        return alike + dot + "0" * len(decimals)

    def _fits(self, found: re.Match[str] | None) -> TypeGuard[re.Match[str]]:
        if (
            found is None
            or len(found["decimals"] or "") > self.decimals
            or (self.decimals == 0 and "." in found[0])
        ):
            return False
        groups = found["whole"].split(",")
        whole = "".join(groups) + ("0" * (3 - len(groups[-1])) if len(groups) > 1 else "")
        return int(whole) <= self.largest and (whole == "0" or whole[0] != "0")

    def _may_fit(self, found: re.Match[str] | None) -> bool:
        """Whether digits behind a beginning make it such a number: they must not make it too large."""
        if not self._fits(found):
            return False
        whole = found["whole"].replace(",", "")
        if len(whole) >= self.shortest:
            return True
        return "." not in found[0] and whole != "0" and int(whole.ljust(self.shortest, "0")) <= self.largest


NUMBER_DIGITS: Mapping[str, Digits] = {
    "any_number": Digits(1_000_000, decimals=4),
    "any_quantity": Digits(99_999, decimals=4),
    "any_percentage": Digits(100),
    "precise": Digits(999, decimals=3),
    "calendar_year": Digits(9_999, shortest=4),
    "clock_hour": Digits(24),
    "clock_minute": Digits(59),
}
"""What may be written for the rules that are numbers, as `NUMBER_RULES` has what may be said."""


def spoken(written: str) -> list[Words]:
    """Return the ways to say a number in digits below a million: "2.5" is "two point five".

    Empty for larger ones.
    """
    whole, _, decimals = written.replace(",", "").partition(".")
    if len(whole) > 6:
        return []
    ends: list[Words] = [("point", *(ONES[int(digit)] for digit in decimals))] if decimals else [()]
    return [way + end for way in _below_million(int(whole)) for end in ends]


def _below_million(value: int) -> list[Words]:
    if value == 0:
        return [(ONES[0],)]
    thousands, rest = divmod(value, 1000)
    if thousands == 0:
        return _below_thousand(value)
    heads = [(*head, "thousand") for head in _with_a(thousands, _below_thousand(thousands))]
    return _join(heads, _below_thousand(rest) if rest else [])


def _below_thousand(value: int) -> list[Words]:
    hundreds, rest = divmod(value, 100)
    if hundreds == 0:
        return [_below_hundred(value)]
    heads = [(*head, "hundred") for head in _with_a(hundreds, [_below_hundred(hundreds)])]
    return _join(heads, [_below_hundred(rest)] if rest else [])


def _below_hundred(value: int) -> Words:
    if value < 20:
        return ((*ONES, *TEENS)[value],)
    tens, ones = divmod(value, 10)
    return (TENS[tens - 2], ONES[ones]) if ones else (TENS[tens - 2],)


def _with_a(value: int, ways: list[Words]) -> list[Words]:
    return [*ways, ("a",)] if value == 1 else ways


def _join(heads: list[Words], rests: list[Words]) -> list[Words]:
    return [(*head, *glue, *rest) for head in heads for rest in rests for glue in ((), ("and",))] or heads
