"""Where a search may be inside a sentence as Moonshine writes it. Pure.

A thread is between two words, inside the written form of one, inside a number in digits, or inside an open slot.
"""

import enum
from collections.abc import Iterator
from typing import NamedTuple

from tars.server.brains.digits import Digits
from tars.server.brains.sentence_graph import State
from tars.server.stt.moonshine import spellings
from tars.server.stt.moonshine.spellings import Words


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


class Begun(NamedTuple):
    """Inside the written form of `words`, whatever the state before them."""

    rest: str
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

LEADS = (Behind.LEAD, Behind.MINUS, Behind.DOLLARS)
NUMBERS = (Behind.NUMBER, Behind.DIGITS, Behind.HOUR)


def kind_of(digits: str) -> Behind:
    """What a number in digits is when it is done."""
    return Behind.HOUR if digits.isdigit() and int(digits) <= 24 else Behind.DIGITS


def punctuation_behind(thread: Between) -> str:
    """The signs that may follow the last word."""
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


def numbers_behind(state: State, behind: Behind) -> Iterator[Number]:
    """The numbers in digits that may come right now, with no space before them."""
    if behind not in (Behind.SIGN, Behind.LETTER, *LEADS):
        return
    for digits, places in state.digits.items():
        after = state.graph.state(places)
        if behind is not Behind.DOLLARS:
            yield Number("", digits, after, None)
        elif (paid := after.after(("dollars",))) is not None:
            yield Number("", digits, paid, Behind.WORD)


def opened(thread: Thread) -> State | None:
    """The state behind one more word of an open slot, where the thread is before one."""
    if isinstance(thread, Between) and thread.state.opens and thread.behind not in LEADS:
        return thread.state.graph.state(thread.state.opens)
    return None


def after(state: State, words: Words) -> State | None:
    """The state behind words that the sentences name, or that are digits where they have a number."""
    behind: State | None = state
    for word in words:
        behind = behind and (behind.step(word) if word.isdigit() else behind.after((word,)))
    return behind
