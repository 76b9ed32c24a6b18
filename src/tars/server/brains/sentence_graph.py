"""All the sentences of a pattern as a graph of words: is this one, may it go on, and with which words?

The graph is nondeterministic and small: a list that many sentences refer to stands in it once, and each sentence
goes there and comes back. The set of places behind a beginning of words is made at the first walk there, and kept.
So the size does not explode as it would in a deterministic automaton, and one list is replaced without the rest.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import attrs

from tars.server.brains.digits import Digits
from tars.server.brains.fragments import DECORATION, WHOLE, Builder
from tars.server.brains.patterns import Pattern

_KEPT = 20_000
"""Sets of places that are kept: some 20 MB. A graph that has seen more begins anew, which costs milliseconds."""
_ANY_WORD = "anything"
"""What a sample has in an open slot."""


class Place(NamedTuple):
    """A place in a fragment, and where it goes on when the fragment is done."""

    fragment: str
    number: int
    back: "Place | None" = None


Places = frozenset[Place]


@attrs.define(eq=False)
class State:
    """Everywhere that the same words may lead to."""

    graph: "SentenceGraph" = attrs.field(repr=False)
    places: Places = attrs.field(repr=False)
    complete: bool
    """The words so far are a whole sentence."""
    may_continue: bool
    """More words may follow that are worth waiting for: behind a whole sentence, those that bring a value."""
    words: Mapping[str, Places] = attrs.field(repr=False)
    """The words that may follow, and the places behind each."""
    digits: Mapping[Digits, Places] = attrs.field(repr=False)
    """The numbers in digits that may follow."""
    opens: Places = attrs.field(repr=False)
    """The places behind any other word; empty outside open slots."""

    def after(self, words: Iterable[str]) -> "State | None":
        """The state behind `words`, each one that the sentences name; None where there is none."""
        state = self
        for word in words:
            places = state.words.get(word)
            if places is None:
                return None
            state = self.graph.state(places)
        return state

    def step(self, word: str) -> "State | None":
        """The state behind a word of any kind: named, in digits, or in an open slot."""
        places = set(self.words.get(word, ())) | self.opens
        if word[0].isdigit():
            for digits, targets in self.digits.items():
                if digits.accepts(word):
                    places |= targets
        return self.graph.state(frozenset(places)) if places else None


class SentenceGraph:
    """The sentences of one pattern."""

    def __init__(
        self,
        pattern: Pattern,
        rules: Mapping[str, Pattern],
        *,
        digits: Mapping[str, Digits] | None = None,
        opens: Iterable[str] = (),
        afterthoughts: Iterable[str] = (),
    ) -> None:
        """`rules`: what the pattern refers to. `digits`: which of them may be written in digits, and how.
        `opens`: the names of open slots, which are no rules. `afterthoughts`: lists that count as mere wording
        when it is asked whether a whole sentence may go on."""
        builder = Builder(rules, digits or {}, frozenset(opens), frozenset(afterthoughts))
        self._fragments = builder.fragments
        builder.fragment(WHOLE, pattern)
        self._begin()

    def with_list(self, name: str, pattern: Pattern) -> "SentenceGraph":
        """The same sentences with another list called `name`; all else is shared."""
        other = SentenceGraph.__new__(SentenceGraph)
        builder = Builder({}, {}, frozenset(), frozenset(), {WHOLE: self._fragments[WHOLE]})
        builder.fragment(name, pattern)
        if name + DECORATION in self._fragments:
            builder.fragment(name + DECORATION, pattern)
        other._fragments = {**self._fragments, **builder.fragments}
        other._begin()
        return other

    def _begin(self) -> None:
        self._states: dict[Places, State] = {}
        self.start = self.state(frozenset((Place(WHOLE, 0),)))
        """Before the first word."""

    def walk(self, words: Iterable[str]) -> State | None:
        """Where the words lead; None where no sentence begins with them."""
        state: State | None = self.start
        for word in words:
            state = state and state.step(word)
        return state

    def sentence(self, choices: Iterator[int]) -> list[str]:
        """The words of the sentence that `choices` (any integers) lead to; numbers are in words."""
        said: list[str] = []
        state = self.start
        while True:
            ways = [
                *sorted(state.words),
                *([None] if state.complete else []),
                *([_ANY_WORD] if state.opens else []),
            ]
            word = ways[next(choices) % len(ways)]
            if word is None:
                return said
            said.append(word)
            state = self.state(state.words.get(word) or state.opens)

    def state(self, places: Places) -> State:
        """The state for being at `places`, with all that is reached from them without a word."""
        state = self._states.get(places)
        if state is None:
            if len(self._states) >= _KEPT:
                self._states.clear()
            closure = self._closure(places)
            state = self._states.get(closure) or self._make(closure)
            self._states[places] = self._states[closure] = state
        return state

    def _closure(self, places: Places) -> Places:
        seen: set[Place] = set()
        stops: set[Place] = set()
        todo = list(places)
        while todo:
            place = todo.pop()
            if place in seen:
                continue
            seen.add(place)
            name, number, back = place
            reached = self._fragments[name].reached(number)
            stops.update(Place(name, stop, back) for stop in reached.stops)
            todo.extend(Place(called, 0, Place(name, target, back)) for called, target in reached.calls)
            if reached.ends and back is not None:
                todo.append(back)
            elif reached.ends:
                stops.add(Place(name, self._fragments[name].end))
        return frozenset(stops)

    def _is_end(self, place: Place) -> bool:
        return place.back is None and place.number == self._fragments[place.fragment].end

    def _make(self, places: Places) -> State:
        words: dict[str, set[Place]] = {}
        digits: dict[Digits, set[Place]] = {}
        opens: set[Place] = set()
        matters = False
        for place in places:
            fragment = self._fragments[place.fragment]
            for word, target, idle in fragment.words[place.number]:
                words.setdefault(word, set()).add(Place(place.fragment, target, place.back))
                matters = matters or not (
                    idle or (place.fragment == WHOLE and not fragment.leads_to_value(target))
                )
            for kind, target in fragment.digits.get(place.number, ()):
                digits.setdefault(kind, set()).add(Place(place.fragment, target, place.back))
            opens.update(
                Place(place.fragment, target, place.back) for target in fragment.opens.get(place.number, ())
            )
        complete = any(map(self._is_end, places))
        return State(
            graph=self,
            places=places,
            complete=complete,
            may_continue=matters or bool(digits or opens) or (bool(words) and not complete),
            words=_shared(words),
            digits={kind: frozenset(targets) for kind, targets in digits.items()},
            opens=frozenset(opens),
        )


def _shared(words: Mapping[str, set[Place]]) -> dict[str, Places]:
    """The same, with one set for all words that lead to the same places: they are most of a state's memory."""
    sets: dict[Places, Places] = {}
    frozen = ((word, frozenset(targets)) for word, targets in words.items())
    return {word: sets.setdefault(places, places) for word, places in frozen}
