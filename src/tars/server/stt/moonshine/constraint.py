"""The sentences as Moonshine may write them, token by token: what binds its search.

A state is a set of threads: what may be under way after the same text. A thread is between two words, inside the
written form of one, inside a number in digits, or inside an open slot. What each thread can do with which token is
worked out when the search first comes there, and kept: a step is then two look-ups.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
import numpy as np

from tars.server.brains.sentence_graph import SentenceGraph, State
from tars.server.stt.moonshine import spellings
from tars.server.stt.moonshine.search import Allowed
from tars.server.stt.moonshine.spellings import Words
from tars.server.stt.moonshine.threads import (
    LEADS,
    NUMBERS,
    Begun,
    Behind,
    Between,
    Inside,
    Number,
    Open,
    Thread,
    after,
    kind_of,
    numbers_behind,
    opened,
    punctuation_behind,
)
from tars.server.stt.moonshine.vocabulary import SPACE, Vocabulary

WORD_PRICE = 1.0
"""What a word in an open slot costs, in natural logarithms of probability.

Fitted on 17 sentences with open slots, 105 commands and 18 sentences from outside, by three synthetic voices. The
frames stay up to 2.0 (50 of 51; 45 at 3, 38 at 4). No command falls into an open slot from 1.0 on, nor in noise
at 8 dB (one does at 0.5)."""
_DEAREST = 4
"""Words of an open slot that a thread may be behind the cheapest one: further differences are not told apart."""
_KEPT = 3_000
"""States that are kept. A constraint that has seen more begins anew."""
KEPT_WAYS = 1_000
"""Threads whose ways are kept: some 5 MB. What is said again needs the states alone."""


Followers = tuple[Thread | Begun, ...] | list[Thread | Begun]
Ways = Mapping[int, Followers]
"""What a thread becomes by each token; what words begin to be is the same in every state."""


@attrs.define(eq=False)
class Spot:
    """A state of the search: threads with their prices, in words of open slots."""

    threads: Mapping[Thread, int]
    allowed: Allowed | None = None
    steps: dict[object, "Spot"] = attrs.field(factory=dict, repr=False)


class GrammarConstraint:
    """A `Constraint` that allows the sentences of a graph, in every way that Moonshine may write them."""

    def __init__(self, graph: SentenceGraph, vocabulary: Vocabulary, word_price: float = WORD_PRICE) -> None:
        self._vocabulary = vocabulary
        self._price = word_price
        self._spots: dict[frozenset[tuple[Thread, int]], Spot] = {}
        self._ways: dict[Thread, Ways] = {}
        self._start = self._spot({Between(graph.start, Behind.START): 0})
        self.allowed(self._start)

    @property
    def start(self) -> Spot:
        """See `Constraint`."""
        return self._start

    def allowed(self, spot: Spot) -> Allowed:
        """See `Constraint`."""
        if spot.allowed is None:
            spot.allowed = self._work_out(spot)
        return spot.allowed

    def final(self, spot: Spot) -> bool:
        """See `Constraint`."""
        return any(
            isinstance(thread, Between) and thread.state.complete and thread.behind not in LEADS
            for thread in spot.threads
        )

    def advance(self, spot: Spot, token: int) -> Spot:
        """See `Constraint`."""
        key: object = token
        follower = spot.steps.get(key)
        if follower is None and not any(token in self._ways_of(thread) for thread in spot.threads):
            key = token in self._vocabulary.starts  # all other words of an open slot lead to the same state
            follower = spot.steps.get(key)
        if follower is None:
            follower = spot.steps[key] = self._spot(self._follow(spot, token))
        return follower

    def visit(self, tokens: Iterable[int]) -> None:
        """Work out ahead of time what the search for a text would; the text may leave the constraint."""
        spot = self._start
        for token in tokens:
            ids = self.allowed(spot).ids
            if ids is None or token not in ids:
                return
            spot = self.advance(spot, token)
        self.allowed(spot)

    def paid(self, tokens: Sequence[int]) -> float:
        """Return the prices that the score of a text includes, 0 or less; 0 where it is no text of the constraint.

        They are for the search among sentences. A comparison with free words has to leave them out.
        """
        spot, paid = self._start, 0.0
        for token in tokens:
            allowed = self.allowed(spot)
            assert allowed.ids is not None, "a constraint lists what it allows"
            place = int(np.searchsorted(allowed.ids, token))
            if place == len(allowed.ids) or allowed.ids[place] != token:
                return 0.0
            paid += float(allowed.prices[place]) if isinstance(allowed.prices, np.ndarray) else allowed.prices
            spot = self.advance(spot, token)
        return paid

    def _spot(self, threads: Mapping[Thread, int]) -> Spot:
        least = min(threads.values())
        relative = {thread: min(price - least, _DEAREST) for thread, price in threads.items()}
        key = frozenset(relative.items())
        spot = self._spots.get(key)
        if spot is None:
            if len(self._spots) >= _KEPT:
                self._forget()
            spot = self._spots[key] = Spot(relative)
        return spot

    def _forget(self) -> None:
        """Drop all that was worked out; states that a search still holds stay good."""
        self._spots.clear()
        self._ways.clear()
        self._start.steps.clear()

    def _follow(self, spot: Spot, token: int) -> dict[Thread, int]:
        followers: dict[Thread, int] = {}
        for thread, price in spot.threads.items():
            for follower, more in self._followers(thread, token):
                followers[follower] = min(price + more, followers.get(follower, price + more))
        return followers

    def _followers(self, thread: Thread, token: int) -> Iterator[tuple[Thread, int]]:
        """The threads that one becomes by a token, each with its price in words."""
        for follower in self._ways_of(thread).get(token, ()):
            if isinstance(follower, Begun):
                assert isinstance(thread, Between), "words begin between words"
                follower = Inside(follower.rest, thread.state, follower.words, follower.then)
            if isinstance(follower, Inside) and not follower.rest:
                state = after(follower.state, follower.words)
                assert state is not None, "a form was offered for words that cannot follow"
                yield Between(state, follower.then), 0
            else:
                yield follower, 0
        starts = token in self._vocabulary.starts
        if isinstance(thread, Open) and not starts:
            yield thread, 0
            yield Between(thread.state, Behind.WORD), 0
        if starts and (slot := opened(thread)) is not None:
            yield Open(slot), 1
            yield Between(slot, Behind.WORD), 1

    def _work_out(self, spot: Spot) -> Allowed:
        prices: dict[int, int] = {}
        for thread, price in spot.threads.items():
            for token in self._ways_of(thread):
                prices[token] = min(price, prices.get(token, price))
        start = min((price + 1 for each, price in spot.threads.items() if opened(each) is not None), default=None)
        on = min((price for thread, price in spot.threads.items() if isinstance(thread, Open)), default=None)
        if start is None and on is None and not any(prices.values()):
            return Allowed(np.array(sorted(prices), np.int32))
        return self._wide(prices, start, on)

    def _wide(self, prices: Mapping[int, int], start: int | None, on: int | None) -> Allowed:
        """What is allowed where a word may be any: at different prices."""
        dearest = 2 * _DEAREST
        words = np.full(self._vocabulary.size, dearest, np.int8)
        if start is not None:
            words[self._vocabulary.starting] = start
        if on is not None:
            words[self._vocabulary.going_on] = on
        ids = np.fromiter(prices, np.int32, len(prices))
        words[ids] = np.minimum(words[ids], np.fromiter(prices.values(), np.int8, len(prices)))
        allowed = np.flatnonzero(words < dearest).astype(np.int32)
        return Allowed(allowed, -np.float32(self._price) * words[allowed].astype(np.float32))

    def _ways_of(self, thread: Thread) -> Ways:
        ways = self._ways.pop(thread, None)
        if ways is None:
            ways = self._make_ways(thread)
            if len(self._ways) >= KEPT_WAYS:
                del self._ways[next(iter(self._ways))]  # the one that was not asked for longest
        self._ways[thread] = ways
        return ways

    def _make_ways(self, thread: Thread) -> Ways:
        found: dict[int, Followers] = {}
        match thread:
            case Inside():
                self._add_form(found, thread)
            case Number():
                self._add_digits(found, thread)
            case Between(state=state, behind=behind):
                self._add_words(found, thread)
                for form in _forms_behind(state, behind):
                    self._add_form(found, form)
                pause = Behind.PAUSE if behind in NUMBERS else Behind.PUNCTUATION
                for sign in punctuation_behind(thread):
                    self._add(found, sign, Between(state, pause))
                if behind is Behind.LETTER and state.complete:  # elsewhere a point makes initials: "p. m"
                    self._add(found, ".", Between(state, Behind.END))
                for number in numbers_behind(state, behind):
                    self._add_digits(found, number)
        return found

    def _add_words(self, found: dict[int, Followers], thread: Between) -> None:
        if thread.behind is Behind.END or thread.behind in LEADS:
            return
        for words in _next_words(thread.state):
            for token, alone in self._vocabulary.begun(words, thread.behind):
                _join(found, token, alone)

    def _add_form(self, found: dict[int, Followers], form: Inside) -> None:
        for token, length in self._vocabulary.parts(form.rest):
            _join(found, token, (form._replace(rest=form.rest[length:]),))

    def _add_digits(self, found: dict[int, Followers], number: Number) -> None:
        for letter in "0123456789,.":
            longer = number.begun + letter
            if not number.digits.begins(longer):
                continue
            self._add(found, letter, number._replace(begun=number.digits.shape(longer)))
            if number.digits.accepts(longer):
                self._add(found, letter, Between(number.state, number.then or kind_of(longer)))

    def _add(self, found: dict[int, Followers], text: str, thread: Thread) -> None:
        if (token := self._vocabulary.token(text)) is not None:
            _join(found, token, (thread,))


def _join(found: dict[int, Followers], token: int, alone: tuple[Thread | Begun]) -> None:
    """Add a follower. Most tokens have one: such tuples are shared by all states, which saves 15 MB."""
    there = found.get(token)
    if there is None:
        found[token] = alone
    elif isinstance(there, list):
        there.extend(alone)
    else:
        found[token] = [*there, *alone]


def _next_words(state: State) -> Iterator[Words]:
    for word in state.words:
        yield (word,)
        for words in spellings.COMPOUNDS.get(word, ()):
            if state.after(words) is not None:
                yield words


def _forms_behind(state: State, behind: Behind) -> Iterator[Inside]:
    """What may be written next besides words: it depends on the state."""
    if behind is Behind.MINUS:
        yield Inside(SPACE, state, (), Behind.LEAD)
    if behind is Behind.END or behind in LEADS:
        return
    if state.digits and behind is not Behind.PAUSE:
        yield Inside(SPACE, state, (), Behind.LEAD)
        if any(numbers_behind(state, Behind.DOLLARS)):
            yield Inside(SPACE + "$", state, (), Behind.DOLLARS)
    if behind is Behind.HOUR:
        for form, words in spellings.minutes().items():
            if after(state, words) is not None:
                yield Inside(form, state, words, Behind.DIGITS)
