"""Values as text that reads and sounds right."""

from fractions import Fraction


def show(value: Fraction | float, places: int = 2) -> str:
    """A number as it is shown and read aloud: "1,250", "3.33", "minus 4"; at most `places` decimals."""
    exact = Fraction(value)
    rounded = round(exact, places)
    if rounded == 0 and exact != 0:  # keep two figures of what would round away
        return ("minus " if exact < 0 else "") + _plain(f"{float(abs(exact)):.2g}")
    sign = "minus " if rounded < 0 else ""
    text = (
        f"{abs(rounded.numerator)}"
        if rounded.denominator == 1
        else f"{float(abs(rounded)):.{places}f}".rstrip("0")
    )
    whole, dot, rest = text.partition(".")
    return f"{sign}{int(whole):,}{dot}{rest}"


def _plain(text: str) -> str:
    return f"{float(text):.12f}".rstrip("0") if "e" in text else text
