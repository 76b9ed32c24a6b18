"""Hotword to first audio byte at the server: the link that stands, against dialling on demand.

python -m benchmarks.link_latency [--json]
"""

import statistics
import sys
import tempfile
from pathlib import Path

import attrs
import trio

from benchmarks._programs import Program, module, open_program
from benchmarks._table import Goal, Report, Row, Table, percentile, publish
from tests.support.certificates import make_certificates
from tests.support.limits import HANG
from tests.support.wire import RIGHT, Conditions, Wire, open_wire

ROUND_TRIPS_MS = (0, 20, 40, 100)
ROUNDS = 20
PLAIN_PORT, TLS_PORT = 7456, 7457

WAYS = {
    "dialling on demand": (f"ws://{RIGHT}:{PLAIN_PORT}/", "dialling", False),
    "dialling on demand, TLS": (f"wss://{RIGHT}:{TLS_PORT}/", "dialling", True),
    "persistent link": (f"ws://{RIGHT}:{PLAIN_PORT}/", "persistent", False),
    "persistent link, TLS": (f"wss://{RIGHT}:{TLS_PORT}/", "persistent", True),
}
BASELINE = "dialling on demand"
OURS = "persistent link"


@attrs.frozen
class Latencies:
    """Milliseconds from the hotword, one for each round."""

    first: list[float]
    whole: list[float]

    def row(self, name: str, group: str) -> Row:
        """Median and p95 of the first byte, median of the pre-roll's last."""
        figures = (statistics.median(self.first), percentile(self.first, 95), statistics.median(self.whole))
        return Row(name, figures, group)


async def measure_way(wire: Wire, server: Program, way: str, ca: str) -> Latencies:
    """Run one client over the wire as it is now; `server` is the one it talks to."""
    url, kind, tls = WAYS[way]
    command = module("benchmarks._link_peers", "client", url, kind, ROUNDS, *([ca] if tls else []))
    async with open_program(wire.at_left(command)) as client:
        await client.event("done", within=HANG)
        hotwords = {line["session"]: line["at"] for line in client.seen if line["event"] == "hotword"}
    first, whole = [], []
    for _ in range(ROUNDS):
        heard = await server.event("heard", within=5)
        said = hotwords[heard["session"]]
        first.append(1e3 * (heard["first"] - said))
        whole.append(1e3 * (heard["whole"] - said))
    return Latencies(first, whole)


async def measure() -> dict[tuple[int, str], Latencies]:
    """Every way over every round trip."""
    results = {}
    with tempfile.TemporaryDirectory() as folder, open_wire() as wire:
        files = make_certificates(Path(folder))
        plain = module("benchmarks._link_peers", "server", RIGHT, PLAIN_PORT)
        tls = module("benchmarks._link_peers", "server", RIGHT, TLS_PORT, files.certificate, files.key)
        async with (
            open_program(wire.at_right(plain)) as plain_server,
            open_program(wire.at_right(tls)) as tls_server,
        ):
            for server in (plain_server, tls_server):
                await server.event("listening", within=HANG)
            for milliseconds in ROUND_TRIPS_MS:
                wire.change(Conditions(delay=milliseconds / 2000))
                for way, (_, _, is_tls) in WAYS.items():
                    print(f"{milliseconds} ms, {way}", file=sys.stderr)
                    server = tls_server if is_tls else plain_server
                    results[milliseconds, way] = await measure_way(wire, server, way, files.ca)
    return results


def report(results: dict[tuple[int, str], Latencies]) -> Report:
    """The table, and the goals at 40 ms of round trip."""
    rows = [latencies.row(way, f"{trip} ms") for (trip, way), latencies in results.items()]
    columns = ("first byte, median ms", "p95 ms", "whole pre-roll, median ms")
    ours, demand = (statistics.median(results[40, way].first) for way in (OURS, BASELINE))
    return Report(
        "Link latency",
        f"From the hotword (before anything is sent) to the first audio byte in the server's hands, {ROUNDS} "
        "hotwords for each line. Both ends are processes of their own, with the project's link, in two network "
        "namespaces; a program between them holds every packet back for half of the round trip, so TCP's and "
        "TLS's handshakes pay it too. The pre-roll of 1.5 s goes out in frames of 40 ms right behind the hotword.",
        (Table("Hotword to first audio byte at the server", columns, tuple(rows), BASELINE),),
        (
            Goal("hotword to first audio byte over 40 ms of round trip", limit=25, measured=ours, unit="ms"),
            Goal("times faster than dialling on demand", 4.5, demand / ours, "×", at_least=True),
        ),
    )


if __name__ == "__main__":
    publish(report(trio.run(measure)))
