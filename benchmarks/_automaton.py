"""The smallest finite automaton over words that knows all the sentences: pocketsphinx searches it.

Patterns have no loops, so the automaton has none either: it is made deterministic, and then minimal from its
ends backwards. Few states matter most to the recogniser, whose work grows with the words it has to try at once.
"""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from tars.server.brains.grammar import GrammarSpec, lists_of
from tars.server.brains.patterns import Either, Maybe, Pattern, Rule, Then, Word, from_template, rules_in


@attrs.frozen
class State:
    """A place in a sentence."""

    complete: bool
    """The words so far are a whole sentence."""
    may_continue: bool
    """More words may follow that matter."""
    steps: Mapping[str, int]
    """The state after each word that may follow, by its number."""


class Automaton:
    """All the sentences of one pattern."""

    def __init__(
        self, pattern: Pattern, rules: Mapping[str, Pattern], afterthoughts: frozenset[str] = frozenset()
    ) -> None:
        self.states, self.start = _minimal(*_deterministic(_Net(pattern, rules, afterthoughts)))

    def walk(self, words: Iterable[str]) -> State | None:
        """Where the words lead; None where no sentence begins with them."""
        state = self.states[self.start]
        for word in words:
            step = state.steps.get(word)
            if step is None:
                return None
            state = self.states[step]
        return state

    def sentence(self, choices: Iterator[int]) -> list[str]:
        """The words of the sentence that `choices` (any integers) lead to."""
        said: list[str] = []
        state = self.states[self.start]
        while True:
            ways = sorted(state.steps)
            pick = next(choices) % (len(ways) + state.complete)
            if pick == len(ways):
                return said
            said.append(ways[pick])
            state = self.states[state.steps[ways[pick]]]


def automaton_of(spec: GrammarSpec) -> Automaton:
    """The sentences in words alone, without hotword and digits; those with open slots have no such form."""
    texts = [from_template(text) for texts in spec.sentences.values() for text in texts]
    sentences = Either(tuple(each for each in texts if spec.open_slots.isdisjoint(rules_in(each))))
    whole = Then((from_template(spec.front), sentences, from_template(spec.back)))
    return Automaton(whole, lists_of(spec), spec.afterthoughts)


class _Net:
    """The nondeterministic automaton: a pattern's words as edges between numbered states."""

    def __init__(self, pattern: Pattern, rules: Mapping[str, Pattern], afterthoughts: frozenset[str]) -> None:
        self.words: list[list[tuple[str, int, bool]]] = []
        """By state: (word, target, whether the word only decorates a sentence that is whole without it)."""
        self.empty: list[list[int]] = []
        """By state: the states that are reached without a word."""
        self._rules, self._afterthoughts = rules, afterthoughts
        self.start = self._state()
        self.end = self._add(pattern, self.start, tail=True, idle=False)

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        """The states with all that are reached from them without a word."""
        seen = set(states)
        todo = list(seen)
        while todo:
            for target in self.empty[todo.pop()]:
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        # only states that have a word to try, and the end, tell one set from another
        return frozenset(state for state in seen if self.words[state] or state == self.end)

    def _state(self) -> int:
        self.words.append([])
        self.empty.append([])
        return len(self.words) - 1

    def _add(self, pattern: Pattern, start: int, *, tail: bool, idle: bool) -> int:
        """Add a pattern from `start`; the state where it ends.

        `tail`: nothing that matters follows it in the sentence; `idle`: it does not matter itself.
        """
        match pattern:
            case Word(text):
                end = self._state()
                self.words[start].append((text, end, idle))
                return end
            case Rule(name):
                return self._add(self._rules[name], start, tail=tail and not self._has_value(pattern), idle=idle)
            case Then(items):
                for index, item in enumerate(items):
                    rest_idles = all(self._without_value(after) for after in items[index + 1 :])
                    start = self._add(item, start, tail=tail and rest_idles, idle=idle)
                return start
            case Either(items):
                end = self._state()
                for item in items:
                    branch = self._state()
                    self.empty[start].append(branch)
                    self.empty[self._add(item, branch, tail=tail, idle=idle)].append(end)
                return end
            case Maybe(item):
                end = self._add(
                    Either((item,)), start, tail=tail, idle=idle or (tail and self._without_value(pattern))
                )
                self.empty[start].append(end)
                return end

    def _without_value(self, pattern: Pattern) -> bool:
        """Whether a pattern is an option that carries no value: only words."""
        return isinstance(pattern, Maybe) and self._only_words(pattern.item)

    def _has_value(self, rule: Rule) -> bool:
        return rule.valued and rule.name not in self._afterthoughts

    def _only_words(self, pattern: Pattern) -> bool:
        match pattern:
            case Word():
                return True
            case Rule(name):
                return not self._has_value(pattern) and self._only_words(self._rules[name])
            case Then(items) | Either(items):
                return all(map(self._only_words, items))
            case Maybe(item):
                return self._only_words(item)


def _deterministic(net: _Net) -> tuple[list[State], int]:
    """The subset construction: a state for each set of places where one may be after the same words."""
    start = net.closure([net.start])
    numbers = {start: 0}
    todo = [start]
    states: list[State] = []
    for subset in todo:  # which grows as it goes
        targets: dict[str, set[int]] = {}
        matters = False
        for state in subset:
            for word, target, idle in net.words[state]:
                targets.setdefault(word, set()).add(target)
                matters = matters or not idle
        steps: dict[str, int] = {}
        for word, reached in targets.items():
            follower = net.closure(reached)
            if follower not in numbers:
                numbers[follower] = len(numbers)
                todo.append(follower)
            steps[word] = numbers[follower]
        complete = net.end in subset
        states.append(State(complete, matters if complete else bool(targets), steps))
    return states, 0


def _minimal(states: list[State], start: int) -> tuple[list[State], int]:
    """The same sentences with as few states as can be: those with the same future become one."""
    numbers: dict[tuple[bool, bool, tuple[tuple[str, int], ...]], int] = {}
    new: dict[int, int] = {}
    small: list[State] = []
    for old in _followers_first(states, start):
        state = states[old]
        steps = {word: new[target] for word, target in state.steps.items()}
        future = (state.complete, state.may_continue, tuple(sorted(steps.items())))
        if future not in numbers:
            numbers[future] = len(small)
            small.append(attrs.evolve(state, steps=steps))
        new[old] = numbers[future]
    return small, new[start]


def _followers_first(states: list[State], start: int) -> Iterator[int]:
    """Every state, each after all that it leads to."""
    done: set[int] = set()
    todo = [start]
    while todo:
        state = todo[-1]
        missing = [target for target in states[state].steps.values() if target not in done]
        if missing:
            todo.extend(missing)
            continue
        todo.pop()
        if state not in done:
            done.add(state)
            yield state
