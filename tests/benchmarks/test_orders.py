import pytest

from benchmarks._orders import ORDER, right, slots_of


def test_an_order_is_taken_apart() -> None:
    said = "Can I have a medium, dark roast, single shot, iced coffee with lots of soy milk and some sugar?"
    assert slots_of(said) == {
        "size": "medium",
        "roast": "dark roast",
        "numberOfShots": "single shot",
        "coffeeDrink": "iced coffee",
        "milkAmount": "lots of soy milk",
        "sugarAmount": "some sugar",
    }


@pytest.mark.parametrize("size", ["16-ounce", "sixteen ounce", "16 ounce"])
def test_a_size_is_the_same_in_digits(size: str) -> None:
    assert slots_of(f"Brew a {size} latte") == {"size": "sixteen ounce", "coffeeDrink": "latte"}


def test_a_word_of_one_slot_is_no_value_of_another() -> None:
    said = "Can I get a medium roast single shot house coffee with a lot of skim milk?"
    assert slots_of(said) == {
        "roast": "medium roast",
        "numberOfShots": "single shot",
        "coffeeDrink": "house coffee",
        "milkAmount": "a lot of skim milk",
    }
    assert slots_of("Make me a large latte with cream and sweetener") == {
        "size": "large",
        "coffeeDrink": "latte",
        "milkAmount": "cream",
        "sugarAmount": "sweetener",
    }


def test_a_slot_too_many_is_as_wrong_as_one_that_is_missing() -> None:
    wanted = {"coffeeDrink": "mocha", "milkAmount": " soy milk"}
    assert right("Get me a mocha with soy milk.", wanted)
    assert not right("Get me a mocha.", wanted)
    assert not right("Get me a large mocha with soy milk.", wanted)
    assert not right("Get me a mocha with some soy milk.", wanted)


def test_the_grammar_has_every_value_that_a_slot_may_have() -> None:
    sentence = next(iter(ORDER.sentences))
    assert all(f"{{{name}}}" in sentence for name in ORDER.lists)
