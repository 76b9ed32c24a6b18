"""What an installation holds that was made as the documents say: the closure of the extras, and the models."""

import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]


def closure(*extras: str) -> set[str]:
    """The names of all distributions that the extras bring on this machine, to this Python; not of TARS itself."""
    asked = [f"{PROJECT['name']}[{extra}]" for extra in extras]
    return set(_walk([PROJECT["name"], *asked], set())) - {PROJECT["name"]}


def models() -> set[str]:
    """The names of the distributions that models.txt brings."""
    return {canonicalize_name(each.name) for each in requirements("models.txt")}


def requirements(file: str) -> list[Requirement]:
    """What a file for `pip install -r` asks for, and the files that it refers to."""
    asked = []
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            asked += requirements(line.removeprefix("-r "))
        elif not line.startswith("#"):
            asked.append(Requirement(line))
    return asked


def _walk(lines: Iterable[str], seen: set[tuple[str, str]], extra: str = "") -> Iterator[str]:
    for requirement in map(Requirement, lines):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for each in ("", *requirement.extras):
            if (name, each) not in seen:
                seen.add((name, each))
                yield name
                yield from _walk(_required(name, each), seen, each)


def _required(name: str, extra: str) -> Iterable[str]:
    if name != PROJECT["name"]:
        return requires(name) or ()
    # as it stands in pyproject.toml, however long ago the environment was made
    lines: list[str] = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return lines
