"""Patterns as places with words between them: what a graph of sentences is made of.

A list that many sentences refer to is a fragment of its own, with as few places as can be.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import attrs

from tars.server.brains.digits import Digits
from tars.server.brains.patterns import Either, Maybe, Pattern, Rule, Then, Word

DECORATION = " (mere decoration)"
"""Behind the name of a list: it decorates a sentence that is whole without it."""
WHOLE = ""
"""The name of the fragment that has the whole sentences."""


class Reached(NamedTuple):
    """What is reached from a place without a word."""

    stops: tuple[int, ...]
    """Places where a word may follow."""
    calls: tuple[tuple[str, int], ...]
    """Lists to go through, and where to come back."""
    ends: bool
    """Whether the fragment may be done."""


@attrs.define(eq=False)
class Fragment:
    """The places of one pattern, by number, with what leads from each to others."""

    words: list[list[tuple[str, int, bool]]] = attrs.field(factory=list)
    """(word, target, whether the word only decorates a sentence that is whole without it)."""
    empty: list[list[int]] = attrs.field(factory=list)
    """Targets that are reached without a word."""
    digits: dict[int, list[tuple[Digits, int]]] = attrs.field(factory=lambda: defaultdict(list))
    """Numbers in digits, each one word."""
    opens: dict[int, list[int]] = attrs.field(factory=lambda: defaultdict(list))
    """Targets behind any word at all."""
    calls: dict[int, list[tuple[str, int]]] = attrs.field(factory=lambda: defaultdict(list))
    """Lists to go through, and where to come back."""
    end: int = 0

    _reached: dict[int, Reached] = attrs.field(factory=dict)
    _valued: frozenset[int] | None = None

    def reached(self, number: int) -> Reached:
        """What is reached from a place without a word, inside the fragment."""
        known = self._reached.get(number)
        if known is None:
            known = self._reached[number] = self._reach(number)
        return known

    def _reach(self, start: int) -> Reached:
        seen = {start}
        todo = [start]
        while todo:
            fresh = [target for target in self.empty[todo.pop()] if target not in seen]
            seen.update(fresh)
            todo.extend(fresh)
        return Reached(
            # only places that have a word to try tell one set from another
            stops=tuple(sorted(number for number in seen if self.leads_on(number))),
            calls=tuple(call for number in sorted(seen) for call in self.calls.get(number, ())),
            ends=self.end in seen,
        )

    def leads_to_value(self, number: int) -> bool:
        """Whether a value may be said somewhere behind a place: of a list, in digits or in an open slot.

        Mere decoration is none.
        """
        if self._valued is None:
            self._valued = self._before_values()
        return number in self._valued

    def _before_values(self) -> frozenset[int]:
        before: dict[int, set[int]] = defaultdict(set)
        for number, (words, empty) in enumerate(zip(self.words, self.empty, strict=True)):
            for target in (*empty, *(target for _, target, idle in words if not idle)):
                before[target].add(number)
        valued = {number for number, calls in self.calls.items() if any(map(_is_value, calls))}
        todo = [*valued, *self.digits, *self.opens]
        valued.update(todo)
        while todo:
            fresh = before[todo.pop()] - valued
            valued |= fresh
            todo.extend(fresh)
        return frozenset(valued)

    def leads_on(self, number: int) -> bool:
        """Whether a word may follow at a place."""
        return bool(self.words[number]) or number in self.digits or number in self.opens

    def place(self) -> int:
        """Add a place; return its number."""
        self.words.append([])
        self.empty.append([])
        return len(self.words) - 1


def _is_value(call: tuple[str, int]) -> bool:
    return not call[0].endswith(DECORATION)


@attrs.define(eq=False)
class Builder:
    """Makes fragments of patterns."""

    rules: Mapping[str, Pattern]
    digits: Mapping[str, Digits]
    open_slots: frozenset[str]
    afterthoughts: frozenset[str]
    """Lists whose values are not worth waiting for."""
    fragments: dict[str, Fragment] = attrs.field(factory=dict)

    def fragment(self, name: str, pattern: Pattern) -> None:
        """Make the fragment for a pattern, and those that it refers to. Lists are compact: many call them."""
        fragment = self.fragments[name] = Fragment()
        start = fragment.place()
        if name == WHOLE:
            fragment.end = self._add(fragment, pattern, start, tail=True, idle=False)
        else:
            fragment.end = self._inline(fragment, name, pattern, start)
            self.fragments[name] = _Compactor(fragment, idle=name.endswith(DECORATION)).run()

    def _add(self, fragment: Fragment, pattern: Pattern, start: int, *, tail: bool, idle: bool) -> int:
        """Add a pattern from `start`; the place where it ends.

        `tail`: nothing that matters follows it in the sentence; `idle`: it does not matter itself.
        """
        match pattern:
            case Word(text):
                end = fragment.place()
                fragment.words[start].append((text, end, idle))
                return end
            case Rule(name):
                tail = tail and not self._has_value(pattern)
                return self._refer(fragment, name, start, tail=tail, idle=idle)
            case Then(items):
                for index, item in enumerate(items):
                    rest_idles = all(self._without_value(after) for after in items[index + 1 :])
                    start = self._add(fragment, item, start, tail=tail and rest_idles, idle=idle)
                return start
            case Either(items):
                end = fragment.place()
                for item in items:
                    fragment.empty[self._add(fragment, item, start, tail=tail, idle=idle)].append(end)
                return end
            case Maybe(item):
                idle = idle or (tail and self._without_value(pattern))
                end = self._add(fragment, Either((item,)), start, tail=tail, idle=idle)
                fragment.empty[start].append(end)
                return end

    def _refer(self, fragment: Fragment, name: str, start: int, *, tail: bool, idle: bool) -> int:
        if name in self.open_slots:
            return self._open(fragment, start)
        if tail and not idle:  # what matters in it depends on where it stands: it is written out
            return self._add(fragment, self._rule(name), start, tail=tail, idle=idle)
        if fragment is not self.fragments[WHOLE]:
            return self._inline(fragment, name, self._rule(name), start)
        called = name + DECORATION if idle else name
        if called not in self.fragments:
            self.fragment(called, self._rule(name))
        end = fragment.place()
        fragment.calls[start].append((called, end))
        return end

    def _inline(self, fragment: Fragment, name: str, pattern: Pattern, start: int) -> int:
        """Add a list, or a rule of one, in words and in digits."""
        begin = fragment.place()
        fragment.empty[start].append(begin)
        end = self._add(fragment, pattern, begin, tail=False, idle=False)
        if name in self.digits:
            fragment.digits[begin].append((self.digits[name], end))
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
        """Whether a pattern is options that carry no value: only words."""
        if isinstance(pattern, Then):
            return all(map(self._without_value, pattern.items))
        return isinstance(pattern, Maybe) and self._only_words(pattern.item)

    def _has_value(self, rule: Rule) -> bool:
        return rule.valued and rule.name not in self.afterthoughts

    def _only_words(self, pattern: Pattern) -> bool:
        match pattern:
            case Word():
                return True
            case Rule(name):
                return not self._has_value(pattern) and self._only_words(self._rule(name))
            case Then(items) | Either(items):
                return all(map(self._only_words, items))
            case Maybe(item):
                return self._only_words(item)


@attrs.define(eq=False)
class _Compactor:
    """Makes the same words with as few places as can be: one for each different future.

    For fragments without loops, calls and mere decoration.
    """

    loose: Fragment
    idle: bool
    """Whether all the words only decorate a sentence."""
    compact: Fragment = attrs.field(factory=Fragment)
    _places: dict[frozenset[int], int] = attrs.field(factory=dict)
    _by_future: dict[object, int] = attrs.field(factory=dict)

    def run(self) -> Fragment:
        """Return the compact fragment."""
        assert self.compact.place() == 0
        self.compact.end = self.compact.place()
        self.compact.empty[0].append(self._place(frozenset((0,))))
        return self.compact

    def _place(self, loose: frozenset[int]) -> int:
        """The compact place for being at several loose ones."""
        if loose not in self._places:
            reached = [self.loose.reached(number) for number in loose]
            words: dict[str, set[int]] = {}
            digits: dict[Digits, set[int]] = {}
            for stop in {stop for each in reached for stop in each.stops}:
                for word, target, _ in self.loose.words[stop]:
                    words.setdefault(word, set()).add(target)
                for kind, target in self.loose.digits.get(stop, ()):
                    digits.setdefault(kind, set()).add(target)
            word_edges = {word: self._place(frozenset(targets)) for word, targets in words.items()}
            digit_edges = {kind: self._place(frozenset(targets)) for kind, targets in digits.items()}
            ends = any(each.ends for each in reached)
            self._places[loose] = self._with_future(ends, word_edges, digit_edges)
        return self._places[loose]

    def _with_future(self, ends: bool, words: Mapping[str, int], digits: Mapping[Digits, int]) -> int:
        future = (ends, frozenset(words.items()), frozenset(digits.items()))
        if future not in self._by_future:
            number = self._by_future[future] = self.compact.place()
            self.compact.words[number] = [(word, target, self.idle) for word, target in sorted(words.items())]
            if digits:
                self.compact.digits[number] = list(digits.items())
            self.compact.empty[number] = [self.compact.end] if ends else []
        return self._by_future[future]
