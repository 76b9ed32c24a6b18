"""All rows of the acceptance table, in its order; rows with a letter are the project's own."""

from tests.netlab import attacks, crowds, outages, resumption, sessions, stalls, states, takeovers
from tests.netlab.table import Bar, Row

_READY = "device ready after the server listens"
_ANY_WAIT = 10.5
"""Seconds: the longest wait between two dials, and a dial. Waits are drawn at random: of a few repetitions no less
can be demanded. What only some of many may exceed is demanded in full."""

ROWS = (
    Row(
        "1", "server killed and restarted, idle", outages.server_killed,
        (
            Bar(_READY, 5, "s", full=True),
            Bar(_READY, 4, "s", percent=95),
            Bar(_READY, _ANY_WAIT, "s", full=False),
            Bar("first redial due after", 0.3, "s"),
        ),
        repetitions=2, tls=True,
    ),
    Row(
        "2", "server away for 10 minutes (in CI for one)", outages.server_away,
        (
            Bar("longest wait for a dial", 10, "s"),
            Bar("dials in 600 s", 300, "dials", full=True),
            Bar("dials in 60 s", 45, "dials", full=False),
            Bar("processor, more than with a link", 1, "% of a core"),
            Bar(_READY, _ANY_WAIT, "s"),
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
        tls=True, router=True,
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
        "11", "disconnect while answering, and what follows the reconnect (row 12)", sessions.lost_in_session,
        (
            Bar("sessions with an id of their own", 2, "sessions", at_least=True, of="12"),
            Bar("second question answered", 1, "of 1", at_least=True, of="12"),
            Bar("processes exchanged", 0, "processes", of="12"),
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
        "13", "server dies while it speaks, and returns", sessions.killed_while_speaking,
        (
            Bar("voice heard after the loss was known", 0.5, "s"),
            Bar("seconds of voice heard", 1, "s", at_least=True),
        ),
        repetitions=2,
    ),
    Row(
        "14", "disconnect in every state of a session, in every way", states.lost_in_every_state,
        (
            Bar("devices lost", 10_000, "devices", at_least=True, full=True),
            Bar("devices lost", 128, "devices", at_least=True, full=False),
            Bar("devices not served afterwards", 0, "devices"),
            Bar("sessions without exactly one end", 0, "sessions"),
            Bar("ears left open", 0, "ears"),
            Bar("traces of a bug", 0, "lines"),
        ),
        once=True, full_limit=1800,
    ),
    Row(
        "15", "server frozen (SIGSTOP)", stalls.frozen_server,
        (
            Bar("device leaves a frozen link after", 6, "s"),
            Bar("device leaves a stalled handshake after", 6, "s"),
        ),
    ),
    Row(
        "16", "server accepts and hangs up, for a minute", stalls.accept_then_drop,
        (Bar("dials in a minute", 45, "dials"),),
    ),
    Row(
        "16b", "server welcomes and hangs up, for a minute", stalls.welcome_then_drop,
        (Bar("dials in a minute", 45, "dials"),),
    ),
    Row(
        "17", "50 devices, planned restart of the server", crowds.crowd_restarted,
        (
            Bar("handshakes in 100 ms", 15, "handshakes"),
            Bar(_READY, 6, "s"),
        ),
        alone=True,
    ),
    Row(
        "17b", "50 devices, server killed and started again", crowds.crowd_killed,
        (
            Bar("handshakes in 100 ms", 15, "handshakes"),
            Bar(_READY, _ANY_WAIT, "s"),
            Bar(_READY, 6, "s", percent=95, full=True),
            Bar(_READY, 8, "s", percent=95, full=False),
        ),
        alone=True,
    ),
    Row(
        "18", "device that does not read its answer", stalls.deaf_device,
        (
            Bar("send given up after", 2, "s"),
            Bar("memory more than before", 1, "MiB"),
            Bar("others' p99, more than before", 20, "ms", full=True),
            Bar("others' p99, more than before", 50, "ms", full=False),
        ),
        alone=True,
    ),
    Row(
        "19", "ears and brain that take ten seconds each", stalls.slow_handler,
        (Bar("links lost", 0, "links"), Bar("answers", 1, "answers", at_least=True)),
    ),
    Row(
        "20", "send to a deaf device is given up", stalls.cancelled_send,
        (
            Bar("connection dropped", 1, "of 1", at_least=True),
            Bar("messages read", 1, "messages", at_least=True),
            Bar("corrupt messages", 0, "messages"),
        ),
    ),
    Row(
        "20b", "send to a frozen server is given up", stalls.cancelled_by_device,
        (
            Bar("seconds heard", 1, "s", at_least=True),
            Bar("audio that was not said", 0, "recordings"),
            Bar("traces of a bug", 0, "lines"),
        ),
    ),
    Row(
        "21", "hand-made attacks on handshake and framing", attacks.attacked,
        (
            Bar("attacks", 34, "attacks", at_least=True),
            Bar("attacks not answered as they should be", 0, "attacks"),
            Bar("server alive", 1, "of 1", at_least=True),
            Bar("longest round trip of another device", 100, "ms"),
        ),
        alone=True,
    ),
    Row(
        "22", "300 connect and leave, 200 slow requests, 256 descriptors", crowds.strangers,
        (
            Bar("a legitimate client is served after", 7, "s"),
            Bar("server alive", 1, "of 1", at_least=True),
        ),
    ),
    Row(
        "23", "wrong tokens, oversize, bad JSON, 1000 of each (in CI 100)", crowds.bad_input,
        (
            Bar("closed after", 1, "s"),
            Bar("descriptors more than before", 0, "descriptors"),
            Bar("tokens in the log", 0, "tokens"),
        ),
        full_limit=600,
    ),
    Row(
        "24", "64 kbit/s for a minute, where audio needs 256", stalls.narrow_way,
        (
            Bar("control message there after", 3, "s"),
            Bar("links lost", 0, "links"),
            Bar("memory more than before", 8, "MiB"),
            Bar("seconds of audio dropped", 60, "s"),
        ),
    ),
    Row(
        "25", "a fault every 5 minutes for 24 h (in CI 12 faults in a row)", crowds.long_run,
        (
            Bar("faults without recovery", 0, "faults"),
            Bar("memory of the server, growth", 5, "%"),
            Bar("memory of the device, growth", 5, "%"),
            Bar("descriptors of the server, growth", 0, "descriptors"),
            Bar("descriptors of the device, growth", 0, "descriptors"),
        ),
        once=True, full_limit=26 * 3600,
    ),
    Row(
        "R1", "resume: 5 s cut in the middle of a sentence", resumption.cut_in_a_sentence,
        (
            Bar("understood to the word", 1, "of 1", at_least=True),
            Bar("answered right", 1, "of 1", at_least=True),
            Bar("links lost", 1, "links", at_least=True),
            Bar("sessions", 1, "sessions"),
        ),
        repetitions=2,
    ),
    Row(
        "R2", "resume: cut in the middle of an answer", resumption.cut_in_an_answer,
        (Bar("seconds of voice lost or doubled", 0.05, "s"), Bar("session ends", 1, "ends")),
    ),
    Row(
        "R3", "question asked while there is no link", resumption.asked_offline,
        (Bar("answered right", 1, "of 1", at_least=True),),
    ),
    Row(
        "R4", "planned restart (SIGTERM)", resumption.planned_restart,
        (
            Bar("server gone after", 5, "s"),
            Bar("exit status", 0, ""),
            Bar("the device knows why", 1, "of 1", at_least=True),
            Bar(_READY, 5, "s", full=True),
            Bar(_READY, _ANY_WAIT, "s", full=False),
        ),
    ),
)  # fmt: skip
