"""Coins and dice."""

from tars.server.brains.skills.skill import Call, Reply, Skill

_MOST_DICE = 20
_MOST_SIDES = 1000


def _flip(call: Call) -> Reply:
    return Reply(call.rng.choice(("Heads.", "Tails.")))


def _roll(call: Call) -> Reply:
    count = int(call.number("count")) or int(call.number("dice_count")) or 1
    sides = int(call.number("sides")) or 6
    if sides < 2:
        return Reply(f"A die with {sides} side would be short on suspense.")
    if sides > _MOST_SIDES:
        return Reply(f"My dice have at most {_MOST_SIDES} sides. Beyond that it's a ball.")
    if count > _MOST_DICE:
        return Reply(f"I only have {_MOST_DICE} dice.")
    rolls = [call.rng.randint(1, sides) for _ in range(count)]
    if count == 1:
        return Reply(f"You rolled {rolls[0]}.")
    listed = f"{', '.join(map(str, rolls[:-1]))} and {rolls[-1]}"
    return Reply(f"{listed}. That makes {sum(rolls)}.")


FLIP_COIN = Skill(
    name="flip_coin",
    description="Flip a coin.",
    sentences=("(flip|toss|throw) (a|the) coin", "(heads or tails|coin flip|coin toss)"),
    handle=_flip,
)
ROLL_DICE = Skill(
    name="roll_dice",
    description="Roll one die or several, with any number of sides.",
    sentences=(
        "(roll|throw) (a|the|one) (die|dice)",
        "(roll|throw) [the|some] dice",
        "(roll|throw) {percentage:count} dice",
        "(roll|throw) a {percentage:sides} sided (die|dice)",
        "(roll|throw) {percentage:count} {percentage:sides} sided dice",
        "(roll|throw) (a|the) d {percentage:sides}",
    ),
    handle=_roll,
    loose=("roll {number:count} d {number:sides}", "roll a {number:sides} sided (die|dice)"),
)
CHANCE = (FLIP_COIN, ROLL_DICE)
