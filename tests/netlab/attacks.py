"""The attack suite's malformed requests and frames, over the wire, beside a device that is well."""

import contextlib
import statistics
from functools import partial

import attrs
import psutil
import trio

from tests.attacks.attack import ATTACKS
from tests.attacks.raw import Attacker
from tests.attacks.target import Target
from tests.netlab.lab import PORT, SECRET, Lab
from tests.netlab.stalls import Honest
from tests.netlab.table import Note
from tests.support.limits import HANG
from tests.support.wire import RIGHT, socket_inside

_UPGRADE = b"\r\nUpgrade: websocket\r\n"


class _WithToken(Attacker):
    """An attacker that knows the token: the worst kind."""

    def send(self, data: bytes) -> bool:
        return super().send(data.replace(_UPGRADE, _UPGRADE + f"Authorization: Bearer {SECRET}\r\n".encode(), 1))


@attrs.define(eq=False)
class _FromTheLab(Target):
    lab: Lab = attrs.field(kw_only=True)

    def connect(self, *, receive_buffer: int | None = None) -> Attacker:
        sock = socket_inside(self.lab.path.left)
        sock.settimeout(HANG)
        sock.connect((RIGHT, PORT))
        self._open.append(sock)
        return _WithToken(sock)


async def attacked(lab: Lab, note: Note) -> None:
    """Every malformed, truncated and oversized thing, one after the other."""
    attacks = [attack for attack in ATTACKS.values() if attack.kind in ("handshake", "framing")]
    async with lab.scripted_server() as server, trio.open_nursery() as nursery:
        honest = Honest(lab)
        nursery.start_soon(honest.ping, 0)
        target = _FromTheLab(psutil.Process(server.process.pid), [], RIGHT, PORT, lab=lab)
        unanswered = 0
        await trio.sleep(0.5)
        honest.take()
        for attack in attacks:
            try:
                with trio.fail_after(HANG):
                    await trio.to_thread.run_sync(partial(attack.run, target))
            except (AssertionError, OSError) as wrong:
                print(f"{attack.name}: {wrong}")
                unanswered += 1
            with contextlib.ExitStack() as stack:
                for sock in target._open:
                    stack.callback(sock.close)
                target._open.clear()
        note("attacks", len(attacks))
        note("attacks not answered as they should be", unanswered)
        round_trips = honest.take()
        note("longest round trip of another device", 1e3 * max(round_trips))
        note("median round trip of another device", 1e3 * statistics.median(round_trips))
        note("server alive", server.process.returncode is None)
        nursery.cancel_scope.cancel()
