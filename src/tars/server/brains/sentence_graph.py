"""All the sentences of a pattern as a graph of words: is this one, may it go on, and with which words?

The graph is nondeterministic and small: a list that many sentences refer to stands in it once, and each sentence
goes there and comes back. The set of places behind a beginning of words is made at the first walk there, and kept.
So the size does not explode as it would in a deterministic automaton, and one list is replaced without the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import attrs

from tars.server.brains.digits import Digits
from tars.server.brains.patterns import Either, Maybe, Pattern, Rule, Then, Word

_KEPT = 20_000
"""Sets of places that are kept: some 20 MB. A graph that has seen more begins anew, which costs milliseconds."""
_ANY_WORD = "anything"
"""What a sample has in an open slot."""


@attrs.define(eq=False)
class Fragment:
    """The places of one pattern, by number, with what leads from each to others."""

    words: list[list[tuple[str, int, bool]]] = attrs.field(factory=list)
    """(word, target, whether the word only decorates a sentence that is whole without it)."""
    digits: list[list[tuple[Digits, int]]] = attrs.field(factory=list)
    """Numbers in digits, each one word."""
    opens: list[list[int]] = attrs.field(factory=list)
    """Targets behind any word at all."""
    calls: list[list[tuple[str, int]]] = attrs.field(factory=list)
    """Lists to go through, and where to come back."""
    empty: list[list[int]] = attrs.field(factory=list)
    """Targets that are reached without a word."""
    end: int = 0

    def place(self) -> int:
        """Add a place; return its number."""
        for edges in (self.words, self.digits, self.opens, self.calls, self.empty):
            edges.append([])
        return len(self.words) - 1


class Place(NamedTuple):
    """A place in a fragment, and where it goes on when the fragment is done."""

    fragment: str
    number: int
    back: "Place | None" = None


Places = frozenset[Place]
WHOLE = ""
"""The name of the fragment that has the whole sentences."""


@attrs.define(eq=False)
class State:
    """Everywhere that the same words may lead to."""

    graph: "SentenceGraph" = attrs.field(repr=False)
    places: Places = attrs.field(repr=False)
    complete: bool
    """The words so far are a whole sentence."""
    may_continue: bool
    """More words may follow that matter."""
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
    ) -> None:
        """`rules`: what the pattern refers to. `digits`: which of them may be written in digits, and how.
        `opens`: the names of open slots, which are no rules."""
        builder = _Builder(rules, digits or {}, frozenset(opens))
        self._fragments = builder.fragments
        builder.fragment(WHOLE, pattern)
        self._begin()

    def with_list(self, name: str, pattern: Pattern) -> "SentenceGraph":
        """The same sentences with another list called `name`; all else is shared."""
        other = SentenceGraph.__new__(SentenceGraph)
        builder = _Builder({}, {}, frozenset())
        builder.fragment(name, pattern)
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
        seen = set(places)
        todo = list(places)
        while todo:
            place = todo.pop()
            fragment, back = self._fragments[place.fragment], place.back
            reached = [Place(place.fragment, target, back) for target in fragment.empty[place.number]]
            reached += [
                Place(name, 0, Place(place.fragment, target, back))
                for name, target in fragment.calls[place.number]
            ]
            if place.number == fragment.end and back is not None:
                reached.append(back)
            todo.extend(other for other in reached if other not in seen)
            seen.update(reached)
        return frozenset(place for place in seen if self._counts(place))

    def _counts(self, place: Place) -> bool:
        """Whether a place has a word to try, or is the end: no other tells one set from another."""
        fragment, number = self._fragments[place.fragment], place.number
        leads_on = fragment.words[number] or fragment.digits[number] or fragment.opens[number]
        return bool(leads_on) or self._is_end(place)

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
                matters = matters or not idle
            for kind, target in fragment.digits[place.number]:
                digits.setdefault(kind, set()).add(Place(place.fragment, target, place.back))
            opens.update(Place(place.fragment, target, place.back) for target in fragment.opens[place.number])
        complete = any(map(self._is_end, places))
        return State(
            graph=self,
            places=places,
            complete=complete,
            may_continue=matters or bool(digits or opens) or (bool(words) and not complete),
            words={word: frozenset(targets) for word, targets in words.items()},
            digits={kind: frozenset(targets) for kind, targets in digits.items()},
            opens=frozenset(opens),
        )


@attrs.define(eq=False)
class _Builder:
    """Makes fragments of patterns."""

    rules: Mapping[str, Pattern]
    digits: Mapping[str, Digits]
    open_slots: frozenset[str]
    fragments: dict[str, Fragment] = attrs.field(factory=dict)

    def fragment(self, name: str, pattern: Pattern) -> None:
        """Make the fragment for a pattern, and those that it refers to."""
        fragment = self.fragments[name] = Fragment()
        start = fragment.place()
        fragment.end = self._add(fragment, pattern, start, tail=name == WHOLE, idle=False)
        if name in self.digits:
            fragment.digits[start].append((self.digits[name], fragment.end))

    def _add(self, fragment: Fragment, pattern: Pattern, start: int, *, tail: bool, idle: bool) -> int:
        """Add a pattern from `start`; the place where it ends.

        `tail`: nothing that matters follows it in the sentence; `idle`: it does not matter itself.
        """
        match pattern:
            case Word(text):
                end = fragment.place()
                fragment.words[start].append((text, end, idle))
                return end
            case Rule(name, valued):
                return self._refer(fragment, name, start, tail=tail and not valued, idle=idle)
            case Then(items):
                for index, item in enumerate(items):
                    rest_idles = all(self._without_value(after) for after in items[index + 1 :])
                    start = self._add(fragment, item, start, tail=tail and rest_idles, idle=idle)
                return start
            case Either(items):
                end = fragment.place()
                for item in items:
                    branch = fragment.place()
                    fragment.empty[start].append(branch)
                    fragment.empty[self._add(fragment, item, branch, tail=tail, idle=idle)].append(end)
                return end
            case Maybe(item):
                idle = idle or (tail and self._without_value(pattern))
                end = self._add(fragment, Either((item,)), start, tail=tail, idle=idle)
                fragment.empty[start].append(end)
                return end

    def _refer(self, fragment: Fragment, name: str, start: int, *, tail: bool, idle: bool) -> int:
        if name in self.open_slots:
            return self._open(fragment, start)
        if tail or idle:  # what matters in it depends on where it stands: it is written out
            return self._add(fragment, self._rule(name), start, tail=tail, idle=idle)
        if name not in self.fragments:
            self.fragment(name, self._rule(name))
        end = fragment.place()
        fragment.calls[start].append((name, end))
        return end

    def _open(self, fragment: Fragment, start: int) -> int:
        """One word or several, whatever they are."""
        inside, end = fragment.place(), fragment.place()
        fragment.opens[start].append(inside)
        fragment.opens[inside].append(inside)
        fragment.empty[inside].append(end)
        return end

    def _rule(self, name: str) -> Pattern:
        if name not in self.rules:
            raise ValueError(
                f"a sentence refers to {name!r}, which is no list; define it among the lists of a skill"
            )
        return self.rules[name]

    def _without_value(self, pattern: Pattern) -> bool:
        """Whether a pattern is an option that carries no value: only words."""
        return isinstance(pattern, Maybe) and self._only_words(pattern.item)

    def _only_words(self, pattern: Pattern) -> bool:
        match pattern:
            case Word():
                return True
            case Rule(name, valued):
                return not valued and self._only_words(self._rule(name))
            case Then(items) | Either(items):
                return all(map(self._only_words, items))
            case Maybe(item):
                return self._only_words(item)


def words_pattern(words: Sequence[str]) -> Pattern:
    """The pattern of some words, one after the other."""
    return Then(tuple(map(Word, words)))
