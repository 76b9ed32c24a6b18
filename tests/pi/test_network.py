"""The kernel's news of the network."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.pi.network import RTM_NEWADDR, message_types
from tests.support.real import need

WATCHER = """
import trio
from tars.pi.network import watch_network
from tests.support.limits import HANG

async def main():
    with trio.fail_after(HANG):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch_network, nursery.cancel_scope.cancel)
            await trio.testing.wait_all_tasks_blocked()
            print("watching", flush=True)
    print("came up", flush=True)

import trio.testing
trio.run(main)
"""


def message(kind: int, body: bytes = b"") -> bytes:
    length = 16 + len(body)
    padding = bytes(-length % 4)
    return length.to_bytes(4, sys.byteorder) + kind.to_bytes(2, sys.byteorder) + bytes(10) + body + padding


def test_every_message_of_a_datagram_is_seen() -> None:
    assert list(message_types(message(16, b"abc") + message(RTM_NEWADDR) + message(24))) == [16, RTM_NEWADDR, 24]


@given(st.binary(max_size=200))
def test_nonsense_ends_it(datagram: bytes) -> None:
    assert len(list(message_types(datagram))) <= len(datagram) // 16


@pytest.fixture
def namespace() -> Iterator[str]:
    need(os.geteuid() == 0 and shutil.which("ip") is not None, "root and iproute2, to make a network namespace")
    name = f"tars-{uuid.uuid4().hex[:8]}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.mark.real
def test_a_new_address_is_noticed(namespace: str) -> None:
    with subprocess.Popen(
        ["ip", "netns", "exec", namespace, sys.executable, "-c", WATCHER], stdout=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == "watching\n"
        subprocess.run(["ip", "-n", namespace, "link", "set", "lo", "up"], check=True)
        assert watcher.stdout.readline() == "came up\n"
    assert watcher.returncode == 0
