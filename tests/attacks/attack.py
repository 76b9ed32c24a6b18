"""Every attack there is, by name."""

import time

import attrs

from tests.attacks.crowds import CROWDS
from tests.attacks.framing import FRAMES
from tests.attacks.handshakes import HANDSHAKES
from tests.attacks.scenes import SCENES, Scene
from tests.attacks.target import Target


@attrs.frozen
class Attack:
    """One of them."""

    name: str
    kind: str
    """`handshake`, `framing`, or `behaviour`."""
    run: Scene
    """Gives the attack's figure, in seconds, where it has one: how long the attacker was borne, or the honest
    device waited. Raises `AssertionError` when the server does not answer it as it should."""


def _handshake(request: bytes, status: int) -> Scene:
    def run(target: Target) -> float | None:
        attacker = target.connect()
        began = time.monotonic()
        attacker.send(request)
        if status == 101:
            attacker.until_status()
            return None
        found, answer = attacker.http()
        assert found == status, answer[:300]
        return time.monotonic() - began

    return run


def _framing(data: bytes, code: int) -> Scene:
    def run(target: Target) -> float:
        attacker = target.connect()
        attacker.hello("attacker")
        began = time.monotonic()
        attacker.send(data)
        found = attacker.close_code()
        assert found == code, found
        return time.monotonic() - began

    return run


ATTACKS: dict[str, Attack] = {
    attack.name: attack
    for attack in (
        *(Attack(name, "handshake", _handshake(*each)) for name, each in HANDSHAKES.items()),
        *(Attack(name, "framing", _framing(*each)) for name, each in FRAMES.items()),
        *(Attack(name, "behaviour", each) for name, each in (SCENES | CROWDS).items()),
    )
}
WARM_UP = ("a plain GET", "1,000 times bad JSON", "reset during a reply", "300 links without a hello")
"""Attacks before the baseline is taken: what is imported or made once is there, and Python's allocator has seen a
crowd. What these leave behind each further time would show."""
