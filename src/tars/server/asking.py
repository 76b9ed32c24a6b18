"""`tars-server ask`: questions and answers as text, without audio and without a running server."""

import json
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import IO

import attrs

from tars.errors import UserError
from tars.runtime.local_time import local_time
from tars.server.brains.brain import LinkFacts, Request
from tars.server.brains.grammar import Grammar, GrammarSpec
from tars.server.brains.offline import Answer, OfflineBrain
from tars.server.brains.skills.skill import Value
from tars.server.device_settings import DEFAULTS
from tars.server.mute import with_memory

MAX_LENGTH = 2000
"""Characters of one question. Longer lines are no sentences: the file is another than was meant."""
_MAX_BYTES = 4 * MAX_LENGTH + len(b"\r\n") + 1
"""One more than the longest line has: UTF-8 takes up to four bytes for a character."""
_TOO_LONG = f"has more than {MAX_LENGTH} characters; ask one question at a time, one on each line"
_NO_LINK = LinkFacts(round_trip=None, connected_for=None, reconnects=0)
_CAPABILITIES = frozenset({"volume"})
"""What the device can do that the questions seem to come from."""


@attrs.define(eq=False)
class Dialogue:
    """Questions and answers, one after the other: what is set or said in one holds in the next."""

    _brain: OfflineBrain = attrs.field(factory=lambda: OfflineBrain(random.Random()))
    _hotwords: Grammar = attrs.field(factory=lambda: Grammar(GrammarSpec({})))
    """A grammar without sentences: it knows the hotwords, as the one of the speech workers does."""
    _settings: dict[str, int] = attrs.field(factory=lambda: dict(DEFAULTS))
    _last_reply: str | None = None
    _asked: str | None = None

    def ask(self, text: str) -> Answer:
        """Return the answer to one question; a hotword before it is cut, as it is from speech."""
        request = Request(
            text=self._hotwords.without_hotword(text),
            now=local_time(),
            link=_NO_LINK,
            settings=dict(self._settings),
            last_reply=self._last_reply,
            asked=self._asked,
            capabilities=_CAPABILITIES,
        )
        answer = self._brain.answer(request)
        self._settings.update(with_memory(self._settings, answer.reply.outcome.settings, request.now))
        self._asked = answer.reply.outcome.asked
        self._last_reply = answer.reply.text or self._last_reply
        return answer


def dialogue_of(brain: OfflineBrain, hotwords: Sequence[str]) -> Dialogue:
    """Return a dialogue with `brain`, which may be called by `hotwords` as they are configured."""
    return Dialogue(brain, Grammar(GrammarSpec({}), hotwords))


def questions_in(lines: IO[bytes]) -> Iterator[str]:
    """Yield the questions in a file, one a line, as they come; empty lines are none.

    Raises `UserError` for a line that is no text, or too long for a question.
    """
    number = 0
    while line := _next_line(lines):
        number += 1
        too_long = UserError(f"standard input: line {number} {_TOO_LONG}")
        if len(line) == _MAX_BYTES:
            raise too_long
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise UserError(f"standard input: line {number} is not UTF-8; save the sentences as UTF-8") from None
        if len(text) > MAX_LENGTH:
            raise too_long
        if text:
            yield text


def checked_question(text: str) -> str:
    """Return the question without the blanks around it. Raises `UserError` where nothing is left, or too much."""
    text = text.strip()
    if not text:
        raise UserError("there is nothing in TEXT; write the question, such as: what time is it")
    if len(text) > MAX_LENGTH:
        raise UserError(f"TEXT {_TOO_LONG}")
    return text


def as_json(text: str, answer: Answer) -> str:
    """Return one line of JSON: the question, the skill that answered (or null), its slots, and the reply."""
    understood = answer.understood
    fields = {
        "text": text,
        "skill": understood.skill.name if understood else None,
        "slots": {name: _exact(value) for name, value in understood.slots.items()} if understood else {},
        "reply": answer.reply.text,
    }
    return json.dumps(fields)  # in ASCII: right in every encoding, and no character commands a terminal


def _exact(value: Value) -> int | float | str:
    """Return the value as JSON has it: a number where that is exact, such as 0.5, otherwise text, such as 1/3."""
    if not isinstance(value, Fraction):
        return value
    if value.denominator == 1:
        return int(value)
    shortest = float(value)
    return shortest if Fraction(repr(shortest)) == value else str(value)


def _next_line(lines: IO[bytes]) -> bytes:
    """Return the next line, or the beginning of one that is too long; nothing at the end."""
    try:
        return lines.readline(_MAX_BYTES)
    except OSError as exc:
        raise UserError(f"standard input cannot be read ({exc.strerror})") from None
