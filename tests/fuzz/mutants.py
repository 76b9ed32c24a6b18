"""Seeded defects, each with a story that brings it out and the promise that it breaks.

They are what the fuzzing is measured by: an oracle that lets one pass judges nothing. The stories were found by
the search, or written where it takes too long; each of them passes without the defect.
"""

from collections.abc import Callable
from typing import Any

import attrs

from tests.fuzz import defects
from tests.fuzz.defects import Patch
from tests.fuzz.story import (
    Ask,
    Bug,
    Button,
    Hotword,
    Move,
    Network,
    NetworkUp,
    Story,
    Twin,
    Until,
    Wait,
)


@attrs.frozen
class Mutant:
    """A defect, and how it comes out."""

    seed: Callable[[Patch], None]
    """Puts the defect into the programs."""
    story: Story
    breaks: str
    """What the oracle says, as a regular expression."""


def talk(question: Any = "short") -> tuple[Move, ...]:
    """Somebody asks something."""
    return Hotword(), Wait(0.3), Ask(question)


CUT = (Network("stall"), Wait(1), Network("cut"), Wait(6))
CUT_QUESTION = Story((Hotword(), Wait(0.5), Ask(), Wait(0.5), *CUT), resume=12.0)
CUT_ANSWER = Story((*talk("long"), Until("speaking"), Wait(1), Network("cut"), Wait(6)), resume=12.0)
WITHOUT_A_LINK = (Network("refuse"), Network("cut"), Wait(1), Hotword(), Ask())

MUTANTS: dict[str, Mutant] = {
    "no heartbeat": Mutant(defects.no_heartbeat, Story((Network("stall"), Wait(12))), "said that it was linked"),
    "no jitter": Mutant(
        defects.no_jitter, Story((Network("cut"), Network("refuse"), Wait(25)), hall=True), "dial in lockstep"
    ),
    "the count of failures is forgotten at the handshake": Mutant(
        defects.forgetful, Story((Network("flap"), Network("cut"), Wait(60))), "times in 60 s"
    ),
    "a send may take for ever": Mutant(
        defects.no_send_deadline,
        Story((Network("choke"), *talk(), Wait(3), Button())),
        "no answer for 60 s",
    ),
    "a dial may take for ever": Mutant(
        defects.no_dial_limit, Story((Network("mute"), Network("cut"), Wait(6))), "no answer for 60 s"
    ),
    "a nudge dials at once": Mutant(
        defects.impatient,
        Story((Network("refuse"), Network("cut"), Wait(5), NetworkUp(), Wait(0.1), NetworkUp())),
        "dialled again after 0.1",
    ),
    "bugs are retried": Mutant(defects.forgiving, Story((Bug(), Hotword(), Wait(2))), "met a bug and went on"),
    "a device whose place was taken dials at once": Mutant(
        defects.no_refusal_is_final, Story((Twin(), Wait(60))), "took over from each other"
    ),
    "a dial that fails leaves its connection open": Mutant(
        defects.leaky_dial, Story((Network("mute"), Network("cut"), Wait(12))), "connections"
    ),
    "the reader waits for its consumer": Mutant(
        defects.reader_that_waits, Story((*talk("slow"), Wait(12))), "lost its link though nothing was wrong"
    ),
    "nobody is taken over": Mutant(
        defects.no_takeover, Story((Twin(), Wait(10))), "were both linked|no answer for 60 s"
    ),
    "a ghost's frames are taken": Mutant(
        defects.ghosts_are_heard,
        Story((*talk("long"), Until("speaking"), Network("stall_down"), Wait(1.8), Twin(eager=True), Wait(2))),
        "heard room 1 in kitchen-2-1",
    ),
    "session_end is lost": Mutant(defects.end_is_not_told, Story(talk()), "did not come to rest"),
    "session_end is said twice": Mutant(defects.end_is_told_twice, Story(talk()), "told 2 times"),
    "a session goes on without its device": Mutant(
        defects.goes_on_alone,
        Story((*talk("long"), Until("speaking"), Network("refuse"), Network("cut"), Wait(4))),
        "after its device was gone",
    ),
    "a session leaves a task": Mutant(defects.lingering, Story(talk()), "tasks were left behind"),
    "what was queued goes over the next link": Mutant(
        defects.old_outbox,
        Story((Hotword(), Wait(2), Network("stall"), Wait(1.5), Button(), Hotword(), Network("refuse"), Wait(6))),
        "on a later link",
    ),
    "TARS speaks on without a link": Mutant(
        defects.babbling,
        Story((*talk("long"), Until("speaking"), Wait(1), Network("cut"), Network("refuse"), Wait(4))),
        "was over .disconnect., and was heard",
    ),
    "TARS speaks on after the button": Mutant(
        defects.deaf_to_the_button,
        Story((Network("lag"), *talk("long"), Wait(3.5), Button(), Wait(6))),
        "was over .device., and was heard",
    ),
    "what was said before the hotword comes twice": Mutant(defects.stammering, Story(talk()), "again"),
    "a resumed session has not kept what was cut off": Mutant(defects.forgetful_tape, CUT_QUESTION, "never came"),
    "a resumed session says some of it again": Mutant(
        defects.tape_rewound_too_far, CUT_QUESTION, "came to .* again"
    ),
    "a resumed answer begins again": Mutant(defects.speech_counted_from_nothing, CUT_ANSWER, "was played again"),
    "a resumed answer leaves something out": Mutant(
        defects.first_of_the_rest_is_dropped, CUT_ANSWER, "was left out"
    ),
    "a question without a link is asked over every link": Mutant(
        defects.asked_again,
        Story(
            (*WITHOUT_A_LINK, Wait(3), Network("ok"), Until("linked"), Wait(1), Network("cut"), Wait(3)),
            offline=True,
        ),
        "was asked and asked",
    ),
    "a question without a link is asked however old it is": Mutant(
        defects.asked_however_old,
        Story((*WITHOUT_A_LINK, Wait(16)), offline=True),
        "neither asked nor given up",
    ),
    "a question without a link is forgotten": Mutant(
        defects.forgotten_question, Story(offline=True), "was asked without a link, and gave no answer"
    ),
    "what follows a question without a link is heard": Mutant(
        defects.eavesdropping,
        Story((*WITHOUT_A_LINK, Wait(3), Network("ok"), Until("linked"), Wait(2)), offline=True),
        "to which it does not belong",
    ),
}
