from hypothesis import given
from hypothesis import strategies as st

from tars.messages import FromDevice, HotwordDetected, Interrupt, PlaybackComplete
from tars.pi.tape import PIECE, Tape

HOTWORD = HotwordDetected("s", "hey_jarvis", 0.9)


def test_all_that_the_server_lacks_comes_again_in_its_order() -> None:
    tape = Tape()
    tape.say(HOTWORD)
    tape.hear(b"aabb", sent=True)
    tape.say(Interrupt("u"))
    tape.hear(b"cc", sent=True)
    assert list(tape.since(0)) == [HOTWORD, b"aabb", Interrupt("u"), b"cc"]
    assert list(tape.since(2)) == [b"bb", Interrupt("u"), b"cc"]
    assert list(tape.since(4)) == [Interrupt("u"), b"cc"]  # it may or may not have arrived
    tape.acknowledge(6)
    assert list(tape.since(6)) == []
    assert not tape.holds(4)
    tape.say(PlaybackComplete("u"))
    assert list(tape.since(6)) == [PlaybackComplete("u")]
    assert not tape.holds(7)


def test_what_is_sent_again_goes_in_few_and_short_frames() -> None:
    tape = Tape()
    tape.hear(bytes(2 * PIECE + 10), sent=True)
    assert [len(frame) for frame in tape.since(0) if isinstance(frame, bytes)] == [PIECE, PIECE, 10]


def test_a_full_tape_keeps_what_the_server_cannot_have() -> None:
    away, up = Tape(capacity=4), Tape(capacity=4)
    for tape, sent in ((away, False), (up, True)):
        for pcm in (b"aa", b"bb", b"cc"):
            tape.hear(pcm, sent=sent)
    assert list(away.since(0)) == [b"aabb"]
    assert (away.dropped_bytes, away.end) == (2, 4)
    assert (up.dropped_bytes, up.start) == (0, 2)
    assert not up.holds(0)
    assert list(up.since(2)) == [b"bbcc"]


def test_a_position_that_cannot_be_is_not_believed() -> None:
    tape = Tape()
    tape.hear(b"aabbcc", sent=True)
    tape.acknowledge(8)
    assert tape.start == 0
    tape.acknowledge(3)
    assert tape.start == 2
    assert tape.holds(4)
    assert not tape.holds(3)


def test_a_hotword_that_was_said_again_is_not_the_beginning() -> None:
    tape = Tape()
    tape.say(HOTWORD)
    tape.hear(b"aabb", sent=True)
    tape.acknowledge(2)
    tape.say(HOTWORD)
    tape.forget_beginning()
    assert list(tape.since(2)) == [b"bb", HOTWORD]


def test_the_beginning_is_not_told_to_a_server_that_has_the_session() -> None:
    tape = Tape()
    tape.say(HOTWORD)
    tape.say(PlaybackComplete("u"))
    tape.forget_beginning()
    tape.forget_beginning()
    assert list(tape.since(0)) == [PlaybackComplete("u")]


SAMPLES = st.integers(1, 3).flatmap(lambda count: st.binary(min_size=2 * count, max_size=2 * count))
STEPS = st.lists(st.one_of(SAMPLES, st.just(Interrupt()), st.integers(0, 60)))


@given(STEPS, st.integers(0, 100))
def test_positions_stay_true_whatever_is_acknowledged(steps: list[bytes | FromDevice | int], back: int) -> None:
    tape, whole, messages, acknowledged = Tape(), b"", 0, 0
    for step in steps:
        match step:
            case bytes():
                tape.hear(step, sent=True)
                whole += step
            case int():
                tape.acknowledge(step)
                acknowledged = max(acknowledged, step // 2 * 2 if step <= len(whole) else 0)
            case _:
                tape.say(step)
                messages += 1
    assert (tape.start, tape.end) == (acknowledged, len(whole))
    position = max(acknowledged, len(whole) - back)
    said = list(tape.since(position))
    assert b"".join(piece for piece in said if isinstance(piece, bytes)) == whole[position:]
    assert len([piece for piece in said if not isinstance(piece, bytes)]) <= messages
