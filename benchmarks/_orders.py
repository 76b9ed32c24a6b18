"""Orders in a coffee shop: the grammar that the real recordings of orders are heard with, and the slots of one.

The recordings are those of Picovoice/speech-to-intent-benchmark (Apache-2.0), and so are the slots' values.
"""

import itertools
import re
from collections.abc import Iterable, Mapping

from benchmarks._scoring import plain
from tars.server.brains.skills.skill import Call, Reply, Skill

Slots = Mapping[str, str]

_AMOUNTS = ("", "a little bit of ", "a bit of ", "some ", "a lot of ", "lots of ")


def _amounts(things: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{amount}{thing}" for thing in things for amount in _AMOUNTS)


_VALUES: Mapping[str, tuple[str, ...]] = {
    "size": ("small", "medium", "large", "eight ounce", "twelve ounce", "sixteen ounce", "twenty ounce"),
    "roast": ("light roast", "medium roast", "dark roast"),
    "numberOfShots": ("single shot", "double shot", "triple shot"),
    "coffeeDrink": (
        *("americano", "cappuccino", "espresso", "iced mocha", "latte", "mocha"),
        *("coffee", "drip coffee", "house coffee", "iced coffee"),
    ),
    "milkAmount": _amounts(("milk", "skim milk", "whole milk", "soy milk", "almond milk", "cream")),
    "sugarAmount": _amounts(("sugar", "brown sugar", "sweetener")),
}
_WANT = "[(brew|can i get|can i have|i want|get me|give me|i'd like|make me|may i have)] [(a|an)]"
_BEHIND = "[with ({milkAmount} [and {sugarAmount}]|{sugarAmount} [and {milkAmount}])]"


def _sentences() -> Iterable[str]:
    for order in itertools.permutations(("{size}", "{roast}", "{numberOfShots}")):
        yield f"{_WANT} {' '.join(f'[{slot}]' for slot in order)} {{coffeeDrink}} {_BEHIND}"


def _handle(call: Call) -> Reply:
    return Reply("Coming.")


ORDER = Skill(
    name="order",
    description="take an order",
    sentences=tuple(_sentences()),
    handle=_handle,
    lists={name: {value: value for value in values} for name, values in _VALUES.items()},
)


def slots_of(text: str) -> dict[str, str]:
    """What is ordered in `text`: each slot's value, the longest that stands in its part of the sentence."""
    before, _, behind = " ".join(plain(text)).partition(" with ")
    parts = {name: behind if name in ("milkAmount", "sugarAmount") else before for name in _VALUES}
    found = {}
    # the longest first whatever the slot: "medium" is no size in "medium roast"
    values = [(value, name) for name, listed in _VALUES.items() for value in listed]
    for value, name in sorted(values, key=lambda each: -len(each[0])):
        if name not in found and re.search(rf"\b{value}\b", parts[name]):
            found[name] = value
            for other, part in parts.items():
                parts[other] = re.sub(rf"\b{value}\b", "", part, count=1)
    return found


def right(text: str, wanted: Slots) -> bool:
    """Whether all the slots of an order were heard, and no others."""
    return slots_of(text) == {name: value.strip() for name, value in wanted.items()}
