"""The wire is really as long as it says, and really cut: figures that pay no round trip would be worthless."""

import os
import random
import re
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.limits import HANG
from tests.support.real import need
from tests.support.wire import NORMAL, RIGHT, Conditions, Wire, obstacle, open_router, open_wire, socket_inside
from tests.support.wire.conditions import Direction


def direction() -> Direction:
    return Direction(random.Random(1))


def test_a_packet_arrives_after_the_delay() -> None:
    assert direction().arrival(1500, 10.0, Conditions(delay=0.02), cut=False) == pytest.approx(10.02)


def test_nothing_passes_a_cut_wire() -> None:
    assert direction().arrival(1500, 10.0, Conditions(), cut=True) is None


def test_a_narrow_wire_passes_its_rate_and_drops_what_would_wait_too_long() -> None:
    one = direction()
    narrow = Conditions(rate=1000, queue=0.2)
    arrivals = [one.arrival(100, 0.0, narrow, cut=False) for _ in range(5)]
    assert arrivals == [pytest.approx(0.1), pytest.approx(0.2), pytest.approx(0.3), None, None]
    assert one.arrival(100, 5.0, narrow, cut=False) == pytest.approx(5.1)


def test_jitter_delays_at_random_and_keeps_the_order() -> None:
    one = direction()
    shaky = Conditions(delay=0.01, jitter=0.05)
    arrivals = [one.arrival(100, at / 1000, shaky, cut=False) or 0.0 for at in range(200)]
    assert arrivals == sorted(arrivals)
    late = [arrival - at / 1000 - 0.01 for at, arrival in enumerate(arrivals)]
    assert min(late) < 0.04
    assert 0.04 < max(late) <= 0.0501


def test_the_share_of_lost_packets_is_what_was_asked_for() -> None:
    one = direction()
    lost = sum(one.arrival(100, 0.0, Conditions(loss=0.25), cut=False) is None for _ in range(4000))
    assert lost == pytest.approx(1000, abs=150)


@pytest.fixture
def wire() -> Iterator[Wire]:
    missing = obstacle()
    need(missing is None, missing or "")
    with open_wire() as opened:
        yield opened


ECHO_SERVER = f"""
import socket
server = socket.create_server(("{RIGHT}", 7456))
print(flush=True)
while True:
    peer = server.accept()[0]
    while data := peer.recv(4096):
        peer.sendall(data)
"""

ROUND_TRIPS = f"""
import socket, time
start = time.monotonic()
with socket.create_connection(("{RIGHT}", 7456), timeout=5) as peer:
    print(time.monotonic() - start)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(10):
        start = time.monotonic()
        peer.sendall(b"x")
        peer.recv(1)
        print(time.monotonic() - start)
"""


@pytest.mark.real
@pytest.mark.alone
def test_handshakes_and_messages_pay_the_round_trip(wire: Wire) -> None:
    wire.change(Conditions(delay=0.03))
    server = subprocess.Popen(wire.at_right([sys.executable, "-c", ECHO_SERVER]), stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        client = subprocess.run(
            wire.at_left([sys.executable, "-c", ROUND_TRIPS]), capture_output=True, check=True, timeout=HANG
        )
    finally:
        server.kill()
        server.communicate()
    handshake, *round_trips = map(float, client.stdout.split())
    assert handshake >= 0.06
    assert min(round_trips) >= 0.06
    assert statistics.median(round_trips) < 0.075  # the loaded machine that runs this may be late, half the time


@pytest.mark.real
@pytest.mark.alone
def test_a_cut_wire_says_nothing_and_a_mended_one_carries_again(wire: Wire) -> None:
    def answers() -> int:
        ping = subprocess.run(
            wire.at_left([sys.executable, "-c", UDP_ANSWERS]), capture_output=True, check=True, timeout=HANG
        )
        return int(ping.stdout)

    server = subprocess.Popen(wire.at_right([sys.executable, "-c", UDP_ECHO]), stdout=subprocess.PIPE)
    try:
        assert server.stdout is not None
        server.stdout.readline()
        before = answers()
        wire.change(Conditions(cut_leftwards=True))
        one_way = answers()
        wire.change(NORMAL.cut())
        during = answers()
        wire.change(NORMAL)
        assert (before, one_way, during, answers()) == (5, 0, 0, 5)
    finally:
        server.kill()
        server.communicate()


UDP_ECHO = f"""
import socket
server = socket.socket(type=socket.SOCK_DGRAM)
server.bind(("{RIGHT}", 7457))
print(flush=True)
while True:
    data, peer = server.recvfrom(100)
    server.sendto(data, peer)
"""

UDP_ANSWERS = f"""
import socket
client = socket.socket(type=socket.SOCK_DGRAM)
client.settimeout(0.2)
answers = 0
for _ in range(5):
    client.sendto(b"?", ("{RIGHT}", 7457))
    try:
        answers += bool(client.recv(100))
    except TimeoutError:
        pass
print(answers)
"""


CONNECTS = f"""
import socket
try:
    socket.create_connection(("{RIGHT}", 7456), timeout=0.5).close()
    print("yes")
except TimeoutError:
    print("silence")
except OSError:
    print("no")
"""


@pytest.mark.real
def test_a_router_that_stops_forwarding_says_nothing_and_a_pulled_plug_says_it_at_once() -> None:
    missing = obstacle()
    need(missing is None, missing or "")

    def connects() -> str:
        command = router.at_left([sys.executable, "-c", CONNECTS])
        return subprocess.run(command, capture_output=True, check=True, timeout=HANG, text=True).stdout.strip()

    with open_router() as router, socket_inside(router.right) as server:
        server.bind((RIGHT, 7456))
        server.listen()
        said = [connects()]
        for conditions in (NORMAL.cut(), NORMAL):
            router.change(conditions)
            said.append(connects())
        for plugged in (False, True):
            router.plug(in_=plugged)
            said.append(connects())
        router.exchange_left()
        said.append(connects())
    assert said == ["yes", "silence", "yes", "no", "yes", "yes"]


def test_what_a_killed_run_leaves_behind_is_killed_and_what_it_took_back_is_not() -> None:
    left, taken_back = (subprocess.Popen(["sleep", "60"]) for _ in range(2))
    try:
        lines = f"+{left.pid}\n+{taken_back.pid}\n-{taken_back.pid}\n"
        reaper = Path(__file__).parents[1] / "support" / "reaper.py"
        subprocess.run([sys.executable, "-I", "-S", reaper], input=lines, text=True, check=True, timeout=HANG)
        assert left.wait(HANG) == -signal.SIGKILL
        assert taken_back.poll() is None
    finally:
        for process in (left, taken_back):
            process.kill()
            process.wait()


@pytest.mark.real
@pytest.mark.alone
def test_nothing_is_left_behind() -> None:
    missing = obstacle()
    need(missing is None, missing or "")
    with open_wire() as wire:
        holders = (wire.left, wire.right)
    links = subprocess.run(["ip", "-brief", "link"], capture_output=True, check=True, text=True).stdout
    assert not re.search(r"^tars\d", links, re.MULTILINE)
    for pid in holders:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
