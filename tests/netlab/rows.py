"""All rows of the acceptance table, in its order; rows with a letter are the project's own."""

from tests.netlab import outages, sessions, takeovers
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
    Row(
        "4", "silent cut while streaming", sessions.cut_while_streaming,
        (Bar("the device knows after", 4, "s"), Bar("the server knows after", 4, "s")),
        repetitions=2, tls=True,
    ),
    Row(
        "5", "cut of 10 s while streaming, healed", sessions.cut_and_healed,
        (
            Bar("device ready after the heal", 12, "s"),
            Bar("device ready after the heal", 6, "s", percent=95),
            Bar("frames heard later than 500 ms", 0, "frames"),
            Bar("frames heard", 50, "frames", at_least=True),
        ),
        tls=True,
    ),
    Row("6", "20 cuts of 0.5 s", outages.short_cuts, (Bar("reconnects", 0, "reconnects"),), tls=True),
    Row("6b", "8 blackouts of 2 s", outages.blackouts, (Bar("reconnects", 0, "reconnects"),), tls=True),
    Row(
        "6c", "plug pulled at the device for 10 s", outages.plug_pulled,
        (Bar("device ready after the plug is in", 1, "s"),),
        router=True,
    ),
    Row(
        "7", "device loses its power and returns", takeovers.power_lost,
        (
            Bar("takeover", 1, "s"),
            Bar("rejections", 0, "rejections"),
            Bar("ghosts taken over", 1, "ghosts", at_least=True),
        ),
        repetitions=2, tls=True, router=True,
    ),
    Row(
        "8", "two devices with the same id", takeovers.same_name_twice,
        (
            Bar("devices live at once", 1, "devices"),
            Bar("swaps in 30 s", 1, "swaps"),
            Bar("losses that say why", 1, "of 1", at_least=True),
        ),
        tls=True,
    ),
    Row(
        "9", "late frames of a connection that was taken over", takeovers.late_frames,
        (
            Bar("late frames heard", 0, "frames"),
            Bar("frames heard in time", 20, "frames", at_least=True),
            Bar("frames of the newer one heard", 50, "frames", at_least=True),
        ),
        tls=True,
    ),
    Row(
        "10", "disconnect without a session", sessions.lost_without_session,
        (
            Bar("lines at the server", 1, "lines"),
            Bar("lines about sessions", 0, "lines"),
            Bar("microphones opened", 1, "microphones"),
            Bar("processes exchanged", 0, "processes"),
        ),
    ),
    Row(
        "11", "disconnect in a session, while answering", sessions.lost_in_session,
        (
            Bar("session ends of the lost one", 1, "ends"),
            Bar("session ends of the lost one", 1, "ends", at_least=True),
            Bar("session ended after the loss was known", 1, "s"),
        ),
    ),
    Row(
        "11b", "disconnect while brain or voice works", sessions.work_stops,
        (
            Bar("brain cancelled", 1, "of 1", at_least=True),
            Bar("brain stopped after the loss was known", 0.5, "s"),
            Bar("voice cancelled", 1, "of 1", at_least=True),
            Bar("voice stopped after the loss was known", 0.5, "s"),
        ),
    ),
    Row(
        "12", "reconnect after 11", sessions.lost_in_session,
        (
            Bar("sessions with an id of their own", 2, "sessions", at_least=True),
            Bar("second question answered", 1, "of 1", at_least=True),
            Bar("processes exchanged", 0, "processes"),
        ),
    ),
    Row(
        "13", "server dies while it speaks, and returns", sessions.killed_while_speaking,
        (
            Bar("voice heard after the loss was known", 0.5, "s"),
            Bar("seconds of voice heard", 1, "s", at_least=True),
        ),
        repetitions=2,
    ),
)  # fmt: skip
