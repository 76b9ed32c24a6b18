"""What the brain understands, the ears listen for: kinds of asking, and that each sentence is its skill's own."""

import random

import pytest

from tars.server.brains.grammar import lists_of
from tars.server.brains.patterns import from_template
from tars.server.brains.sentence_graph import SentenceGraph
from tars.server.brains.skills.skill import Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import spec_of
from tests.server.brains.everything import GRAMMAR, UNDERSTANDING

LISTS = lists_of(spec_of(SKILLS))
SAMPLES = 4
"""Of each template."""


def _skill_of(text: str) -> str | None:
    understood = UNDERSTANDING.understand(text)
    return understood.skill.name if understood else None


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("one thousand divided by eight", "calculate"),
        ("square root of two hundred and twenty five", "calculate"),
        ("twenty percent of three hundred", "calculate"),
        ("two to the power of ten", "calculate"),
        ("three point five times two", "calculate"),
        ("what is half of fifty", "calculate"),
        ("the difference between five million and one and two thirds", "calculate"),
        ("how many times does seven go into ninety one", "calculate"),
        ("ninety minutes in hours", "convert_units"),
        ("half a mile in feet", "convert_units"),
        ("five feet is how many inches", "convert_units"),
        ("how do i convert pounds into kilograms", "convert_units"),
        ("what is the volume", "get_volume"),
        ("i'd like the volume a bit lower", "change_volume"),
        ("turn the volume to level forty", "set_volume"),
        ("go ahead and turn up the speakers for me", "change_volume"),
        ("what can you do for me", "capabilities"),
        ("what sort of questions can i ask you", "capabilities"),
        ("i would like to know how old you are", "age"),
        ("tell me whether you are a person or a machine", "robot"),
        ("which country were you made in", "origin"),
        ("what company designed you", "maker"),
        ("what would you like me to call you", "introduce"),
        ("which day is christmas this year", "tell_weekday"),
        ("i'd like to know tomorrow's date", "tell_date"),
        ("set timer for ten minutes", "timers"),
        ("set a timer for an hour and a half", "timers"),
        ("flip a coin and tell me what it lands on", "flip_coin"),
        ("throw a six sided die for me please", "roll_dice"),
        ("let's hear a good joke", "joke"),
        ("sorry i didn't catch that could you say it again", "repeat"),
        ("good morning how are you doing today", "mood"),
        ("thanks a lot for answering my question", "thanks"),
        ("it was nice talking to you", "goodbye"),
        ("actually forget my last question", "never_mind"),
    ],
)
def test_a_kind_of_asking_is_listened_for(text: str, skill: str) -> None:
    assert _skill_of(text) == skill
    assert GRAMMAR.is_complete(text)


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_what_is_listened_for_is_understood_as_some_skill_template_by_template(skill: Skill) -> None:
    rng = random.Random(skill.name)
    for template in skill.sentences:
        graph = SentenceGraph(from_template(template), LISTS)
        for _ in range(SAMPLES):
            text = " ".join(graph.sentence(iter(lambda: rng.randrange(1000), None)))
            assert _skill_of(text) is not None, (template, text)
