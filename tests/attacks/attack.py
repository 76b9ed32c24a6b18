"""Every attack there is, by name."""

from collections.abc import Callable

import attrs

from tests.attacks.framing import FRAMES
from tests.attacks.handshakes import HANDSHAKES
from tests.attacks.scenes import SCENES
from tests.attacks.target import Target


@attrs.frozen
class Attack:
    """One of them."""

    name: str
    kind: str
    """`handshake`, `framing`, or `behaviour`."""
    run: Callable[[Target], None]
    """Raises `AssertionError` when the server does not answer it as it should."""


def _handshake(request: bytes, status: int) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        attacker = target.connect()
        attacker.send(request)
        if status == 101:
            attacker.until_status()
            return
        found, answer = attacker.http()
        assert found == status, answer[:300]

    return run


def _framing(data: bytes, code: int | None) -> Callable[[Target], None]:
    def run(target: Target) -> None:
        attacker = target.connect()
        attacker.hello("attacker")
        attacker.send(data)
        found = attacker.close_code()
        assert found == code, found

    return run


ATTACKS: dict[str, Attack] = {
    attack.name: attack
    for attack in (
        *(Attack(name, "handshake", _handshake(*each)) for name, each in HANDSHAKES.items()),
        *(Attack(name, "framing", _framing(*each)) for name, each in FRAMES.items()),
        *(Attack(name, "behaviour", each) for name, each in SCENES.items()),
    )
}
