"""Reading the picture of the demonstration: its rows, without what differs from run to run."""

import html
import re
from itertools import groupby
from pathlib import Path

PICTURE = Path(__file__).parents[2] / "docs" / "demo.svg"
_TEXT = re.compile(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*clip-path="url\(#tars-demo-line-\d+\)"[^>]*>([^<]*)')

_CHARACTER = 12.2
"""The width of a character, in the picture's own unit."""


def rows(svg: str) -> list[str]:
    """The lines of the picture, from top to bottom; what was broken to fit its width is one line."""
    pieces = [(float(y), float(x), html.unescape(text).replace("\xa0", " ")) for x, y, text in _TEXT.findall(svg)]
    lines: list[str] = []
    for _, texts in groupby(sorted(pieces), lambda each: each[0]):
        row = ""
        for _, x, text in texts:
            row = row.ljust(round(x / _CHARACTER)) + text
        lines.append(row.rstrip())
    whole: list[str] = []
    for line in lines:
        if line.startswith(" " * 20) and whole:
            whole[-1] += " " + line.strip()
        elif line:
            whole.append(line)
    return whole


def masked_rows(svg: str) -> set[str]:
    """The kinds of rows: no figures, no bars, and not how often something came or in which order."""
    usual = [row for row in rows(svg) if "still waiting" not in row and "asks again" not in row]
    return {masked(row) for row in usual}  # the others come on a busy machine


def masked(row: str) -> str:
    """A row without figures and bars, and without what an answer draws at random."""
    row = re.sub(r"━+", "", re.sub(r"\d+", "0", row))
    row = re.sub(r"says: Connected for.*", "says: Connected for", row)
    row = re.sub(r"link down: .*; next", "link down: ; next", row)
    row = re.sub(r"0:0 [AP]M", "0:0 AM", row)
    return re.sub(r"\s+", " ", row.replace("+", "").replace("-0", "0")).strip()
