"""Sums: what is understood, what it comes to, and that it is said back as it was computed."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.brains import expressions as ex
from tars.server.brains.expressions import Number, Operation, SumError, Tree, evaluate, number, say
from tars.server.brains.figures import fraction_in_words
from tars.server.brains.normalise import words_of
from tars.server.brains.skills.arithmetic import spoken
from tars.server.brains.sum_questions import read_question
from tars.server.brains.sums import read_expression
from tests.server.brains.test_figures import read_back
from tests.server.brains.test_offline import ask


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        # more and less by a part
        ("increase 50 by 10 percent", "50 plus 10 percent is 55."),
        ("what do you get if you decrease 80 by a quarter", "One quarter off 80 is 60."),
        ("please reduce 200 by 15%", "200 minus 15 percent is 170."),
        ("raise 5 by 3", "5 plus 3 is 8."),
        ("discount 80 dollars by 20 percent", "80 dollars minus 20 percent is 64 dollars."),
        ("what's 50 increased by 10 percent", "50 plus 10 percent is 55."),
        ("increase 80 by a quarter", "80 plus one quarter of 80 is 100."),
        ("80 reduced by half", "Half off 80 is 40."),
        ("add 10 percent to 50", "50 plus 10 percent is 55."),
        ("add 10 percent to 5 percent", "10 percent plus 5 percent is 15 percent."),
        ("what is 10 percent more than 70", "70 plus 10 percent is 77."),
        ("what's 3 less than 10", "10 minus 3 is 7."),
        ("half off 80", "Half off 80 is 40."),
        ("what's half off of 80 dollars", "Half off 80 dollars is 40 dollars."),
        ("how much is a third off 90", "One third off 90 is 60."),
        ("two thirds off 90", "Two thirds off 90 is 30."),
        ("take a quarter off 40", "One quarter off 40 is 30."),
        ("80 dollars at half price", "Half off 80 dollars is 40 dollars."),
        ("cut 90 in half", "Half of 90 is 45."),
        ("20 with a 15 percent tip", "15 percent of 20 is 3. With the tip that makes 23."),
        ("50 dollars plus 8 percent tax", "50 dollars plus 8 percent is 54 dollars."),
        # fractions, mixed numbers, signs and decimals
        ("half of fifty", "Half of 50 is 25."),
        ("two and a half times four", "2.5 times 4 is 10."),
        ("what's a third of ninety", "One third of 90 is 30."),
        ("what is 3/4 of 12", "Three quarters of 12 is 9."),
        ("\u00bd + \u00bc", "One half plus one quarter is 0.75."),
        ("1/3 + 1/3", "One third plus one third is about 0.667."),
        ("10/4", "10 divided by 4 is 2.5."),
        ("minus five plus three", "Minus 5 plus 3 is minus 2."),
        ("negative two times three", "Minus 2 times 3 is minus 6."),
        ("five minus minus three", "5 minus minus 3 is 8."),
        ("-5 - -3", "Minus 5 minus minus 3 is minus 2."),
        ("minus two squared", "Minus 2 squared is minus 4."),
        ("negative two squared", "(minus 2) squared is 4."),
        (".5 plus .5", "0.5 plus 0.5 is 1."),
        ("point five plus oh point two five", "0.5 plus 0.25 is 0.75."),
        ("nineteen eighty four minus nineteen", "1,984 minus 19 is 1,965."),
        ("three dozen minus half a dozen", "36 minus 6 is 30."),
        ("a quarter of a million", "One quarter of 1,000,000 is 250,000."),
        # what is said back is what was computed
        ("2.999 times 1", "2.999 times 1 is 2.999."),
        ("2.123456789 times 1", "2.123456789 times 1 is about 2.123."),
        ("0.5 to the power of 64", "0.5 to the power of 64 is about 5.421 times 10 to the power of minus 20."),
        ("nine to the power of ninety nine", "9 to the power of 99 is about 2.951 times 10 to the power of 94."),
        ("zero times minus five", "0 times minus 5 is 0."),
        # percentages, tips, discounts
        ("50 plus 20 percent", "50 plus 20 percent is 60."),
        ("50 - 20%", "50 minus 20 percent is 40."),
        ("what is 30% off 279", "30 percent off 279 is 195.3."),
        ("60 percent off of 350 dollars", "60 percent off 350 dollars is 140 dollars."),
        ("take 20 percent off $50", "20 percent off 50 dollars is 40 dollars."),
        ("20 percent discount on 80 dollars", "20 percent off 80 dollars is 64 dollars."),
        ("10 percent plus 5 percent", "10 percent plus 5 percent is 15 percent."),
        ("20 percent plus 5", "I don't know what those percent are of."),
        (
            "what's a 15 percent tip on 40 dollars",
            "15 percent of 40 dollars is 6 dollars. With the tip that makes 46 dollars.",
        ),
        (
            "an 18% tip on a $25.50 bill",
            "18 percent of 25.5 dollars is 4.59 dollars. With the tip that makes 30.09 dollars.",
        ),
        ("what percent of 80 is 20", "20 is 25 percent of 80."),
        ("20 is what percent of 60", "20 is about 33.3 percent of 60."),
        ("12 out of 16 as a percentage", "12 is 75 percent of 16."),
        ("three quarters as a percent", "Three quarters is 75 percent."),
        ("what percent of zero is 20", "I can't divide by zero."),
        # money
        ("$100 divided by 3", "100 dollars divided by 3 is about 33.33 dollars."),
        ("5 dollars times 3 dollars", "Dollars times dollars is nothing that I know."),
        ("5 dollars plus 3 euros", "I can't add dollars and euros: I know no exchange rates."),
        ("10 dollars divided by 4 dollars", "10 dollars divided by 4 dollars is 2.5."),
        # functions
        ("the sum of 3, 7, 9, and 24", "3 plus 7 plus 9 plus 24 is 43."),
        ("sum of twenty, five and six", "20 plus 5 plus 6 is 31."),
        ("product of two, one half and three", "2 times one half times 3 is 3."),
        ("difference between five and eight", "The difference between 5 and 8 is 3."),
        ("average of 3, 5 and 10", "The average of 3, 5 and 10 is 6."),
        ("double seven", "Twice 7 is 14."),
        ("twice three plus one", "Twice 3 plus 1 is 7."),
        ("triple the sum of two and three", "Triple (2 plus 3) is 15."),
        ("the square of nine", "9 squared is 81."),
        ("seven cubed", "7 cubed is 343."),
        ("4 squared squared", "(4 squared) squared is 256."),
        ("square root of 2", "The square root of 2 is about 1.414."),
        ("square root of 2 squared", "The square root of 2 squared is 2."),
        ("cube root of minus 27", "The cube root of minus 27 is minus 3."),
        ("the fourth root of 81", "The fourth root of 81 is 3."),
        ("square root of minus four", "A negative number has no such root."),
        ("two to the eighth", "2 to the power of 8 is 256."),
        ("10 to the 12th power", "10 to the power of 12 is 1,000,000,000,000."),
        ("2 to the power of 3 to the power of 2", "2 to the power of 3 to the power of 2 is 512."),
        ("four to the power of one half", "4 to the power of one half is 2."),
        ("two to the power of minus three", "2 to the power of minus 3 is 0.125."),
        ("zero to the power of minus one", "I can't divide by zero."),
        ("8 factorial", "8 factorial is 40,320."),
        ("5! + 3", "5 factorial plus 3 is 123."),
        ("2.5 factorial", "Only whole numbers from zero up have a factorial."),
        ("remainder of 17 divided by 5", "The remainder of 17 divided by 5 is 2."),
        ("17 mod 5", "17 modulo 5 is 2."),
        ("17 modulo 0", "I can't divide by zero."),
        ("is 126 divisible by 8", "No. 126 divided by 8 leaves 6."),
        ("is 126 divisible by 9", "Yes. 126 divided by 9 is 14."),
        ("square root of pi", "The square root of pi is about 1.772."),
        # several operators and brackets
        ("two plus three times four", "2 plus 3 times 4 is 14."),
        ("(2+3)*4", "(2 plus 3) times 4 is 20."),
        ("open bracket two plus three close bracket times four", "(2 plus 3) times 4 is 20."),
        ("two plus three and then times four", "(2 plus 3) times 4 is 20."),
        ("ten minus three minus two plus one", "10 minus 3 minus 2 plus 1 is 6."),
        ("12 / (3 * 2)", "12 divided by (3 times 2) is 2."),
        ("10 - (3 - 2)", "10 minus (3 minus 2) is 9."),
        ("5 + (50 + 20%)", "5 plus (50 plus 20 percent) is 65."),
        ("2^(1 + 2)", "2 to the power of (1 plus 2) is 8."),
        ("12 divided by 3 over 2", "12 divided by 3 divided by 2 is 2."),
        ("two subtracted from ten", "10 minus 2 is 8."),
        # ways of asking
        ("five plus six equals what", "5 plus 6 is 11."),
        ("what's 5-6=", "5 minus 6 is minus 1."),
        ("how much is 50 plus 6", "50 plus 6 is 56."),
        ("tell me what 30 plus 5 is please", "30 plus 5 is 35."),
        ("calculate 3x4", "3 times 4 is 12."),
        ("what do you get if you add five and six", "5 plus 6 is 11."),
        ("what does six times one equal", "6 times 1 is 6."),
        ("add two hundred and fifty", "200 plus 50 is 250."),
        ("add two hundred and fifty and six", "250 plus 6 is 256."),
        ("subtract two from one", "1 minus 2 is minus 1."),
        ("divide 90 among 4 people", "90 divided by 4 is 22.5."),
        ("how many times does 8 go into 2000", "2,000 divided by 8 is 250."),
        ("raise three to the fourth power", "3 to the power of 4 is 81."),
        ("nine to the power of nine thousand", "That is too big to say aloud."),
        ("0.5 to the power of nine thousand", "That is too close to zero to say aloud."),
        ("a thousand factorial", "That is too big to say aloud."),
    ],
)
def test_sums_are_answered(text: str, answer: str) -> None:
    assert ask(text)[0] == answer


@pytest.mark.parametrize(
    "text",
    ["can you help me with my math homework", "help me do maths", "how to solve a math problem", "do you do sums"],
)
def test_whoever_asks_for_help_is_asked_for_the_sum(text: str) -> None:
    assert ask(text)[0] == "Tell me the sum, such as 15 percent of 80."


@pytest.mark.parametrize(
    "text",
    [
        "what is five",
        "take 5 off 40",
        "50 plus 8 tax",
        "increase the volume by 10 percent",
        "reduce humor by a quarter",
        "half off everything",
        "a third off",
        "5 more than the others",
        "minus five",
        "five and six",
        "five plus",
        "plus five",
        "what is 5 # 5",
        "5 + + ",
        "two plus tree",
        "5 plus five apples",
        "4 x plus 4",
        "what is x squared",
        "(2 + 3",
        "2 + 3)",
        "()",
        "5 5 plus 5",
        "9 trillion trillion trillion trillion plus 5",
        "7:30 plus 5",
        "sum of five",
        "difference between 1 and 2 and 3",
        "half",
        "half past seven",
        "1/0",
        "percent of 80",
        "add a timer",
        "the derivative of 5 squared times",
        "2 to the second of may",
        "((((((((((((((((((((((((((1+1))))))))))))))))))))))))))",
        "roll twenty twenty sided dice",
    ],
)
def test_what_is_no_sum_is_none(text: str) -> None:
    assert read_question(words_of(text)) is None


def test_a_root_without_an_end_is_not_exact_and_nothing_times_it_is_nothing() -> None:
    root = Operation(ex.SQUARE_ROOT, (number(Fraction(2)),))
    assert not evaluate(root).exact
    assert evaluate(Operation(ex.SQUARE_ROOT, (number(Fraction(9, 4)),))) == ex.Result(Fraction(3, 2))
    assert evaluate(Operation(ex.TIMES, (root, number(Fraction(0))))) == ex.Result(Fraction(0))


def _operations(children: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    two = st.sampled_from(
        [
            ex.PLUS,
            ex.MINUS,
            ex.TIMES,
            ex.DIVIDED,
            ex.MODULO,
            ex.REMAINDER,
            ex.PERCENT_OFF,
            ex.DIFFERENCE,
            ex.POWER_OF,
        ]
    )
    one = st.sampled_from(
        [
            ex.NEGATIVE,
            ex.HALF,
            ex.HALF_OFF,
            ex.TWICE,
            ex.TRIPLE,
            ex.SQUARED,
            ex.CUBED,
            ex.FACTORIAL,
            ex.SQUARE_ROOT,
            ex.CUBE_ROOT,
        ]
    )
    rates = st.integers(0, 200).map(lambda rate: Number(Fraction(rate), str(rate), percent=True))
    parts = st.sampled_from([Fraction(3, 4), Fraction(1, 3), Fraction(5, 8)]).map(
        lambda value: Number(value, fraction_in_words(value))
    )
    return st.one_of(
        st.builds(
            lambda op, left, right: Operation(op, (left, right)),
            two.filter(lambda op: op is not ex.PERCENT_OFF),
            children,
            children,
        ),
        st.builds(lambda op, item: Operation(op, (item,)), one, children),
        st.builds(
            lambda op, rate, item: Operation(op, (rate, item)),
            st.sampled_from([ex.PERCENT_OF, ex.PERCENT_OFF]),
            rates,
            children,
        ),
        st.builds(lambda items: Operation(ex.AVERAGE, tuple(items)), st.lists(children, min_size=2, max_size=4)),
        st.builds(
            lambda op, part, item: Operation(op, (part, item)),
            st.sampled_from([ex.PART_OF, ex.PART_OFF]),
            parts,
            children,
        ),
    )


NUMBERS = st.one_of(
    st.integers(0, 30).map(lambda value: number(Fraction(value))),
    st.decimals(0, 10_000, allow_nan=False, allow_infinity=False, places=3).map(
        lambda value: number(Fraction(value))
    ),
    st.fractions(0, 5, max_denominator=12).map(number),
)
TREES = st.recursive(NUMBERS, _operations, max_leaves=6)


def _result(tree: Tree) -> object:
    try:
        return evaluate(tree)
    except SumError as failed:
        return str(failed)


@given(TREES)
def test_every_sum_is_said_so_that_it_reads_back_as_the_same(tree: Tree) -> None:
    again = read_expression(words_of(say(tree)))
    assert again is not None, say(tree)
    assert say(again) == say(tree)
    assert _result(again) == _result(tree)


@given(TREES)
def test_a_result_is_said_as_it_is_or_with_about(tree: Tree) -> None:
    try:
        result = evaluate(tree)
    except SumError:
        return
    text = spoken(result)
    said = read_back(text.removeprefix("about "))
    assert text.startswith("about ") == (said != result.value or not result.exact)
    assert abs(said - result.value) <= abs(result.value) / 199


@given(
    st.lists(
        st.sampled_from(
            [
                "two",
                "5",
                "2.5",
                "plus",
                "minus",
                "times",
                "percent",
                "of",
                "off",
                "the",
                "sum",
                "square",
                "root",
                "(",
                ")",
                "and",
                "half",
                "squared",
                "to",
                "power",
                "third",
                "divided",
                "by",
                "what",
                "is",
                "dollars",
                "negative",
                "point",
            ]
        ),
        max_size=12,
    )
)
def test_any_words_are_a_sum_or_none_and_a_sum_stays_what_it_is(words: list[str]) -> None:
    question = read_question(words)
    if question is not None:
        again = read_question(words_of(str(question)))
        assert again is not None, str(question)
        assert str(again) == str(question)
        assert list(map(_result, again.trees)) == list(map(_result, question.trees))
