"""All rows of the acceptance table, in its order; rows with a letter are the project's own."""

from tests.netlab import outages
from tests.netlab.table import Bar, Row

_READY = "device ready after the server listens"

ROWS = (
    Row(
        "1", "server killed and restarted, idle", outages.server_killed,
        (Bar(_READY, 5, "s"), Bar(_READY, 4, "s", percent=95), Bar("first redial due after", 0.3, "s")),
        repetitions=2, tls=True,
    ),
    Row(
        "2", "server away for 10 minutes (in CI for one)", outages.server_away,
        (
            Bar("longest wait for a dial", 10, "s"),
            Bar("dials in 600 s", 300, "dials", full=True),
            Bar("dials in 60 s", 45, "dials", full=False),
            Bar("processor, more than with a link", 1, "% of a core"),
            Bar(_READY, 10, "s"),
            Bar(_READY, 6, "s", percent=95),
        ),
        tls=True, full_limit=720,
    ),
    Row(
        "3", "silent cut, idle", outages.silent_cut,
        (Bar("the device knows after", 6, "s"), Bar("the server knows after", 6, "s")),
        repetitions=2, tls=True,
    ),
    Row(
        "3r", "silent cut by a router, idle", outages.silent_cut,
        (Bar("the device knows after", 6, "s"), Bar("the server knows after", 6, "s")),
        router=True,
    ),
    Row("6", "20 cuts of 0.5 s", outages.short_cuts, (Bar("reconnects", 0, "reconnects"),), tls=True),
    Row("6b", "8 blackouts of 2 s", outages.blackouts, (Bar("reconnects", 0, "reconnects"),), tls=True),
    Row(
        "6c", "plug pulled at the device for 10 s", outages.plug_pulled,
        (Bar("device ready after the plug is in", 1, "s"),),
        router=True,
    ),
)  # fmt: skip
