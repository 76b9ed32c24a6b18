"""Sets of sentences that people typed, each with what it asks for, and how a brain took them."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import attrs

TEST_SPLIT = "test"
"""Not for looking at: what is mended after a look at it can never be measured with it again."""
SPLITS = ("train", "val")
OUTSIDE = "oos"
"""What the set calls sentences of no intent."""


@attrs.frozen
class Sentence:
    """One sentence of a set."""

    text: str
    intent: str
    """In the set's words."""


@attrs.frozen
class Taken:
    """How the sentences of one intent were taken."""

    right: int = 0
    """By a skill that answers what was asked."""
    other: int = 0
    """By a skill that answers something else: a wrong answer, told with confidence."""
    refused: int = 0
    """Understood as something that TARS cannot do, and said so."""
    unknown: int = 0
    """Not understood."""

    @property
    def count(self) -> int:
        """All of them."""
        return self.right + self.other + self.refused + self.unknown

    def share(self, part: int) -> float:
        """Percent that `part` is of all."""
        return 100 * part / self.count if self.count else 0.0

    def __add__(self, more: "Taken") -> "Taken":
        return Taken(
            self.right + more.right,
            self.other + more.other,
            self.refused + more.refused,
            self.unknown + more.unknown,
        )


class NotASet(Exception):
    """The file holds no set of sentences that is known here; the message is one sentence."""


def read_set(path: Path, splits: Sequence[str] = SPLITS) -> list[Sentence]:
    """Return the sentences of a file: clinc/oos-eval's JSON (only `splits`), or OVOS's JSON lines.

    Raises `NotASet`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise NotASet(f"{path}: cannot be read ({exc})") from None
    try:
        sentences = _lines(text) if path.suffix == ".jsonl" else _splits(text, splits)
    except (ValueError, KeyError, TypeError, AttributeError):
        sentences = []
    if not sentences:
        raise NotASet(
            f"{path}: no set of sentences that is known here; give data_full.json of clinc/oos-eval, or a .jsonl"
            " file with `utterance` and `intent_label`"
        )
    return sentences


def _lines(text: str) -> list[Sentence]:
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [Sentence(row["utterance"], row["intent_label"]) for row in rows]


def _splits(text: str, splits: Sequence[str]) -> list[Sentence]:
    content = json.loads(text)
    names = [name for split in splits for name in (split, f"{OUTSIDE}_{split}") if name in content]
    return [Sentence(said, intent) for name in names for said, intent in content[name]]


def count(
    sentences: Iterable[Sentence],
    skill_of: Callable[[str], str | None],
    accepted: Mapping[str, frozenset[str]],
    refusals: frozenset[str],
) -> dict[str, Taken]:
    """Return how each intent's sentences were taken.

    `skill_of` names the skill that takes a text; `accepted` has the skills that are right for an intent, and
    `refusals` those that only say that something is missing.
    """
    kinds: dict[str, Counter[str]] = {}
    for sentence in sentences:
        skill = skill_of(sentence.text)
        kind = judge(skill, accepted.get(sentence.intent, frozenset()), refusals)
        kinds.setdefault(sentence.intent, Counter())[kind] += 1
    return {intent: Taken(**counted) for intent, counted in kinds.items()}


def judge(skill: str | None, right: frozenset[str], refusals: frozenset[str]) -> str:
    """Return which field of `Taken` counts a sentence that `skill` took."""
    if skill is None:
        return "unknown"
    if skill in right:
        return "right"
    return "refused" if skill in refusals else "other"


def total(taken: Iterable[Taken]) -> Taken:
    """Return the sum."""
    return sum(taken, Taken())
