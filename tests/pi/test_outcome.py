"""What `--exit-after-input` ends with, by what has happened."""

import pytest

from tars.link.states import Down, Up
from tars.pi import status
from tars.pi.outcome import ExitStatus, Outcome
from tars.pi.session_states import SessionState
from tars.pi.status import StatusEvent

DOWN = status.LinkChanged(Down("connection refused", 1.0, 1))
UP = status.LinkChanged(Up(1, "tars:7456"))
HOTWORD = status.HotwordHeard("hey_jarvis", 0.9, connected=True)
OFFLINE = status.HotwordHeard("hey_jarvis", 0.9, connected=False)
BEGUN = status.SessionStarted("s")
WAITING = status.SessionChanged(SessionState.WAITING)
SPEAKING = status.PlaybackStarted("u")
SPOKEN = status.PlaybackCompleted("u")
INTERRUPTED = status.PlaybackInterrupted("u", 100)
TIMEOUT, GOODBYE, LOST = (status.SessionEnded("s", reason) for reason in ("timeout", "goodbye", "disconnect"))
FALSE_WAKE = status.SessionEnded("s", "false_wake")
BRAIN_FAILED = status.Trouble("brain_failed", "the brain has no answer")
GIVEN_UP = status.OfflineQuestion(status.OfflineStep.GIVEN_UP, 120.0)
KEPT = status.OfflineQuestion(status.OfflineStep.KEPT, 120.0)
ASKED = status.OfflineQuestion(status.OfflineStep.ASKED, 3.0)


def after(*events: StatusEvent) -> Outcome:
    outcome = Outcome()
    for event in events:
        outcome = outcome.after(event)
    return outcome


@pytest.mark.parametrize(
    ("events", "ends_with"),
    [
        ([], ExitStatus.NO_SERVER),
        ([DOWN, DOWN], ExitStatus.NO_SERVER),
        ([DOWN, OFFLINE], ExitStatus.NO_SERVER),
        ([DOWN, OFFLINE, KEPT, GIVEN_UP], ExitStatus.NO_SERVER),
        ([DOWN, UP], ExitStatus.NO_QUESTION),
        ([UP, DOWN], ExitStatus.NO_QUESTION),
        ([UP, SPEAKING, SPOKEN], ExitStatus.NO_QUESTION),  # an announcement
        ([UP, HOTWORD, BEGUN, FALSE_WAKE], ExitStatus.NO_QUESTION),
        ([UP, HOTWORD, BEGUN, FALSE_WAKE, HOTWORD, BEGUN, TIMEOUT], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, SPOKEN, TIMEOUT, HOTWORD, BEGUN, FALSE_WAKE], ExitStatus.ANSWERED),
        ([UP, HOTWORD, BEGUN, TIMEOUT], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, WAITING], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, WAITING, LOST], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, WAITING, BRAIN_FAILED], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, LOST], ExitStatus.NOT_ANSWERED),  # cut off
        ([UP, HOTWORD, BEGUN, SPEAKING, SPOKEN, WAITING, LOST], ExitStatus.NOT_ANSWERED),  # a follow-up
        ([UP, HOTWORD, BEGUN, SPEAKING, SPOKEN, WAITING, BRAIN_FAILED], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, LOST, UP, HOTWORD, BEGUN, SPEAKING, SPOKEN], ExitStatus.NOT_ANSWERED),
        ([OFFLINE, UP, HOTWORD, BEGUN, SPEAKING, SPOKEN], ExitStatus.NOT_ANSWERED),
        ([UP, OFFLINE, KEPT, GIVEN_UP], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, HOTWORD, INTERRUPTED, TIMEOUT], ExitStatus.NOT_ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, SPOKEN], ExitStatus.ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, SPOKEN, TIMEOUT], ExitStatus.ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, SPOKEN, LOST], ExitStatus.ANSWERED),
        ([UP, HOTWORD, BEGUN, HOTWORD, SPEAKING, SPOKEN], ExitStatus.ANSWERED),  # said twice
        ([UP, HOTWORD, BEGUN, SPEAKING, HOTWORD, INTERRUPTED, SPEAKING, SPOKEN], ExitStatus.ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, TIMEOUT, HOTWORD, INTERRUPTED, SPEAKING, SPOKEN], ExitStatus.ANSWERED),
        ([UP, HOTWORD, BEGUN, SPEAKING, GOODBYE, SPOKEN], ExitStatus.ANSWERED),
        ([UP, HOTWORD, BEGUN, GOODBYE], ExitStatus.ANSWERED),  # "never mind"
        ([DOWN, OFFLINE, KEPT, UP, ASKED, BEGUN, SPEAKING, SPOKEN], ExitStatus.ANSWERED),
        ([DOWN, UP, HOTWORD, BEGUN, SPEAKING, SPOKEN, DOWN], ExitStatus.ANSWERED),
    ],
)
def test_only_a_question_that_was_answered_is_a_success(events: list[StatusEvent], ends_with: ExitStatus) -> None:
    assert after(*events).status is ends_with


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([DOWN], "no server was reached at ws://tars:7456/: connection refused"),
        ([UP], "no hotword was heard in wav:said.wav; it listened for hey_jarvis, alexa"),
        ([UP, HOTWORD, BEGUN, TIMEOUT], "1 of 1 questions got no answer; nothing was said"),
        (
            [UP, HOTWORD, BEGUN, SPEAKING, SPOKEN, TIMEOUT, HOTWORD, BEGUN, BRAIN_FAILED],
            "1 of 2 questions got no answer: the brain has no answer",
        ),
    ],
)
def test_the_sentence_says_what_is_missing(events: list[StatusEvent], words: str) -> None:
    assert words in after(*events).explain("ws://tars:7456/", "wav:said.wav", ("hey_jarvis", "alexa"))
