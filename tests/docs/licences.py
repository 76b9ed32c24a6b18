"""The tables of docs/licences.md, from what is installed here: `nox -s licences` prints them."""

import re
from importlib.metadata import distribution
from pathlib import Path

from tests.support.plain_installation import PROJECT, closure, models

PARTS = ("", *(extra for extra in PROJECT["optional-dependencies"] if extra != "all"), "models")
"""What every installation has, each extra, and models.txt."""
_UNSAID = {"espeakng-loader": "GPL-3.0-or-later", "openwakeword": "CC-BY-NC-SA-4.0 (models); Apache-2.0 (code)"}
"""Of packages whose metadata do not say it, or say half of it; from their authors' pages."""
_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-2-Clause",
    "MIT License": "MIT",
    "3-Clause BSD License": "BSD-3-Clause",
}


def part(name: str) -> set[str]:
    """The distributions that a part adds to what every installation has."""
    if name == "models":
        return models()
    return closure(name) - closure() if name else closure()


def licence(name: str) -> str:
    """The licence of an installed distribution, as SPDX writes it."""
    if name in _UNSAID:
        return _UNSAID[name]
    metadata = distribution(name).metadata
    expression, free = (metadata.get_all(field, [""])[0] for field in ("License-Expression", "License"))
    classifiers = [each for each in metadata.get_all("Classifier", []) if each.startswith("License :: ")]
    said = str(expression or free or classifiers[0].rpartition(" :: ")[2])
    return _SPDX.get(said, said)


def asks_something(licence: str) -> bool:
    """Whether a licence is copyleft, or not for everybody."""
    return (
        re.search(r"GPL|General Public|MPL|Mozilla|CC-BY-(NC|SA|ND)|Commercial", licence, re.IGNORECASE)
        is not None
    )


def megabytes(name: str) -> float:
    """The size of an installed distribution's files."""
    files = (Path(str(file.locate())) for file in distribution(name).files or ())
    return sum(file.stat().st_size for file in files if file.exists()) / 1e6


def table(name: str) -> str:
    """The table of one part, the largest package first."""
    rows = sorted(((megabytes(each), each) for each in part(name)), reverse=True)
    total = sum(size for size, _ in rows)
    lines = [f"| {each} | {size:.1f} | {licence(each)} |" for size, each in rows]
    return "\n".join(
        ["| package | MB | licence |", "| --- | --- | --- |", *lines, f"| together | {total:.0f} | |"]
    )


def listed(page: str) -> dict[str, dict[str, str]]:
    """By part, the packages in the document and their licences."""
    sections = re.findall(r"^## [^\n]*\(`(\w*)`\)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return {
        "" if name == "dependencies" else name: dict(
            re.findall(r"^\| ([a-z0-9-]+) \| [\d.]+ \| (\S.*) \|$", body, re.MULTILINE)
        )
        for name, body in sections
    }


if __name__ == "__main__":
    for each in PARTS:
        print(f"{each or 'dependencies'}\n\n{table(each)}\n")
