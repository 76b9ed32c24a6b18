"""Coins, dice, random numbers and choices: fair, and of just what was asked for."""

import random

import pytest

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.skill import Call
from tests.server.brains.dialogue import REQUEST, answer
from tests.server.brains.everything import UNDERSTANDING


def answers(text: str, tries: int = 400) -> set[str]:
    """All that is said to `text`, however chance falls."""
    understood = UNDERSTANDING.understand(text)
    assert understood is not None
    calls = [Call(REQUEST, understood.slots, random.Random(seed)) for seed in range(tries)]
    return {understood.skill.handle(call).text for call in calls}


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("roll a die", 6),
        ("please throw the dice", 6),
        ("an eight sided die roll please", 8),
        ("roll an eight-sided die", 8),
        ("roll a d20", 20),
        ("d12", 12),
        ("roll a dice with four sides", 4),
        ("i want you to roll one ten sided die and tell me the result", 10),
        ("roll the die and give me a number from one to six", 6),
    ],
)
def test_a_die_has_the_sides_that_were_said(text: str, sides: int) -> None:
    assert answers(text) == {f"You rolled {side}." for side in range(1, sides + 1)}


@pytest.mark.parametrize(
    ("text", "count", "sides", "plus"),
    [
        ("roll three dice", 3, 6, 0),
        ("roll a pair of dice", 2, 6, 0),
        ("2d6", 2, 6, 0),
        ("roll two d8", 2, 8, 0),
        ("roll five twenty sided dice", 5, 20, 0),
        ("roll 3d4 plus 2", 3, 4, 2),
        ("roll 2d6 minus 1", 2, 6, -1),
    ],
)
def test_several_dice_are_named_and_summed(text: str, count: int, sides: int, plus: int) -> None:
    for said in answers(text, 50):
        rolled, _, rest = said.partition(". That makes ")
        rolls = [
            int(roll)
            for roll in rolled.partition(", plus")[0].partition(", minus")[0].replace(" and ", ", ").split(", ")
        ]
        assert len(rolls) == count
        assert all(1 <= roll <= sides for roll in rolls)
        assert rest == f"{sum(rolls) + plus}."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("roll zero dice", "I can't roll 0 dice."),
        ("roll a zero sided die", "There is no die with 0 sides."),
        ("roll a one sided die", "There is no die with 1 side."),
        ("roll a d 1001", "My dice have at most 1000 sides. Beyond that it's a ball."),
        ("roll fifty dice", "I only have 20 dice."),
        ("roll 2.5 dice", "I can't roll 2.5 dice."),
        ("flip zero coins", "I can't flip 0 coins."),
        ("flip a hundred coins", "I only have 20 coins."),
        ("random number between one half and two", None),
        ("pick a number between 1.5 and 3", "I only draw whole numbers."),
        ("random number up to nine trillion", "That is too big to say aloud."),
    ],
)
def test_what_no_die_and_no_coin_can_do_is_refused(text: str, said: str | None) -> None:
    words, outcome = answer(text)
    assert words == said or (said is None and words != "")
    assert outcome.settings == {}


@pytest.mark.parametrize(
    "text",
    ["flip a coin", "toss the coin for me", "heads or tails", "let's do a coin toss", "could you flip that coin",
     "how about a coin flip", "flip a quarter", "i need you to flip a fair coin so I can decide"],
)  # fmt: skip
def test_a_coin_has_two_sides_and_many_names(text: str) -> None:
    assert answers(text, 40) == {"Heads.", "Tails."}


def test_a_side_that_is_called_wins_or_loses() -> None:
    assert answers("flip a coin, I call heads", 40) == {"Heads. You win.", "Tails. You lose."}
    assert answers("I'll take tails, toss a coin", 40) == {"Heads. You lose.", "Tails. You win."}


def test_several_coins_are_counted() -> None:
    said = answer("flip three coins")[0]
    sides = said.partition(".")[0].lower().replace(" and ", ", ").split(", ")
    assert len(sides) == 3
    times = ["not once", "once", "twice", "3 times"][sides.count("heads")]
    assert said.endswith(f"That is heads {times}.")
    assert "twice" not in answers("flip a coin", 5)
    assert answer("flip a coin twice")[0].count("s") >= 2


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("pick a number between one and ten", 1, 10),
        ("a random number from 5 to 7", 5, 7),
        ("give me a random number between ten and one", 1, 10),
        ("random number between minus two and two", -2, 2),
        ("pick a number up to four", 1, 4),
    ],
)
def test_a_random_number_is_within_its_limits_and_reaches_them(text: str, low: int, high: int) -> None:
    said = {f"{number}." if number >= 0 else f"minus {-number}." for number in range(low, high + 1)}
    assert answers(text) == said


def test_a_random_number_without_limits_is_of_a_hundred() -> None:
    numbers = {int(said.rstrip(".")) for said in answers("give me a random number")}
    assert min(numbers) >= 1
    assert max(numbers) <= 100
    assert len(numbers) > 60


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("choose between pizza and pasta", {"Pizza.", "Pasta."}),
        ("pick one of red or green or dark blue", {"Red.", "Green.", "Dark blue."}),
        ("help me decide between the cinema or the beach", {"Cinema.", "Beach."}),
        ("pick tea or coffee", {"Tea.", "Coffee."}),
    ],
)
def test_one_of_the_things_that_are_named_is_chosen(text: str, options: set[str]) -> None:
    assert answers(text, 60) == options


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("pick one of pizza, pasta or salad", {"Pizza.", "Pasta.", "Salad."}),
        (
            "Please choose between the cinema, the beach, and the blue sea.",
            {"Cinema.", "Beach.", "Blue sea."},
        ),
        ("choose between fish and chips, or pizza, please", {"Fish and chips.", "Pizza."}),
    ],
)
def test_commas_part_the_things_that_are_named(text: str, options: set[str]) -> None:
    assert {answer(text, seed=seed)[0] for seed in range(60)} == options


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("roll minus one dice", "I can't roll minus 1 dice."),
        ("roll -3 dice", "I can't roll minus 3 dice."),
        ("flip negative two coins", "I can't flip minus 2 coins."),
        ("flip a coin minus two times", "I can't flip minus 2 coins."),
        ("give me a random number up to zero", "There is no such number: I start at 1."),
        ("give me a random number below one", "There is no such number: I start at 1."),
    ],
)
def test_what_there_is_none_of_is_refused(text: str, refusal: str) -> None:
    assert answers(text, 20) == {refusal}


def test_a_sign_without_a_meaning_does_not_vanish() -> None:
    assert UNDERSTANDING.understand("roll a minus six sided die") is None


def test_a_limit_is_in_the_range_or_not_as_it_was_said() -> None:
    assert answers("give me a random number up to three", 60) == {"1.", "2.", "3."}
    assert answers("give me a random number below three", 60) == {"1.", "2."}


@pytest.mark.parametrize(
    "text",
    ["roll the window down", "when did they first toss a coin", "who won the coin toss", "play tumbling dice",
     "how do casinos make dice", "pick a card", "pick up the kids", "choose wisely", "add dice to my list",
     "roll 2 d 6 times 5 dice", "flip a house", "throw out the trash"],
)  # fmt: skip
def test_what_is_about_something_else_rolls_nothing(text: str) -> None:
    understood = UNDERSTANDING.understand(text)
    assert understood is None or understood.skill.name not in ("roll_dice", "flip_coin", "choose", "random_number")


def test_chance_changes_nothing() -> None:
    assert answer("flip a coin", doubtful=True)[1] == Outcome()
