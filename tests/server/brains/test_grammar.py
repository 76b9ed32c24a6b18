"""The grammar is the skills' sentences: no more, no less, and in words that a recogniser knows."""

import itertools
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hassil.intents import TextSlotList
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_expression
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.automaton import Automaton
from tars.server.brains.grammar import Grammar, build_grammar, spoken_hotword
from tars.server.brains.numbers import NUMBER_LISTS
from tars.server.brains.patterns import Rule
from tars.server.brains.skills.skill import Call, Reply, Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import book_of, intents_of

GRAMMAR = build_grammar(["hey_jarvis"])
SENTENCES = [template for skill in SKILLS for template in skill.sentences]


def _skill(*sentences: str) -> Skill:
    def silent(call: Call) -> Reply:
        return Reply("")

    return Skill(name="test", description="", sentences=sentences, handle=silent)


def _number_automata() -> dict[str, Automaton]:
    rules = book_of(SKILLS).rules
    return {name: Automaton(Rule(name), rules) for name in NUMBER_LISTS}


NUMBERS = _number_automata()


def _any(automaton: Automaton, rng: random.Random) -> str:
    return " ".join(automaton.sentence(iter(lambda: rng.randrange(1000), None)))


def _samples(template: str) -> Iterator[str]:
    """What hassil itself makes of a template, with number words for its number lists."""
    rng = random.Random(template)
    lists = dict(intents_of(SKILLS).slot_lists)
    for name in NUMBER_LISTS:
        lists[name] = TextSlotList.from_strings([f"#{name}"], allow_template=False)
    for sample in sample_expression(parse_sentence(template).expression, lists):
        yield re.sub(r"#(\w+)", lambda found: _any(NUMBERS[found[1]], rng), sample)


@pytest.mark.parametrize("template", SENTENCES)
def test_every_sentence_hassil_makes_of_a_template_is_one_and_its_beginnings_go_on(template: str) -> None:
    for sample in itertools.islice(_samples(template), 0, 2000, 7):
        words = sample.split()
        assert GRAMMAR.is_complete(sample), sample
        for length in range(len(words)):
            begin = " ".join(words[:length])
            assert GRAMMAR.may_continue(begin) or GRAMMAR.is_complete(begin), begin


@given(choices=st.lists(st.integers(0, 1000), max_size=60))
def test_every_way_through_the_automaton_is_a_sentence(choices: list[int]) -> None:
    sentence = " ".join(GRAMMAR.automaton.sentence(itertools.chain(choices, itertools.repeat(0))))
    assert GRAMMAR.is_complete(sentence)
    assert GRAMMAR.is_complete(GRAMMAR.without_hotword(sentence))
    assert not GRAMMAR.is_complete(f"{sentence} bogus")
    assert not GRAMMAR.may_continue(f"bogus {sentence}")


@pytest.mark.parametrize(
    ("text", "complete", "goes_on"),
    [
        ("what time is it", True, False),
        ("hey jarvis what time is it", True, False),
        ("jarvis what time is it", True, False),
        ("tars what time is it please", True, False),
        ("could you please tell me what time it is", True, False),
        ("hey jarvis", False, True),
        ("", False, True),
        ("what time", False, True),
        ("set humor to seventy", True, True),
        ("set humor to seventy five", True, False),
        ("set humor to seventy percent", True, False),
        ("what is five plus", False, True),
        ("what is five plus twenty", True, True),
        ("how many kilometers", False, True),
        ("convert ten miles to feet", True, False),
        ("thank you", True, False),
        ("time flies like an arrow", False, False),
    ],
)
def test_what_is_whole_and_what_goes_on(text: str, complete: bool, goes_on: bool) -> None:
    assert (GRAMMAR.is_complete(text), GRAMMAR.may_continue(text)) == (complete, goes_on)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("hey jarvis what time is it", "what time is it"),
        ("jarvis stop", "stop"),
        ("hey jarvis", ""),
        ("stop hey jarvis", "stop hey jarvis"),
        ("", ""),
    ],
)
def test_the_hotword_is_cut_from_the_front(said: str, left: str) -> None:
    assert GRAMMAR.without_hotword(said) == left


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("hey_jarvis", "hey jarvis"),
        ("/models/hey_mycroft_v0.1.onnx", "hey mycroft"),
        ("Alexa", "alexa"),
        ("button", "button"),
    ],
)
def test_hotword_names_become_what_is_said(name: str, spoken: str) -> None:
    assert spoken_hotword(name) == spoken


def test_an_option_without_a_value_at_the_end_is_not_worth_waiting_for() -> None:
    grammar = Grammar([_skill("go [now]", "sit [down [a bit]]", "count [to {percentage}]")], [])
    assert not grammar.may_continue("go")
    assert not grammar.may_continue("sit down")
    assert grammar.may_continue("count")
    assert grammar.may_continue("count to twenty")
    assert not grammar.may_continue("count to twelve")


def test_the_same_word_may_matter_after_one_sentence_and_not_after_another() -> None:
    grammar = Grammar([_skill("go [now]", "(stay|stay now)")], [])
    assert not grammar.may_continue("go")
    assert grammar.may_continue("stay")


def test_a_bracket_inside_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="between words"):
        Grammar([_skill("mile[s] away")], [])


def test_permutations_are_all_heard() -> None:
    grammar = Grammar([_skill("(red;green;blue) light")], [])
    for order in itertools.permutations(("red", "green", "blue")):
        assert grammar.is_complete(f"{' '.join(order)} light")
    assert not grammar.is_complete("red green light")


def test_pocketsphinx_knows_every_word_and_reads_the_same_from_jsgf() -> None:
    pocketsphinx = pytest.importorskip("pocketsphinx")
    model = Path(pocketsphinx.get_model_path("en-us"))
    options = {
        "lm": None,
        "hmm": str(model / "en-us"),
        "dict": str(model / "cmudict-en-us.dict"),
        "loglevel": "FATAL",
    }
    decoder = pocketsphinx.Decoder(**options)
    unknown = [word for word in GRAMMAR.words if decoder.lookup_word(word) is None]
    assert unknown == []
    fsg = decoder.parse_jsgf(GRAMMAR.jsgf)
    for seed in range(50):
        sentence = _any(GRAMMAR.automaton, random.Random(seed))
        assert fsg.accept(sentence)
        assert not fsg.accept(f"{sentence} bogus")
