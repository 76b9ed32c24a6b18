"""The grammar is the skills' sentences: no more, no less, and in words that a recogniser knows."""

import itertools
import random
import re
from collections.abc import Iterator

import attrs
import msgspec
import pytest
from hassil.intents import TextSlotList
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_expression
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains.grammar import Completeness, Grammar, GrammarSpec, spoken_hotword
from tars.server.brains.number_templates import NUMBER_LISTS, NUMBER_RULES
from tars.server.brains.numbers import take_numbers
from tars.server.brains.patterns import Rule, from_template
from tars.server.brains.sentence_graph import SentenceGraph
from tars.server.brains.skills.skill import Call, Reply, Skill
from tars.server.brains.skills.table import SKILLS
from tars.server.brains.templates import build_grammar, intents_of, spec_of
from tests.server.brains.everything import GRAMMAR


def _skill(*sentences: str) -> Skill:
    def silent(call: Call) -> Reply:
        return Reply("")

    return Skill(name="test", description="", sentences=sentences, handle=silent)


def _number_graphs() -> dict[str, SentenceGraph]:
    rules = {name: from_template(text) for name, text in (NUMBER_RULES | NUMBER_LISTS).items()}
    return {name: SentenceGraph(Rule(name), rules) for name in NUMBER_LISTS}


NUMBERS = _number_graphs()
LISTS = {
    **intents_of(SKILLS).slot_lists,
    **{name: TextSlotList.from_strings([f"#{name}"], allow_template=False) for name in NUMBER_LISTS},
}


def _any(graph: SentenceGraph, rng: random.Random) -> str:
    return " ".join(graph.sentence(iter(lambda: rng.randrange(1000), None)))


def _samples(template: str) -> Iterator[str]:
    """What hassil itself makes of a template, with number words for its number lists."""
    rng = random.Random(template)
    for sample in sample_expression(parse_sentence(template).expression, LISTS):
        yield re.sub(r"#(\w+)", lambda found: _any(NUMBERS[found[1]], rng), sample)


def _some_samples(template: str) -> Iterator[str]:
    """Ten of the first, far from one another."""
    return itertools.islice(_samples(template), 0, 140, 14)


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_every_sentence_hassil_makes_of_a_template_is_one_and_its_beginnings_go_on(skill: Skill) -> None:
    for sample in itertools.chain.from_iterable(map(_some_samples, skill.sentences)):
        words = sample.split()
        assert GRAMMAR.is_complete(sample), sample
        for length in range(len(words)):
            begin = " ".join(words[:length])
            assert GRAMMAR.may_continue(begin) or GRAMMAR.is_complete(begin), begin


@given(choices=st.lists(st.integers(0, 1000), max_size=60))
def test_every_way_through_the_graph_is_a_sentence(choices: list[int]) -> None:
    sentence = " ".join(GRAMMAR.graph.sentence(itertools.chain(choices, itertools.repeat(0))))
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
        ("what time is it for", False, True),
        ("what time is it for me", True, False),
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
        ("Hey, Jarvis. What time is it?", "What time is it?"),
        ("Hey Jarvis, set humor to 70%.", "Set humor to 70%."),
        ("Jarvis! remind me to call Mom", "Remind me to call Mom"),
        ("Hey Jarvis.", ""),
        ("What's Jarvis?", "What's Jarvis?"),
    ],
)
def test_the_hotword_is_cut_from_the_front(said: str, left: str) -> None:
    assert GRAMMAR.without_hotword(said) == left


def test_a_name_that_only_begins_like_the_hotword_is_not_cut() -> None:
    assert GRAMMAR.without_hotword("Heyday") == "Heyday"


@pytest.mark.parametrize(
    ("text", "amounts_to"),
    [
        ("What time is it?", Completeness.COMPLETE),
        ("Hey, Jarvis. What time is it?", Completeness.COMPLETE),
        ("TARS, set humour to 75%.", Completeness.COMPLETE),
        ("Set humor to 75", Completeness.COMPLETE),
        ("Set humor to 70", Completeness.CONTINUING),
        ("What's 5 plus 25?", Completeness.CONTINUING),
        ("What's 5 plus", Completeness.OPEN),
        ("Hey Jarvis", Completeness.OPEN),
        ("What's 17.5 pandas?", Completeness.OPEN),
    ],
)
def test_a_written_text_amounts_to_the_same_as_its_words(text: str, amounts_to: Completeness) -> None:
    assert GRAMMAR.completeness(text) is amounts_to


def test_a_spec_crosses_to_another_process_as_it_is() -> None:
    spec = spec_of(SKILLS)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(spec), type=GrammarSpec) == spec


def test_sentences_need_no_skill() -> None:
    orders = GrammarSpec(
        sentences={"order": ("(i would like|i'd like|give me) {quantity} {dish} [and {quantity} {dish}]",)},
        lists={"dish": ("(pizza|pizzas)", "green (salad|salads)")},
        back="[please]",
    )
    grammar = Grammar(orders)
    assert grammar.is_complete("I'd like 2 pizzas and one green salad, please.")
    assert not grammar.is_complete("What time is it?")


def test_a_list_that_nobody_defines_is_named() -> None:
    with pytest.raises(ValueError, match="'dish', which is no list"):
        Grammar(GrammarSpec(sentences={"order": ("give me a {dish}",)}))


@pytest.mark.parametrize("template", ["give me (a|the", "give me {", "give me (a|the)pizza"])
def test_a_template_that_cannot_be_read_is_quoted(template: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(template))):
        Grammar(GrammarSpec(sentences={"order": (template,)}))


def test_names_join_at_run_time_and_leave() -> None:
    spec = GrammarSpec(sentences={"lamp": ("[turn] {room} [lamp] (on|off)",)}, names={"room": ("Kitchen",)})
    before = Grammar(spec, ["hey_jarvis"])
    after = before.with_names("room", ["Living room", "Zoë's office", "Attic"])
    for text in ("Hey Jarvis, turn Living Room on", "Zoe's office lamp off.", "attic on"):
        assert after.is_complete(text), text
        assert not before.is_complete(text), text
    assert before.is_complete("Kitchen off")
    assert not after.is_complete("Kitchen off")
    assert after.may_continue("Turn living")
    with pytest.raises(ValueError, match="no list of names called 'device'"):
        after.with_names("device", [])


def test_stop_words_and_hotwords_are_grammars_of_their_own() -> None:
    for text in ("stop", "tars stop", "hey jarvis be quiet", "that's enough", "cancel", "enough", "stop it tars"):
        state = GRAMMAR.stop_words.walk(text.split())
        assert state is not None
        assert state.complete, text
    assert GRAMMAR.stop_words.walk(["what"]) is None
    for text, vague in (("That's enough.", True), ("Hey Jarvis, shut up!", True), ("TARS, stop it.", False)):
        assert GRAMMAR.is_vague_stop(text) is vague
    assert not GRAMMAR.is_vague_stop("Be quiet.")
    called = GRAMMAR.hotword.walk(["hey", "jarvis"])
    assert called is not None
    assert called.complete
    assert GRAMMAR.hotword.walk(["jarvis"]) is None


def test_what_changes_something_is_known_by_its_sentence() -> None:
    spec = GrammarSpec(
        sentences={"set": ("set it to {percentage}",), "get": ("what is it",)}, changing=frozenset({"set"})
    )
    grammar = Grammar(spec, ["hey_jarvis"])
    assert grammar.changes("Hey Jarvis, set it to 17.")
    assert not grammar.changes("What is it?")
    assert not grammar.changes("Set it")


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
    grammar = build_grammar(skills=[_skill("run [now]", "sit [down [a bit]]", "count [to {percentage}]")])
    assert not grammar.may_continue("run")
    assert not grammar.may_continue("sit down")
    assert grammar.may_continue("count")
    assert grammar.may_continue("count to twenty")
    assert not grammar.may_continue("count to twelve")


def test_a_whole_sentence_is_worth_waiting_for_where_a_value_may_follow_and_not_where_mere_words_may() -> None:
    grammar = build_grammar(
        skills=[
            _skill(
                "run [now]",
                "(stay|stay now)",
                "(sit|sit down over there for {percentage} minutes)",
                "wait [until {percentage} pass]",
            )
        ]
    )
    assert not grammar.may_continue("run")
    assert not grammar.may_continue("stay")
    assert grammar.may_continue("sit")
    assert grammar.may_continue("wait")
    assert not grammar.may_continue("wait until five pass")


@pytest.mark.parametrize(
    ("text", "amounts_to"),
    [
        ("repeat that", Completeness.COMPLETE),  # "... answer"
        ("what is your volume", Completeness.COMPLETE),  # "... level"
        ("what is the date", Completeness.CONTINUING),  # "... in five days"
        ("flip a coin", Completeness.CONTINUING),  # "... twice"
        ("turn the volume up", Completeness.CONTINUING),  # "... by ten"
        ("turn the volume up by", Completeness.OPEN),
    ],
)
def test_what_the_skills_sentences_amount_to(text: str, amounts_to: Completeness) -> None:
    assert GRAMMAR.completeness(text) is amounts_to


@given(choices=st.lists(st.integers(0, 1000), max_size=60))
def test_no_number_follows_what_is_not_waited_for(choices: list[int]) -> None:
    words = GRAMMAR.graph.sentence(itertools.chain(choices, itertools.repeat(0)))
    for length in range(1, len(words)):
        beginning = " ".join(words[:length])
        if GRAMMAR.is_complete(beginning) and not GRAMMAR.may_continue(beginning):
            assert not take_numbers(words[length:])[1], (beginning, words)


def test_a_bracket_inside_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="between words"):
        build_grammar(skills=[_skill("mile[s] away")])


def test_permutations_are_all_heard() -> None:
    grammar = build_grammar(skills=[_skill("(red;green;blue) light")])
    for order in itertools.permutations(("red", "green", "blue")):
        assert grammar.is_complete(f"{' '.join(order)} light")
    assert not grammar.is_complete("red green light")


@pytest.mark.parametrize("choice", [0, 1, 7])
def test_there_is_an_example_of_every_template_and_it_is_a_sentence(choice: int) -> None:
    grammar = build_grammar()
    examples = list(grammar.examples(choice))
    assert len(examples) == sum(map(len, grammar.spec.sentences.values()))
    assert [text for text in examples if not grammar.is_complete(text)] == []


def test_a_template_whose_list_has_no_names_yet_has_no_example() -> None:
    spec = GrammarSpec({"lamp": ("light the {room}", "lights [out] (now|here)")}, names={"room": ()})
    assert list(Grammar(spec).examples(1)) == ["lights here"]
    assert list(Grammar(spec).with_names("room", ["Kitchen"]).examples(0)) == ["light the kitchen", "lights now"]


@pytest.mark.parametrize(
    "text", ["thank you", "Goodbye.", "stop", "never mind", "Jarvis, no thanks.", "please stop"]
)
def test_what_ends_the_session_is_known_by_its_skill(text: str) -> None:
    assert build_grammar(["hey_jarvis"]).ends(text)


@pytest.mark.parametrize("text", ["", "stop the timer", "what time is it", "how much is nothing plus one", "mute"])
def test_other_sentences_end_no_session(text: str) -> None:
    assert not build_grammar(["hey_jarvis"]).ends(text)


def test_a_list_is_worth_waiting_for_unless_its_skill_calls_it_an_afterthought() -> None:
    """Any skill's list, by its own word: the patterns know no list by name."""
    skill = _skill("where is it [in {town}]")
    waited = attrs.evolve(skill, lists={"town": {"Rome": "Rome"}})
    told = attrs.evolve(waited, afterthoughts=("town",))
    assert build_grammar(skills=[waited]).completeness("Where is it?") is Completeness.CONTINUING
    assert build_grammar(skills=[told]).completeness("Where is it?") is Completeness.COMPLETE
    assert build_grammar(skills=[told]).is_complete("Where is it in Rome?")
    elsewhere = attrs.evolve(_skill("what time is it [in {place}]"), lists={"place": {"Rome": "Rome"}})
    assert build_grammar(skills=[elsewhere]).completeness("What time is it?") is Completeness.CONTINUING


def test_what_time_it_is_is_answered_without_waiting_for_a_place() -> None:
    assert GRAMMAR.completeness("What time is it?") is Completeness.COMPLETE
    assert GRAMMAR.is_complete("What time is it in Tokyo?")
