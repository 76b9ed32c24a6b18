"""What is said in open slots and by names: the frame is kept, the text is as it was written."""

import random
from fractions import Fraction

import pytest

from tars.server.brains.as_written import WrittenText
from tars.server.brains.brain import LinkFacts, Request
from tars.server.brains.offline import OfflineBrain
from tars.server.brains.skills.skill import Value
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import build_grammar
from tars.server.brains.understanding import Understanding
from tests.server.brains.dialogue import NOW
from tests.server.brains.errands import ERRANDS, ROOMS

OTHERS = tuple(skill for skill in SKILLS if skill.name not in ("timers", "reminders"))
UNDERSTANDING = Understanding((*OTHERS, *ERRANDS)).with_names("room", ROOMS)
GRAMMAR = build_grammar(["hey_jarvis"], (*OTHERS, *ERRANDS)).with_names("room", ROOMS)


def understood(text: str) -> tuple[str, dict[str, Value]] | None:
    found = UNDERSTANDING.understand(text)
    return None if found is None else (found.skill.name, dict(found.slots))


@pytest.mark.parametrize(
    ("text", "skill", "slots"),
    [
        ("Set a pasta timer for 8 minutes.", "name_timer", {"name": "pasta", "amount": 8, "time_unit": "min"}),
        (
            "set an Aunt Mary timer for ten seconds",
            "name_timer",
            {"name": "Aunt Mary", "amount": 10, "time_unit": "s"},
        ),
        ("Remind me to call Mom at six.", "remind", {"what": "call Mom", "hour": 6}),
        ("Remind me to call Dr. Smith, please.", "remind", {"what": "call Dr. Smith"}),
        ("Could you remind me to be at O'Neill's café", "remind", {"what": "be at O'Neill's café"}),
        ("Remind me to buy 2 liters of milk at 7 please", "remind", {"what": "buy 2 liters of milk", "hour": 7}),
        ("Remind me to buy twenty five eggs", "remind", {"what": "buy twenty five eggs"}),
        ("Um, remind me to, uh, water the plants!", "remind", {"what": "water the plants"}),
        ("Remind me to be there by 7:30 p.m.", "remind", {"what": "be there by 7:30 p.m."}),
        ("TARS, remind me to say thank you", "remind", {"what": "say thank you"}),
        ("Tell the kitchen that dinner is ready.", "tell_room", {"room": "Kitchen", "message": "dinner is ready"}),
        ("tell zoe's office that it's 5", "tell_room", {"room": "Zoë's office", "message": "it's 5"}),
        ("Dim room two, please.", "tell_room", {"room": "Room 2"}),
        ("Tell room 2 that 3 is a crowd", "tell_room", {"room": "Room 2", "message": "3 is a crowd"}),
    ],
)
def test_frame_and_text_come_apart(text: str, skill: str, slots: dict[str, Value]) -> None:
    found = understood(text)
    assert found == (skill, {name: Fraction(v) if isinstance(v, int) else v for name, v in slots.items()})
    assert GRAMMAR.is_complete(text.replace("Um, ", "").replace("uh, ", ""))


@pytest.mark.parametrize(
    "text", ["Tell the attic that dinner is ready", "Dim room three", "Remind me to", "Dim the"]
)
def test_what_no_frame_explains_is_not_understood(text: str) -> None:
    assert understood(text) is None
    assert not GRAMMAR.is_complete(text)


def test_what_is_said_strictly_goes_before_an_open_slot() -> None:
    assert understood("set volume to ten please") == ("set_volume", {"percent": Fraction(10)})


def test_an_open_slot_may_always_go_on() -> None:
    assert GRAMMAR.may_continue("Remind me to call Mom")
    assert not GRAMMAR.may_continue("Tell the attic that")


def test_names_change_without_a_new_understanding() -> None:
    changed = UNDERSTANDING.with_names("room", ["Attic"])
    assert changed.understand("dim the attic") is not None
    assert changed.understand("dim the kitchen") is None
    assert UNDERSTANDING.understand("dim the kitchen") is not None
    with pytest.raises(ValueError, match="no skill has a list of names called 'rooms'; there are \\['room'\\]"):
        UNDERSTANDING.with_names("rooms", [])


@pytest.mark.parametrize(
    ("text", "first", "last", "passage"),
    [
        ("Buy $2 of milk, now!", 1, 3, "$2"),
        ("Buy $2 of milk, now!", 3, 5, "of milk"),
        ("It is  five p. m.  today", 2, 4, "five p. m."),
        ("a  b", 0, 2, "a b"),
        ("per cent", 0, 1, "per cent"),
    ],
)
def test_passages_are_as_they_are_written(text: str, first: int, last: int, passage: str) -> None:
    assert WrittenText(text).passage(first, last) == passage


def test_the_brain_gets_other_names_from_the_next_question_on() -> None:
    brain = OfflineBrain(random.Random(1), Understanding((*OTHERS, *ERRANDS)))

    def skill(text: str) -> str | None:
        understood = brain.answer(Request(text, NOW, LinkFacts(None, 0.0, 0), {"humor": 0})).understood
        return None if understood is None else understood.skill.name

    assert skill("dim the attic") is None
    brain.set_names("room", ["Attic"])
    assert skill("dim the attic") == "tell_room"
    with pytest.raises(ValueError, match="no skill has a list"):
        brain.set_names("rooms", [])
