"""Whatever the network did, some seconds after it is well again a message goes to the server and comes back.

The whole link takes part: supervisor, dialling, upgrade, heartbeats, accept loop, on a network in memory. The
promise is an echo, not a state: a link that believes itself up and carries nothing would pass otherwise.
"""

import itertools
import random
from collections.abc import Callable
from functools import partial

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from tars.link import (
    CLIENT_POLICY,
    SERVER_POLICY,
    BackoffPolicy,
    Connection,
    LinkPolicy,
    LinkState,
    Supervisor,
    open_connection,
)
from tars.link.inbox import Inbox
from tests.link.pairs import URL, serving
from tests.support.faulty_network import FAULTS, FaultyNetwork
from tests.support.virtual import Livelock, run_virtual

BACKOFF = BackoffPolicy()
RECOVERS_WITHIN = (
    CLIENT_POLICY.heartbeat.timeout  # a stalled link has to be noticed,
    + CLIENT_POLICY.dial_timeout  # a dial that nobody answers be given up,
    + BACKOFF.cap  # and the longest wait be over
    + 1.0  # for the echo itself, sent every second
)
CALM = RECOVERS_WITHIN + 2 * BACKOFF.stable_after

STEPS = st.lists(
    st.tuples(st.integers(0, 150).map(lambda tenths: tenths / 10), st.sampled_from(FAULTS)), max_size=8
)


@attrs.frozen
class Policies:
    client: LinkPolicy = CLIENT_POLICY
    server: LinkPolicy = SERVER_POLICY
    backoff: BackoffPolicy = BACKOFF


async def echo(connection: Connection) -> None:
    while True:
        await connection.send(await connection.receive())


async def story(steps: list[tuple[float, str]], seed: int, policies: Policies) -> None:
    network = FaultyNetwork(delay=0.02)
    echoes: list[float] = []
    states: list[LinkState] = []

    async def serve(connection: Connection) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk, connection)
            while True:
                await connection.receive()
                echoes.append(trio.current_time())

    async def talk(connection: Connection) -> None:
        while True:
            await connection.send("well?")
            await trio.sleep(1)

    dial = partial(open_connection, URL, policy=policies.client, open_stream=network.open_stream)
    supervisor = Supervisor(dial, policies.backoff, random.Random(seed), states.append)
    async with serving(network, echo, policy=policies.server), trio.open_nursery() as nursery:
        nursery.start_soon(supervisor.run, serve)
        for delay, fault in steps:
            await trio.sleep(delay)
            network.inflict(fault)
        network.relieve()  # what is stalled stays so: only a new dial helps
        well = trio.current_time()
        await trio.sleep(CALM)
        assert [wire.server.closed for wire in network.wires if wire.accepted].count(False) == 1, "ghosts"
        nursery.cancel_scope.cancel()
    assert any(well < when <= well + RECOVERS_WITHIN for when in echoes), "no echo in time"
    assert echoes[-1] >= well + CALM - 2, "the echo did not last"
    gaps = [b - a for a, b in itertools.pairwise(network.dials)]
    assert all(gap >= BACKOFF.spacing - 1e-9 for gap in gaps), "dials too close to each other"


@settings(deadline=None, max_examples=60)
@given(steps=STEPS, seed=st.integers(0, 999), schedule=st.random_module())
def test_the_echo_always_comes_back(steps: list[tuple[float, str]], seed: int, schedule: object) -> None:
    run_virtual(story, steps, seed, Policies())


# -- the test itself is tested: each of these has to make some story fail --


async def no_beat(connection: Connection) -> None:
    await trio.sleep_forever()


def no_wait(policy: BackoffPolicy, *_: object) -> float:
    return 0.0


async def reader_that_waits(inbox: Inbox) -> str | bytes:
    await trio.sleep(60)
    return await taken(inbox)


taken = Inbox.get

HASTY = attrs.evolve(BACKOFF, spacing=0.0)
FOR_EVER = 1e6
MUTANTS: dict[str, tuple[Policies, Callable[[pytest.MonkeyPatch], None]]] = {
    "no heartbeat": (Policies(), lambda patch: patch.setattr(Connection, "_beat", no_beat)),
    "a heartbeat at the client that is too patient": (
        Policies(
            client=attrs.evolve(CLIENT_POLICY, heartbeat=attrs.evolve(CLIENT_POLICY.heartbeat, timeout=40.0)),
            server=attrs.evolve(SERVER_POLICY, heartbeat=attrs.evolve(CLIENT_POLICY.heartbeat, timeout=40.0)),
        ),
        lambda patch: None,
    ),
    "no spacing": (Policies(backoff=HASTY), lambda patch: patch.setattr(BackoffPolicy, "wait", no_wait)),
    "no limit for a dial": (
        Policies(client=attrs.evolve(CLIENT_POLICY, dial_timeout=FOR_EVER)),
        lambda patch: None,
    ),
    "no ceiling": (Policies(backoff=attrs.evolve(BACKOFF, cap=FOR_EVER)), lambda patch: None),
    "messages taken late": (Policies(), lambda patch: patch.setattr(Inbox, "get", reader_that_waits)),
}


TELLING = [
    [(5.0, "stall")],
    [(5.0, "mute"), (0.0, "cut"), (1.0, "ok")],
    [(5.0, "refuse"), (0.0, "cut"), (300.0, "ok")],
]


@pytest.mark.parametrize("name", MUTANTS)
def test_the_story_notices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for steps in TELLING:
        run_virtual(story, steps, 1, Policies())
    policies, mutate = MUTANTS[name]
    mutate(monkeypatch)
    noticed = 0
    for steps in TELLING:
        try:
            run_virtual(story, steps, 1, policies)
        except* (AssertionError, Livelock):
            noticed += 1
    assert noticed
