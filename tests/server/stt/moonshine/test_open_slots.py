"""Open slots and names, heard by the real model: the frame is kept, and the text is what was said."""

import pytest

from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import build_grammar
from tars.server.brains.understanding import Understanding
from tars.server.stt.grammar_commands import GrammarCommands
from tars.server.stt.moonshine.constraint import WORD_PRICE, GrammarConstraint
from tars.server.stt.moonshine.model import Moonshine
from tars.server.stt.moonshine.vocabulary import Vocabulary
from tars.server.stt.settings import SpeechSettings
from tests.server.brains.errands import ERRANDS, ROOMS
from tests.support.voices import in_room, speak

OTHERS = tuple(skill for skill in SKILLS if skill.name not in ("timers", "reminders"))
GRAMMAR = build_grammar(["hey_jarvis"], (*OTHERS, *ERRANDS)).with_names("room", ROOMS)
UNDERSTANDING = Understanding((*OTHERS, *ERRANDS)).with_names("room", ROOMS)
VOICES = ("en-us", "en-us+m3", "en-us+m7")


@pytest.fixture(scope="module")
def constraint(moonshine: Moonshine) -> GrammarConstraint:
    return GrammarConstraint(GRAMMAR.graph, Vocabulary(moonshine.tokenizer.pieces))


@pytest.mark.parametrize(
    ("said", "skill", "frame", "slot", "text"),
    [
        ("Set a pasta timer for eight minutes.", "name_timer", {"amount": 8, "time_unit": "min"}, "name", "pasta"),
        ("Remind me to call mom at six.", "remind", {"hour": 6}, "what", "call mom"),
        ("Tell the kitchen that dinner is ready.", "tell_room", {"room": "Kitchen"}, "message", "dinner is ready"),
    ],
)
def test_what_is_said_comes_out_as_frame_and_text(
    moonshine: Moonshine,
    constraint: GrammarConstraint,
    said: str,
    skill: str,
    frame: dict[str, object],
    slot: str,
    text: str,
) -> None:
    texts = []
    for voice in VOICES:
        bound = moonshine.decode(in_room(speak(said, voice)), constraint).bound
        assert bound is not None
        found = UNDERSTANDING.understand(bound.text)
        assert found is not None, bound.text
        slots = dict(found.slots)
        texts.append(str(slots.pop(slot)).lower())
        assert (found.skill.name, slots) == (skill, frame), bound.text
        assert constraint.paid(bound.tokens) == -WORD_PRICE * len(texts[-1].split())
    assert texts.count(text) >= 2, texts


@pytest.mark.parametrize("said", ["Set the volume to thirty percent.", "What time is it?", "Flip a coin."])
def test_a_command_does_not_fall_into_an_open_slot(
    moonshine: Moonshine, constraint: GrammarConstraint, said: str
) -> None:
    bound = moonshine.decode(in_room(speak(said, "en-us")), constraint).bound
    assert bound is not None
    assert GRAMMAR.words(bound.text) == GRAMMAR.words(said).replace("thirty", "30")
    assert constraint.paid(bound.tokens) == 0


def test_many_words_in_an_open_slot_do_not_make_a_command_doubtful(moonshine: Moonshine) -> None:
    said = "Tell the kitchen that we are leaving in five minutes."
    commands = GrammarCommands(SpeechSettings(), moonshine, GRAMMAR)
    reading = commands.read(in_room(speak(said, "en-us")), None, lambda: True)
    assert (reading.source, reading.doubtful) == ("grammar", False)
    assert reading.score is not None
    assert reading.score > -WORD_PRICE
