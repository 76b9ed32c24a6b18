"""What is kept by the names of devices, when these change."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def renamed(entries: Mapping[str, T], names: Mapping[str, str]) -> dict[str, T]:
    """Return `entries` with the devices' new names, which `names` has by the former ones.

    What had one of the new names before is dropped.
    """
    stay = {name: entry for name, entry in entries.items() if name not in names and name not in names.values()}
    return stay | {new: entries[old] for old, new in names.items() if old in entries}
