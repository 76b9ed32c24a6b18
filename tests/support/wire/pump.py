"""The program that carries the packets: `python pump.py SEED`.

It opens two tun devices and prints their names, then reads conditions from standard input, one JSON object a
line, and answers each with an empty line once they hold. It ends when its standard input does, and the
devices vanish with it.
"""

import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

if __name__ == "__main__":  # started by path in another namespace, without an installed package around it
    sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.support.wire.conditions import NORMAL, Conditions, Direction

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_LARGEST_PACKET = 65_536
_WHILE_DOWN = 0.005
"""Seconds between two looks at a device that is down."""
_AT_A_TIME = 64
"""Packets read in one go from one end before those that are due are sent on."""


def open_tun() -> tuple[int, str]:
    """A new tun device in this namespace: its file descriptor and its name."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH22x", b"tars%d", _IFF_TUN | _IFF_NO_PI))
    return fd, request[:16].rstrip(b"\0").decode()


class Pump:
    """Carries packets between two tun devices."""

    def __init__(self, left: int, right: int, rng: random.Random) -> None:
        self.conditions: Conditions = NORMAL
        self._left = left
        self._right = right
        self._rightwards = Direction(rng)
        self._leftwards = Direction(rng)
        self._under_way: list[tuple[float, int, int, bytes]] = []
        self._number = count()  # packets of the same instant keep their order

    def carry(self) -> bool:
        """Wait for the next thing to do and do it; whether standard input has something to say."""
        due = self._under_way[0][0] - time.monotonic() if self._under_way else None
        ready, _, _ = select.select((self._left, self._right, 0), (), (), None if due is None else max(0.0, due))
        if self._left in ready:
            self._take(self._left, self._right, self._rightwards, cut=self.conditions.cut_rightwards)
        if self._right in ready:
            self._take(self._right, self._left, self._leftwards, cut=self.conditions.cut_leftwards)
        self._deliver()
        return 0 in ready

    def _take(self, source: int, target: int, direction: Direction, *, cut: bool) -> None:
        for _ in range(_AT_A_TIME):
            try:
                packet = os.read(source, _LARGEST_PACKET)
            except BlockingIOError:  # nothing more for now
                return
            except OSError:  # the device is down, or its namespace gone: select says "ready" all the time
                time.sleep(_WHILE_DOWN)
                return
            arrival = direction.arrival(len(packet), time.monotonic(), self.conditions, cut=cut)
            if arrival is not None:
                heapq.heappush(self._under_way, (arrival, next(self._number), target, packet))

    def _deliver(self) -> None:
        while self._under_way and self._under_way[0][0] <= time.monotonic():
            _, _, target, packet = heapq.heappop(self._under_way)
            with suppress(OSError):  # a device that is down or full loses packets, as any does
                os.write(target, packet)


def main() -> None:
    """Carry packets until standard input ends."""
    with suppress(OSError):  # late packets would be measured as a longer wire
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    (left, left_name), (right, right_name) = open_tun(), open_tun()
    print(left_name, right_name, flush=True)
    pump = Pump(left, right, random.Random(sys.argv[1]))
    while True:
        if pump.carry():
            line = sys.stdin.buffer.readline()
            if not line:
                return
            pump.conditions = Conditions(**json.loads(line))
            print(flush=True)


if __name__ == "__main__":
    main()
