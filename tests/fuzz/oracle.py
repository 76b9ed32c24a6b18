"""What TARS promises, judged by what could be seen from outside. Nothing here looks into the programs."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NoReturn

from tests.fuzz.evidence import Evidence, Line, ProcessSeen, SessionSeen, Unit
from tests.fuzz.room import UNITS_PER_BLOCK
from tests.fuzz.story import KEPT_FOR

RECOVERS_WITHIN = 60.0
"""Seconds from the last fault to an answer heard to its end. A stalled link is noticed (5.5), a dial that nobody
answers is given up (5), the longest wait is over (33, where a second device of the same name threw the first one
out again and again; else 10), and people ask again when they get no answer (8)."""
PATIENCE = 8.0
"""Seconds that people wait for an answer before they ask again; the answer itself takes about four."""
QUIET_WITHIN = 20.0
"""Seconds from an answer to the end of its session, at both ends: nobody says anything more for 8."""
SPACING = 0.25
"""Seconds between two dials, at least."""
STORM_WINDOW, STORM_DIALS = 60.0, 45
"""A server that takes every link and drops it is dialled no more often than this."""
NOTICED_WITHIN = 9.0
"""Seconds until a device notices that its link carries nothing to it any more, and says so."""
HUSH_WITHIN = 0.5
"""Seconds from the loss of a link to silence."""
TAKEN_OVER_WITHIN = 7.0
"""Seconds for which two devices of one name may both believe that they are linked: one of them, on a dead cable,
has to notice."""
ENDS_WITHIN = 1.0
"""Seconds from the moment in which the server notices that a device is gone to the end of its session."""
SWAP_WINDOW, SWAPS = 60.0, 6
"""Two devices of one name do not take the link from each other more often than this."""
NOTED_WITHIN = 3.0
"""Seconds from the beginning of a question that takes one, asked without a link, until the device has noted it: it
hears out whoever pauses."""
RECORDED_AT_MOST = 16.0
"""Seconds of the longest such question."""
AT_ONCE = 0.1
"""Seconds."""
LOCKSTEP, LOCKSTEP_DIALS = 0.01, 6
"""Seconds within which two devices must not dial together so many times in a row."""


class Broken(AssertionError):
    """A promise that was not kept."""


def fail(what: str) -> NoReturn:
    """A promise was not kept."""
    raise Broken(what)


def judge(evidence: Evidence) -> None:
    """Hold all promises against the evidence; raises `Broken` for the first that was not kept."""
    no_bugs(evidence)
    sessions_end_once(evidence)
    sessions_end_with_their_link(evidence)
    dials_keep_their_distance(evidence)
    no_lockstep(evidence)
    one_link_per_device(evidence)
    no_link_is_lost_without_a_cause(evidence)
    microphones_are_heard_in_their_own_session(evidence)
    replies_are_heard_once_where_they_belong(evidence)
    silence_without_a_link(evidence)
    noted_questions_are_asked_once_in_time(evidence)


def no_bugs(evidence: Evidence) -> None:
    """No traceback in a log but those of bugs made on purpose."""
    if evidence.bugs_met != evidence.bugs_seen:
        fail("a device's program met a bug and went on")
    for line in evidence.log:
        if (bug := line.fields.get("bug")) not in (None, "SeededBug"):
            fail(f"{line.event}: {bug}")


def sessions_end_once(evidence: Evidence) -> None:
    """Every session that starts ends, once: at the device, and at the server."""
    gone = {process.name for process in evidence.processes if process.gone}
    for session in evidence.sessions.values():
        if session.ends > 1 or (session.ends == 0 and session.process not in gone):
            fail(f"{session.session_id} ended {session.ends} times at the device")
    started = _by_session(evidence.events("session_started"))
    ended = _by_session(evidence.events("session_end"))
    for session_id, lines in ended.items():
        if session_id not in started or len(lines) > len(started[session_id]):
            fail(f"{session_id} ended {len(lines)} times at the server")
    for session_id, lines in started.items():
        killed = any(kill >= lines[-1].at for kill in evidence.kills)
        if len(lines) > evidence.servers:  # one that was never confirmed is told anew to the next server
            fail(f"{session_id} started {len(lines)} times at the server")
        if len(ended.get(session_id, [])) < len(lines) and not killed:
            fail(f"{session_id} never ended at the server")
    said = Counter(evidence.ends_told)
    for session_id, times in said.items():
        if times > 1:
            fail(f"the device was told {times} times that {session_id} is over")


def sessions_end_with_their_link(evidence: Evidence) -> None:
    """When the server notices that a device is gone, its session ends."""
    ends = _by_session(evidence.events("session_end"))
    resumptions: dict[str, list[float]] = defaultdict(list)
    for line in evidence.events("session_resumed"):
        resumptions[line.fields["session_id"]].append(line.at)
    for line in evidence.events("device_disconnected"):
        for start in evidence.events("session_started"):
            session_id = start.fields["session_id"]
            same = start.fields["device_id"] == line.fields["device_id"] and start.at < line.at
            # its own end: a session that was never confirmed may be told anew to the next server
            end = next((end.at for end in ends.get(session_id, []) if end.at >= start.at), None)
            resumed = any(line.at <= at for at in resumptions[session_id])
            if same and not resumed and end is not None and end > line.at + evidence.resume + ENDS_WITHIN:
                fail(f"{session_id} went on for {end - line.at:.1f} s after its device was gone")


def dials_keep_their_distance(evidence: Evidence) -> None:
    """No dial is closer to the one before than the policy allows, none comes before a restarting server wants
    it, and a server that drops everybody is not stormed."""
    for process in evidence.processes:
        for earlier, later in itertools.pairwise(process.dials):
            if later - earlier < SPACING - 1e-6:
                fail(f"{process.name} dialled again after {later - earlier:.3f} s")
        for told, back in process.restarts_told:
            if early := [at for at in process.dials if told < at < back - 1e-6]:
                fail(f"{process.name} dialled {back - early[0]:.1f} s before the server wanted to be back")
        for first, begin in enumerate(process.dials):
            crowd = [at for at in process.dials[first:] if at < begin + STORM_WINDOW]
            nudged = sum(begin <= at < begin + STORM_WINDOW for at in process.nudges)
            if len(crowd) > STORM_DIALS + nudged:
                fail(f"{process.name} dialled {len(crowd)} times in {STORM_WINDOW:g} s")


def no_lockstep(evidence: Evidence) -> None:
    """Two devices that lost their links together do not dial together ever after."""
    for one, other in itertools.combinations(evidence.processes, 2):
        together = 0
        for at in one.dials[1:]:
            together = together + 1 if any(abs(at - then) < LOCKSTEP for then in other.dials[1:]) else 0
            if together >= LOCKSTEP_DIALS:
                fail(f"{one.name} and {other.name} dial in lockstep")


def one_link_per_device(evidence: Evidence) -> None:
    """At most one live connection per device: as its programs see it, and on the network."""
    for one, other in itertools.combinations(evidence.processes, 2):
        if one.device_id == other.device_id:
            for a, b in itertools.product(one.links, other.links):
                if min(a.end, b.end) - max(a.begin, b.begin) > TAKEN_OVER_WITHIN:
                    fail(f"{one.name} and {other.name}, which are one device, were both linked")
    swaps = [line.at for line in evidence.events("device_disconnected") if "taken over" in line.fields["reason"]]
    for begin in swaps:
        if (count := sum(begin <= at < begin + SWAP_WINDOW for at in swaps)) > SWAPS:
            fail(f"two devices of one name took over from each other {count} times in {SWAP_WINDOW:g} s")


def no_link_is_lost_without_a_cause(evidence: Evidence) -> None:
    """As long as nothing was done to the network or a program, no link ends."""
    for process in evidence.processes:
        for link in process.links:
            if link.end < evidence.first_trouble and not link.wanted:
                fail(f"{process.name} lost its link though nothing was wrong: {link.reason}")


def microphones_are_heard_in_their_own_session(evidence: Evidence) -> None:
    """No audio of one session reaches another, none comes twice, and none that is over is sent on a later link."""
    processes = {process.name: process for process in evidence.processes}
    for place, units in (("the server", evidence.received), ("the ears", evidence.recognised)):
        last: dict[tuple[int, str], int] = {}
        for unit in units:
            session = evidence.sessions.get(unit.session_id)
            if session is None:
                fail(f"{unit.session_id}, which no device knows, has audio")
            _belongs(unit, session, place)
            position, before = unit.unit.position, last.get((unit.server, unit.session_id))
            if before is not None and position <= before:
                fail(f"unit {position} of {unit.session_id} came to {place} again")
            whole = units is evidence.received and not evidence.dropped
            if (
                whole
                and before is not None
                and position != before + 1
                and not _ends_what_was_noted(session, before)
            ):
                fail(f"{position - before - 1} units of {unit.session_id} never came to {place}")
            last[unit.server, unit.session_id] = position
            if not evidence.resume and _relinked(processes[session.process], session, unit.at):
                fail(f"{place} heard {unit.session_id} on a later link")
    for line in evidence.events("session_started"):
        session = evidence.sessions[line.fields["session_id"]]
        if not evidence.resume and _relinked(processes[session.process], session, line.at):
            fail(f"{session.session_id} started at the server on a later link")


def replies_are_heard_once_where_they_belong(evidence: Evidence) -> None:
    """A reply is heard in the room that asked for it, in its order, no part of it twice, and not when its
    session was given up."""
    last: dict[tuple[str, str, int], int] = defaultdict(lambda: -1)
    for played in evidence.played:
        unit = played.unit
        key = played.process, unit.session_id, unit.question
        if unit.question == 0:
            continue
        session = evidence.sessions[unit.session_id]
        if session.process != played.process:
            fail(f"{played.process} played a reply of {session.process}'s {unit.session_id}")
        if unit.part <= last[key]:
            fail(f"part {unit.part} of the reply to question {unit.question} was played again")
        if unit.part > last[key] + 1:
            fail(f"part {last[key] + 1} of the reply to question {unit.question} was left out")
        last[key] = unit.part
        if session.ended is None or session.reason not in ("disconnect", "device", "error"):
            continue  # what ends well may be finished
        if played.at > session.ended + HUSH_WITHIN:
            late = played.at - session.ended
            fail(f"{unit.session_id} was over ({session.reason}), and was heard {late:.1f} s later")


def silence_without_a_link(evidence: Evidence) -> None:
    """Without a link there is nothing to say: TARS does not speak out of what it still has."""
    if evidence.resume:
        return
    for process in evidence.processes:
        heard = [played.at for played in evidence.played if played.process == process.name]
        for begin, end in _between_links(process):
            if late := [at for at in heard if begin + HUSH_WITHIN < at < end]:
                fail(f"{process.name} spoke {late[0] - begin:.1f} s after its link was lost")


def noted_questions_are_asked_once_in_time(evidence: Evidence) -> None:
    """What was asked without a link is asked as soon as there is one, or given up when it is too old.

    It is asked once; again only where the link was lost before the server said that it has the question.
    """
    processes = {process.name: process for process in evidence.processes}
    for noted in evidence.noted:
        name, process = f"what was asked of {noted.process} at {noted.began:.3f} s", processes[noted.process]
        for (first, at), (second, again) in itertools.pairwise(noted.outcomes):
            if first != "asked" or not any(at <= lost <= again for lost in noted.cut_off):
                fail(f"{name} was {first} and {second}")
        over = noted.outcomes[0][1] if noted.outcomes else process.gone_at
        for outcome, at in noted.outcomes or [("", process.gone_at)]:
            too_old = (noted.kept or at) + KEPT_FOR
            lost = [cut for cut in noted.cut_off if cut <= at] if outcome != "asked" else []
            if at > max([too_old, *lost]) + AT_ONCE:
                fail(f"{name} was neither asked nor given up for more than {KEPT_FOR:g} s")
            if outcome == "given_up" and at < too_old - AT_ONCE:
                fail(f"{name} was given up too soon")
        if (noted.kept or over) > noted.began + RECORDED_AT_MOST:
            fail(f"{name} was recorded for more than {RECORDED_AT_MOST:g} s")
        links = [(link.begin, link.end) for link in process.links]
        links += [] if process.linked_since is None else [(process.linked_since, process.gone_at)]
        for begin, end in links:
            if noted.began < begin < min(end, over) - AT_ONCE:
                fail(f"{name} was not asked though there was a link at {begin:.3f} s")


def _by_session(lines: list[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.fields["session_id"]].append(line)
    return found


def _belongs(unit: Unit, session: SessionSeen, place: str) -> None:
    if unit.unit.room != session.room:
        fail(f"{place} heard room {unit.unit.room} in {session.session_id}, which is of room {session.room}")
    position, noted = unit.unit.position, session.noted
    between = noted is not None and noted.end_unit <= position < session.live_from
    if between or not session.first_unit <= position < session.last_unit:
        fail(f"{place} heard unit {unit.unit.position} in {session.session_id}, to which it does not belong")


def _ends_what_was_noted(session: SessionSeen, position: int) -> bool:
    noted = session.noted
    return noted is not None and noted.end_unit - UNITS_PER_BLOCK <= position + 1 <= noted.end_unit


def _relinked(process: ProcessSeen, session: SessionSeen, at: float) -> bool:
    """Whether the device had a new link between the end of the session and `at`."""
    return session.ended is not None and any(session.ended < link.begin < at for link in process.links)


def _between_links(process: ProcessSeen) -> Iterator[tuple[float, float]]:
    begins = [link.begin for link in process.links[1:]] + [process.linked_since or float("inf")]
    for link, begin in zip(process.links, begins, strict=False):
        yield link.end, begin
