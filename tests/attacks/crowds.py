"""Attackers that come in crowds, or again and again."""

import time

from tests.attacks.raw import UPGRADE, Attacker, header, hello
from tests.attacks.scenes import Scene
from tests.attacks.target import GUESS, Target


def no_hello(target: Target) -> None:
    """Thirty links that never say who they are."""
    for _ in range(30):
        target.connect().send(UPGRADE)
    time.sleep(0.3)


def a_thousand_bad_tokens(target: Target) -> float:
    """One after the other, in the header; the longest that one was borne."""
    longest = 0.0
    for number in range(1000):
        attacker = target.connect()
        began = time.monotonic()
        attacker.send(UPGRADE[:-2] + f"Authorization: Bearer {GUESS}-{number}\r\n\r\n".encode())
        status, _ = attacker.http()
        attacker.sock.close()
        longest = max(longest, time.monotonic() - began)
        assert status == 401
    return longest


def a_thousand_bad_tokens_in_hello(target: Target) -> float:
    """The same after the upgrade, as browsers have to."""
    longest = 0.0
    for number in range(1000):
        attacker = target.connect()
        began = time.monotonic()
        attacker.send(UPGRADE + hello("guesser", token=f"{GUESS}-{number}"))
        code = attacker.close_code()
        attacker.sock.close()
        longest = max(longest, time.monotonic() - began)
        assert code == 4401
    return longest


def a_thousand_long_frames(target: Target) -> float:
    """Each on a link of its own; the longest that one was borne."""
    longest = 0.0
    for _ in range(1000):
        attacker = target.connect()
        began = time.monotonic()
        attacker.send(UPGRADE + header(0x82, 65_537))
        code = attacker.close_code()
        attacker.sock.close()
        longest = max(longest, time.monotonic() - began)
        assert code == 1009
    return longest


def connect_and_leave(target: Target) -> None:
    """300 times, as fast as it goes."""
    for _ in range(300):
        target.connect().sock.close()


def connect_and_reset(target: Target) -> None:
    """300 times, as fast as it goes."""
    for _ in range(300):
        target.connect().reset()


def crowd(target: Target) -> float:
    """300 that come and go, then more half-open handshakes than the server has descriptors, and an honest newcomer
    through them: how long until it is served."""
    for _ in range(300):
        target.connect().sock.close()
    strangers = [target.connect() for _ in range(300)]
    for stranger in strangers:
        stranger.send(UPGRADE[:70])
    began = time.monotonic()
    with target.honest("newcomer") as newcomer:
        newcomer.round_trip()
        served = time.monotonic() - began
    assert served < 7
    return served


def crowd_without_a_hello(target: Target) -> float:
    """The same with links that stand and say nothing."""
    for _ in range(300):
        target.connect().send(UPGRADE)
    began = time.monotonic()
    with target.honest("newcomer") as newcomer:
        newcomer.round_trip()
        served = time.monotonic() - began
    assert served < 7
    return served


def many_names(target: Target) -> None:
    """500 devices that nobody has heard of, one after the other."""
    for number in range(500):
        attacker = target.connect()
        attacker.hello(f"name-{number}-{'x' * 40}")
        attacker.reset()


def takeovers(target: Target) -> None:
    """One name, 100 links: each sends the one before away."""
    last: Attacker | None = None
    for _ in range(100):
        newer = target.connect()
        newer.hello("twin")
        if last is not None:
            assert last.close_code() == 4409
        last = newer


CROWDS: dict[str, Scene] = {
    "30 links without a hello": no_hello,
    "1,000 bad tokens": a_thousand_bad_tokens,
    "1,000 bad tokens in hello": a_thousand_bad_tokens_in_hello,
    "1,000 frames that are too long": a_thousand_long_frames,
    "300 connect and leave": connect_and_leave,
    "300 connect and reset": connect_and_reset,
    "300 half-open handshakes": crowd,
    "300 links without a hello": crowd_without_a_hello,
    "500 invented names": many_names,
    "100 takeovers": takeovers,
}
