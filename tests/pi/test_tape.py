from hypothesis import given
from hypothesis import strategies as st

from tars.audio.formats import MICROPHONE
from tars.messages import FromDevice, HotwordDetected, Interrupt, PlaybackComplete
from tars.pi.tape import PIECE, Tape

HOTWORD = HotwordDetected("s", "hey_jarvis", 0.9)


def test_all_that_the_server_lacks_comes_again_in_its_order() -> None:
    tape = Tape()
    tape.say(HOTWORD)
    tape.hear(b"aabb", connected=True)
    tape.say(Interrupt("u"))
    tape.hear(b"cc", connected=True)
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
    tape.hear(bytes(2 * PIECE + 10), connected=True)
    assert [len(frame) for frame in tape.since(0) if isinstance(frame, bytes)] == [PIECE, PIECE, 10]


def kept(tape: Tape) -> bytes:
    return b"".join(piece for piece in tape.since(tape.start) if isinstance(piece, bytes))


def test_a_full_tape_keeps_what_was_said_first_while_there_is_no_link() -> None:
    tape = Tape(capacity=4, reserve=4)
    assert [tape.hear(pcm, connected=False) for pcm in (b"aa", b"bb", b"cc")] == [True, True, False]
    assert (kept(tape), tape.dropped_bytes, tape.end) == (b"aabb", 2, 4)


def test_a_link_that_comes_to_a_full_tape_costs_nothing_of_either() -> None:
    tape = Tape(capacity=4, reserve=4)
    tape.hear(b"aabb", connected=False)
    tape.begin_again()
    assert [tape.hear(pcm, connected=True) for pcm in (b"cc", b"dd", b"ee")] == [True, True, False]
    assert (kept(tape), tape.dropped_bytes) == (b"aabbccdd", 2)
    assert not tape.hear(b"ff", connected=False)  # the link was dead, and the room for it is used up
    assert tape.holds(0)
    tape.acknowledge(8)
    assert tape.hear(b"gg", connected=True)
    assert kept(tape) == b"gg"


def test_a_server_that_acknowledges_nothing_hears_on_all_the_same() -> None:
    tape = Tape(capacity=4, reserve=0)
    for second in range(20):
        assert tape.hear(bytes(MICROPHONE.bytes_per_second), connected=True) is (second >= 10), second
    tape.begin_again()  # a new link: who knows yet what this one acknowledges
    assert not tape.hear(b"aa", connected=True)


def test_a_position_that_cannot_be_is_not_believed() -> None:
    tape = Tape()
    tape.hear(b"aabbcc", connected=True)
    tape.acknowledge(8)
    assert tape.start == 0
    tape.acknowledge(3)
    assert tape.start == 2
    assert tape.holds(4)
    assert not tape.holds(3)


def test_a_hotword_that_was_said_again_is_not_the_beginning() -> None:
    tape = Tape()
    tape.say(HOTWORD)
    tape.hear(b"aabb", connected=True)
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
                tape.hear(step, connected=True)
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
