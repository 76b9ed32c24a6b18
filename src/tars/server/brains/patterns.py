"""Word patterns: what the sentence templates become before they are a graph of words.

hassil's templates are about characters; recognition is about words. The one restriction this brings: brackets
of a template stand between words, never inside one (write "(mile|miles)", not "mile[s]").
"""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

import attrs
from hassil.expression import (
    Alternative,
    Expression,
    ListReference,
    Permutation,
    RuleReference,
    Sequence,
    TextChunk,
)
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from tars.server.brains.normalise import words_of

_BRACKETS = re.compile(r"[()\[\]{}<>|;\\]")


@attrs.frozen
class Word:
    """One word, as it is spoken and as it is written in a transcript."""

    text: str


@attrs.frozen
class Then:
    """One pattern after the other; empty: nothing."""

    items: tuple["Pattern", ...]


@attrs.frozen
class Either:
    """One pattern of several."""

    items: tuple["Pattern", ...]


@attrs.frozen
class Maybe:
    """A pattern that may be left out."""

    item: "Pattern"


@attrs.frozen
class Rule:
    """A pattern that has a name and stands elsewhere."""

    name: str
    valued: bool = False
    """Whether it stands for a list of the template, whose values mean something, and not for mere wording."""


Pattern = Word | Then | Either | Maybe | Rule


def from_template(template: str) -> Pattern:
    """The pattern of a hassil template; of an empty one, nothing at all.

    Raises `ValueError` with the template and what is wrong with it: a bracket inside a word, or left open.
    """
    if not _BRACKETS.search(template):  # hassil takes a hundred times as long, and there may be a thousand names
        return _words(template)
    try:
        return from_expression(parse_sentence(template).expression)
    except (ValueError, ParseError, AssertionError) as reason:
        raise ValueError(f"the template {template!r} cannot be read: {reason}") from reason


@lru_cache(maxsize=4096)
def _words(text: str) -> Pattern:
    """The words of a text, spelled as what is said will be."""
    return Then(tuple(map(Word, words_of(text))))


def from_expression(expression: Expression) -> Pattern:
    """The pattern of a parsed hassil template. `ValueError` where a bracket stands inside a word."""
    if isinstance(expression, TextChunk):
        return _words(expression.text)
    if isinstance(expression, ListReference):
        return Rule(expression.list_name, valued=True)
    if isinstance(expression, RuleReference):
        return Rule(expression.rule_name)
    if isinstance(expression, Alternative):
        choices = [from_expression(item) for item in expression.items]
        full = tuple(choice for choice in choices if choice != Then(()))
        either = full[0] if len(full) == 1 else Either(full)
        return Maybe(either) if expression.is_optional else either
    if isinstance(expression, Permutation):
        items = [from_expression(item) for item in expression.items]
        return Either(tuple(Then(order) for order in itertools.permutations(items)))
    if isinstance(expression, Sequence):
        _check_gaps(expression)
        return _join([from_expression(item) for item in expression.items])
    raise ValueError(f"a template contains {expression!r}, which has no word pattern")


def _join(items: list[Pattern]) -> Pattern:
    flat: list[Pattern] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Then) else (item,))
    return flat[0] if len(flat) == 1 else Then(tuple(flat))


def _check_gaps(sequence: Sequence) -> None:
    """A bracket glued to a word would be two words to the recogniser and one to the brain."""
    for before, after in itertools.pairwise(sequence.items):
        if isinstance(before, TextChunk) and not isinstance(after, TextChunk):
            glued = before.text != "" and not before.text[-1].isspace()
        elif isinstance(after, TextChunk):
            glued = after.text != "" and not after.text[0].isspace() and not _ends_in_space(before)
        else:
            glued = True
        if glued:
            raise ValueError(f"put a space between {before!r} and {after!r}: brackets stand between words")


def _ends_in_space(expression: Expression) -> bool:
    return isinstance(expression, TextChunk) and expression.text.endswith(" ")


def rules_in(pattern: Pattern) -> Iterator[str]:
    """The names of the rules that a pattern refers to, directly."""
    match pattern:
        case Rule(name):
            yield name
        case Then(items) | Either(items):
            for item in items:
                yield from rules_in(item)
        case Maybe(item):
            yield from rules_in(item)
        case Word():
            return
