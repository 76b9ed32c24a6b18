"""Ways out of a conversation, in many words; and words that only look like one."""

import random

import pytest

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.chance import CHANCE
from tars.server.brains.skills.endings import ENDINGS
from tars.server.brains.skills.loudness import LOUDNESS
from tars.server.brains.skills.missing import MISSING
from tars.server.brains.skills.skill import Skill
from tars.server.brains.templates import build_grammar
from tars.server.conversation.end_phrases import DEFAULT_END_PHRASES
from tests.server.brains.dialogue import answer
from tests.server.brains.everything import UNDERSTANDING


def skill_of(text: str) -> str | None:
    understood = UNDERSTANDING.understand(text)
    return understood.skill.name if understood else None


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        ("stop", "stop"),
        ("please stop talking", "stop"),
        ("that's enough", "stop"),
        ("oh be quiet", "stop"),
        ("shhh", "stop"),
        ("don't say another word", "stop"),
        ("never mind", "never_mind"),
        ("Nevermind, I've changed my mind.", "never_mind"),
        ("actually, forget it", "never_mind"),
        ("cancel my last request please", "never_mind"),
        ("ignore what I said", "never_mind"),
        ("don't bother", "never_mind"),
        ("abort the current task", "never_mind"),
        ("goodbye", "goodbye"),
        ("okay, bye for now", "goodbye"),
        ("see you later, my friend", "goodbye"),
        ("I have to run now", "goodbye"),
        ("it was lovely to talk to you again", "goodbye"),
        ("have a great weekend", "goodbye"),
        ("thanks, bye", "goodbye"),
        ("good night", "goodbye"),
        ("thanks", "thanks"),
        ("thank you so very much", "thanks"),
        ("great, thanks for the quick answer", "thanks"),
        ("I really appreciate your help", "thanks"),
        ("you've been a great help, thank you", "thanks"),
        ("much obliged", "thanks"),
    ],
)
def test_ways_out_have_many_names(text: str, skill: str) -> None:
    assert skill_of(text) == skill
    words, outcome = answer(text)
    assert words
    assert outcome == Outcome(end_session=True)


@pytest.mark.parametrize(
    "text",
    [
        "stop the music",
        "cancel my dentist appointment",
        "cancel the pizza order from yesterday",
        "forget the milk and buy bread",
        "say goodbye to my mother",
        "what does sayonara mean",
        "how do I thank my teacher",
        "who said thank you for the music",
        "see you is a song by whom",
        "the end of the world",
        "later I will go swimming",
        "have a look at the sky",
        "drop the temperature to twenty",
    ],
)
def test_words_that_only_look_like_a_way_out_end_nothing(text: str) -> None:
    assert not answer(text)[1].end_session


def test_what_ends_a_session_by_itself_is_an_ending_to_the_brain_as_well() -> None:
    for phrase in DEFAULT_END_PHRASES:
        assert skill_of(phrase) in {skill.name for skill in ENDINGS}, phrase


LISTENED_FOR = [skill for skill in (*ENDINGS, *LOUDNESS, *CHANCE, *MISSING) if skill.sentences]


@pytest.mark.parametrize("skill", LISTENED_FOR, ids=lambda skill: skill.name)
def test_what_is_listened_for_is_understood_as_the_skill_that_it_is_of(skill: Skill) -> None:
    graph = build_grammar(skills=[skill]).graph
    rng = random.Random(11)
    for _ in range(80):
        sentence = " ".join(graph.sentence(iter(lambda: rng.randrange(1000), None)))
        assert skill_of(sentence) == skill.name, sentence


def test_a_skill_says_whether_it_ends_the_session_and_does_so() -> None:
    grammar = build_grammar()
    examples = list(grammar.examples(0))
    assert [text for text in examples if grammar.ends(text)] == [
        text for text in examples if answer(text)[1].end_session
    ]
