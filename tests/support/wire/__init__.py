"""A wire between two network namespaces, with a length, a bandwidth and scissors.

Packets from one namespace reach the other through a small program that holds each back for as long as the
wire is long, so that every handshake of TCP and TLS pays the round trip too.
"""

from tests.support.wire.conditions import NORMAL, Conditions
from tests.support.wire.wire import LEFT, RIGHT, Wire, obstacle, open_wire

__all__ = ["LEFT", "NORMAL", "RIGHT", "Conditions", "Wire", "obstacle", "open_wire"]
