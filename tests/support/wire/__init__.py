"""A wire between two network namespaces, with a length, a bandwidth and scissors.

Packets from one namespace reach the other through a small program that holds each back for as long as the
wire is long, so that every handshake of TCP and TLS pays the round trip too. A router does less, and does it with
nothing but the kernel.
"""

from tests.support.wire.conditions import NORMAL, Conditions
from tests.support.wire.namespaces import socket_inside
from tests.support.wire.router import Router, open_router
from tests.support.wire.wire import LEFT, RIGHT, Wire, obstacle, open_wire

__all__ = [
    "LEFT",
    "NORMAL",
    "RIGHT",
    "Conditions",
    "Router",
    "Wire",
    "obstacle",
    "open_router",
    "open_wire",
    "socket_inside",
]
