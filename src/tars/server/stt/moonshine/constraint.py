"""The sentences as Moonshine may write them, token by token: what binds its search.

A state is a set of threads: what may be under way after the same text. A thread is between two words, inside the
written form of one, inside a number in digits, or inside an open slot. What each thread can do with which token is
worked out when the search first comes there, and kept: a step is then two look-ups.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import attrs
import numpy as np

from tars.server.brains.digits import Digits
from tars.server.brains.sentence_graph import SentenceGraph, State
from tars.server.stt.moonshine import spellings
from tars.server.stt.moonshine.search import Allowed, Ids
from tars.server.stt.moonshine.spellings import Needs, Words

WORD_PRICE = 1.0
"""What a word in an open slot costs, in natural logarithms of probability.

Fitted on 17 sentences with open slots, 105 commands and 18 sentences from outside, by three synthetic voices. The
frames stay up to 1.5 (50 of 51; 45 at 3, 38 at 4). No command falls into an open slot from 1.0 on, nor in noise
at 8 dB (one does at 0.5)."""
_DEAREST = 4
"""Words of an open slot that a thread may be behind the cheapest one: further differences are not told apart."""
_KEPT = 3_000
"""States that are kept. A constraint that has seen more begins anew."""
KEPT_WAYS = 2_000
"""Threads whose ways are kept: some 5 MB. What is said again needs the states alone."""
_MARKS = 259
"""Tokens before the pieces of text: marks, and single bytes."""
_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
_PUNCTUATION = ",.?!;"


class Behind(enum.Enum):
    """What stands before the next word. A number in digits needs no space behind a sign or a letter."""

    START = "nothing"
    WORD = "a word"
    NUMBER = "a word of a number"
    DIGITS = "a number in digits"
    HOUR = "a number in digits that may be the hour of a time"
    SIGN = "a sign"
    LETTER = "a single letter"
    END = "the end of the sentence"
    PUNCTUATION = "punctuation"
    PAUSE = "punctuation behind a number: it keeps the number from another, so that none can follow"
    MINUS = "a minus sign: a number in digits follows, perhaps behind a space"
    DOLLARS = "a dollar sign: a number in digits follows"
    LEAD = "what only a number in digits can follow"


class Between(NamedTuple):
    """Between two words."""

    state: State
    behind: Behind


class Inside(NamedTuple):
    """Inside the written form of `words`, of which `rest` is still to come."""

    rest: str
    state: State
    """Before the words."""
    words: Words
    then: Behind


class Number(NamedTuple):
    """Inside a number in digits."""

    begun: str
    digits: Digits
    state: State
    """Behind the number and its unit."""
    then: Behind | None
    """What the number is when it is done; None: what its digits make of it."""


class Open(NamedTuple):
    """Inside a word of an open slot."""

    state: State
    """Behind the word."""


Thread = Between | Inside | Number | Open
Ways = Mapping[int, tuple[Thread, ...]]


class Vocabulary:
    """The tokens by what they add to a text."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._ids: dict[str, int] = {}
        self._parts: dict[str, tuple[tuple[int, int], ...]] = {}
        starting: list[int] = []
        going_on: list[int] = []
        for token, piece in enumerate(pieces[_MARKS:], start=_MARKS):
            text = piece.decode(errors="replace")
            self._ids[text] = token
            if _is_of_words(text):
                (starting if text.startswith(_SPACE) else going_on).append(token)
        self.starting: Ids = np.array(starting, np.int32)
        """The tokens that begin a word, whatever it is."""
        self.going_on: Ids = np.array(going_on, np.int32)
        """The tokens that go on with a word, or end it with punctuation."""
        self.starts = frozenset(starting)
        self.size = len(pieces)

    def token(self, text: str) -> int | None:
        """The token that is exactly `text`."""
        return self._ids.get(text)

    def parts(self, text: str) -> tuple[tuple[int, int], ...]:
        """The tokens that `text` may begin with, each with its length."""
        parts = self._parts.get(text)
        if parts is None:
            found = ((self._ids.get(text[:length]), length) for length in range(1, len(text) + 1))
            parts = self._parts[text] = tuple((token, length) for token, length in found if token is not None)
        return parts


def _is_of_words(text: str) -> bool:
    letters = text.removeprefix(_SPACE)
    return all(letter.isalnum() or letter in "'’,.?!-:%" for letter in letters) and len(letters) < 30


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
            isinstance(thread, Between) and thread.state.complete and thread.behind not in _LEADS
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
            if isinstance(follower, Inside) and not follower.rest:
                state = _after(follower.state, follower.words)
                assert state is not None, "a form was offered for words that cannot follow"
                yield Between(state, follower.then), 0
            else:
                yield follower, 0
        starts = token in self._vocabulary.starts
        if isinstance(thread, Open) and not starts:
            yield thread, 0
            yield Between(thread.state, Behind.WORD), 0
        if starts and (opened := _opened(thread)) is not None:
            yield Open(opened), 1
            yield Between(opened, Behind.WORD), 1

    def _work_out(self, spot: Spot) -> Allowed:
        prices: dict[int, int] = {}
        for thread, price in spot.threads.items():
            for token in self._ways_of(thread):
                prices[token] = min(price, prices.get(token, price))
        start = min((price + 1 for each, price in spot.threads.items() if _opened(each) is not None), default=None)
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
        found: dict[int, list[Thread]] = {}
        match thread:
            case Inside():
                self._add_form(found, thread)
            case Number():
                self._add_digits(found, thread)
            case Between(state=state, behind=behind):
                for form in _forms_behind(state, behind):
                    self._add_form(found, form)
                pause = Behind.PAUSE if behind in _NUMBERS else Behind.PUNCTUATION
                for sign in _punctuation_behind(thread):
                    self._add(found, sign, Between(state, pause))
                if behind is Behind.LETTER and state.complete:  # elsewhere a point makes initials: "p. m"
                    self._add(found, ".", Between(state, Behind.END))
                for number in _numbers_behind(state, behind):
                    self._add_digits(found, number)
        return {token: tuple(threads) for token, threads in found.items()}

    def _add_form(self, found: dict[int, list[Thread]], form: Inside) -> None:
        for token, length in self._vocabulary.parts(form.rest):
            found.setdefault(token, []).append(form._replace(rest=form.rest[length:]))

    def _add_digits(self, found: dict[int, list[Thread]], number: Number) -> None:
        for letter in "0123456789,.":
            longer = number.begun + letter
            if not number.digits.begins(longer):
                continue
            self._add(found, letter, number._replace(begun=number.digits.shape(longer)))
            if number.digits.accepts(longer):
                self._add(found, letter, Between(number.state, number.then or _kind(longer)))

    def _add(self, found: dict[int, list[Thread]], text: str, thread: Thread) -> None:
        if (token := self._vocabulary.token(text)) is not None:
            found.setdefault(token, []).append(thread)


_LEADS = (Behind.LEAD, Behind.MINUS, Behind.DOLLARS)
_NUMBERS = (Behind.NUMBER, Behind.DIGITS, Behind.HOUR)


def _kind(digits: str) -> Behind:
    return Behind.HOUR if digits.isdigit() and int(digits) <= 24 else Behind.DIGITS


def _punctuation_behind(thread: Between) -> str:
    state = thread.state
    match thread.behind:
        case Behind.WORD | Behind.SIGN:
            return ",.?!;"
        case Behind.LETTER:
            return ",?!;"
        case Behind.NUMBER | Behind.DIGITS | Behind.HOUR:
            goes_on = any(not spellings.is_numeric(word, (word,)) for word in state.words)
            signs = ",.?!" if thread.behind is Behind.NUMBER else ",.?"  # "5!" is a factorial
            return signs if goes_on or state.complete else ""
        case _:
            return ""


def _numbers_behind(state: State, behind: Behind) -> Iterator[Number]:
    """The numbers in digits that may come right now, with no space before them."""
    if behind not in (Behind.SIGN, Behind.LETTER, *_LEADS):
        return
    for digits, places in state.digits.items():
        after = state.graph.state(places)
        if behind is not Behind.DOLLARS:
            yield Number("", digits, after, None)
        elif (paid := after.after(("dollars",))) is not None:
            yield Number("", digits, paid, Behind.WORD)


def _opened(thread: Thread) -> State | None:
    """The state behind one more word of an open slot, where the thread is before one."""
    if isinstance(thread, Between) and thread.state.opens and thread.behind not in _LEADS:
        return thread.state.graph.state(thread.state.opens)
    return None


def _forms_behind(state: State, behind: Behind) -> Iterator[Inside]:
    """All that may be written next: what stands between the words, and the form."""
    if behind is Behind.END:
        return
    if behind in _LEADS:
        if behind is Behind.MINUS:
            yield Inside(_SPACE, state, (), Behind.LEAD)
        return
    for words in _next_words(state):
        for form in spellings.forms(words):
            numeric = spellings.is_numeric(form, words)
            if (behind is Behind.PAUSE and numeric) or not _fits(spellings.needs(form, words), behind):
                continue
            then = _then(form, words, numeric=numeric)
            for joined in _joined(form, words, behind):
                yield Inside(joined, state, words, then)
                if then is Behind.SIGN and spellings.is_sign(form):  # "%." is one token
                    for sign in ",.?":
                        yield Inside(joined + sign, state, words, Behind.PUNCTUATION)
    if state.digits and behind is not Behind.PAUSE:
        yield Inside(_SPACE, state, (), Behind.LEAD)
        if any(_numbers_behind(state, Behind.DOLLARS)):
            yield Inside(_SPACE + "$", state, (), Behind.DOLLARS)
    if behind is Behind.HOUR:
        for form, words in spellings.minutes().items():
            if _after(state, words) is not None:
                yield Inside(form, state, words, Behind.DIGITS)


def _fits(needs: Needs | None, behind: Behind) -> bool:
    match needs:
        case Needs.NUMBER:
            return behind in _NUMBERS
        case Needs.DIGITS:
            return behind in (Behind.DIGITS, Behind.HOUR)
        case _:
            return True


def _then(form: str, words: Words, *, numeric: bool) -> Behind:
    if spellings.needs(form, words) is Needs.DIGITS_BEHIND:
        return Behind.MINUS
    if spellings.is_sign(form):
        return Behind.SIGN
    if len(form) == 1 and form.isalpha():
        return Behind.LETTER
    return Behind.NUMBER if numeric else Behind.WORD


def _joined(form: str, words: Words, behind: Behind) -> Iterator[str]:
    """A form with what stands between it and the words before."""
    form = form.replace(" ", _SPACE)
    yield _SPACE + form
    behind_digits = behind in (Behind.DIGITS, Behind.HOUR)
    if behind_digits and spellings.glued(form, words):
        yield form
    if (behind_digits or behind is Behind.NUMBER) and spellings.hyphened(form, words, behind_digits=behind_digits):
        yield f"-{form}"


def _next_words(state: State) -> Iterator[Words]:
    for word in state.words:
        yield (word,)
        for words in spellings.COMPOUNDS.get(word, ()):
            if state.after(words) is not None:
                yield words


def _after(state: State, words: Words) -> State | None:
    """The state behind words that the sentences name, or that are digits where they have a number."""
    behind: State | None = state
    for word in words:
        behind = behind and (behind.step(word) if word.isdigit() else behind.after((word,)))
    return behind
