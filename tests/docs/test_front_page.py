"""What README shows: figures that the benchmarks printed, and lines that the demonstration prints."""

import re

import pytest

from tests.demo.picture import PICTURE, masked, masked_rows
from tests.support.plain_installation import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MEASUREMENTS = (ROOT / "docs" / "measurements.md").read_text(encoding="utf-8").splitlines()


def measured(*beginning: str) -> list[str]:
    """The cells of the row of docs/measurements.md that begins with these cells."""
    tables = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in MEASUREMENTS if line.startswith("|")
    ]
    (row,) = {tuple(row) for row in tables if row[: len(beginning)] == list(beginning)}
    return list(row)


@pytest.mark.parametrize(
    ("shown", "row", "column"),
    [
        ("**{} ms**", ("hotword to first audio byte over 40 ms of round trip",), 2),
        ("{} ms where the device dials", ("40 ms", "dialling on demand"), 2),
        ("**{} s**, while you speak", ("silent cut noticed, idle, both sides, longest",), 2),
        ("while you speak **{} s**", ("silent cut noticed, streaming, both sides, longest",), 2),
        ("**{} %**", ("silent room (rms 5)", "TARS"), 2),
        ("{} % openWakeWord", ("silent room (rms 5)", "openWakeWord's loop"), 2),
        ("{} s wyoming-satellite,", ("wyoming-satellite",), 4),
        ("{} s xiaozhi-server,", ("xiaozhi-esp32-server",), 4),
        ("{} s linux-voice-assistant |", ("linux-voice-assistant",), 4),
    ],
)
def test_a_figure_is_the_one_that_was_measured(shown: str, row: tuple[str, ...], column: int) -> None:
    assert shown.format(measured(*row)[column].split()[0]) in README


def test_the_size_of_an_installation_is_the_one_that_its_page_tells() -> None:
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    (sizes,) = re.findall(r"^\| `\.\[all\]` and the models.* \| (\d+ MB) \| (\d+ MB) \|$", page, re.MULTILINE)
    assert re.findall(r"downloads (\d+ MB), takes (\d+ MB) of disk", README) == [sizes]


def test_the_sample_is_what_the_demonstration_prints() -> None:
    (sample,) = [
        block for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) if "tars-demo    starts" in block
    ]
    lines = {masked(line) for line in sample.splitlines()}
    assert len(lines) >= 10
    assert lines <= masked_rows(PICTURE.read_text(encoding="utf-8"))


def test_the_picture_is_shown_before_anything_is_to_be_read_for_long() -> None:
    assert README.index("](docs/demo.svg)") < 800
