"""What a skill is: one thing that TARS can do, as a definition.

A definition stands for itself, without the brain that uses it: the offline brain matches its sentences, the
recogniser listens for them, and a language model's brain may offer it as a tool.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import attrs

from tars.server.brains.brain import Outcome, Request

Value = Fraction | int | str


@attrs.frozen
class Call:
    """One use of a skill."""

    request: Request
    slots: Mapping[str, Value]
    """What was said in the places that the sentence leaves open, by name."""
    rng: random.Random
    """Where chance comes from: for dice, and for the choice between several wordings."""
    said: tuple[str, ...] = ()
    """What TARS said on this device in the last day."""

    @property
    def humor(self) -> int:
        """How funny TARS may be with this device, in percent."""
        return self.request.settings["humor"]

    def exact(self, slot: str, default: int = 0) -> Fraction:
        """The number in `slot`."""
        return Fraction(self.slots.get(slot, default))

    def number(self, slot: str) -> float:
        """The number in `slot`, where a float is near enough; 0 where nothing was said."""
        return float(self.exact(slot))

    def word(self, slot: str, default: str = "") -> str:
        """The word in `slot`."""
        return str(self.slots.get(slot, default))

    def with_slots(self, slots: Mapping[str, Value]) -> "Call":
        """The same call with other things said."""
        return attrs.evolve(self, slots=slots)

    def with_setting(self, name: str, percent: int) -> "Call":
        """The same call as it would be with a setting changed."""
        settings = {**self.request.settings, name: percent}
        return attrs.evolve(self, request=attrs.evolve(self.request, settings=settings))

    def unsaid(self, wordings: Sequence[str]) -> list[str]:
        """Those of the wordings that this device has not heard in the last day."""
        return [wording for wording in wordings if not any(wording in reply for reply in self.said)]

    def line(self, *plain: str, dry: tuple[str, ...] = ()) -> str:
        """One of several wordings; the dry ones as often as the humor setting says, and each once a day."""
        if dry and self.rng.random() * 100 < self.humor and (fresh := self.unsaid(dry)):
            return self.rng.choice(fresh)
        return self.rng.choice(plain)


@attrs.frozen
class Reply:
    """What a skill answers."""

    text: str
    outcome: Outcome = attrs.field(factory=Outcome)


@attrs.frozen
class Skill:
    """One thing that TARS can do."""

    name: str
    """In snake case, unique."""
    description: str
    """For the person who asks what TARS can do, and for a language model that may call it."""
    sentences: tuple[str, ...]
    """hassil templates; brackets stand between words. American spelling, numbers as {number} and its kin."""
    handle: Callable[[Call], Reply]
    lists: Mapping[str, Mapping[str, Value]] = attrs.field(factory=dict)
    """Lists that the sentences refer to: what is said (a template) → what the handler gets."""
    confirm: Callable[[Call], str] | None = None
    """For a skill that changes something or ends the session: the question, of some four words, that a doubtful
    command is answered with ("Volume thirty percent?")."""
    ends: bool = False
    """Whether it ends the session."""
    rare: bool = False
    """Whether people seldom say it to a device, though they may: the ears want to hear it better than what is said
    every day, where the words could be either."""
    loose: tuple[str, ...] = ()
    """Templates for the brain alone, with {anything}: too wide to listen for."""
    parse: Callable[[Sequence[str]], Mapping[str, Value] | None] | None = None
    """For what no finite list of templates can say, such as sums: reads the words of a whole sentence, as
    `words_of` gives them, and returns the slots; None where the sentence is not of this skill. The brain asks
    `parse` instead of matching `sentences`, which then are for the recogniser alone; `parse` reads them all."""
    afterthoughts: tuple[str, ...] = ()
    """Those of its lists whose values people say in one breath with a question that is common without them: "what
    time is it" is answered at once, and not after the pause that "in Tokyo" could follow."""
    names: tuple[str, ...] = ()
    """Lists that the sentences refer to and whose values are known at run time only: rooms, devices, timers."""
