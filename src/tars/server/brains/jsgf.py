"""Patterns as a JSGF grammar, the text that pocketsphinx reads."""

from collections.abc import Mapping

from tars.server.brains.patterns import Either, Maybe, Pattern, Rule, Then, Word, rules_in


def to_jsgf(pattern: Pattern, rules: Mapping[str, Pattern], name: str = "tars") -> str:
    """A JSGF grammar whose public rule is `pattern`, with the rules that it needs."""
    needed: dict[str, Pattern] = {}
    todo = list(rules_in(pattern))
    while todo:
        rule = todo.pop()
        if rule not in needed:
            needed[rule] = rules[rule]
            todo.extend(rules_in(rules[rule]))
    lines = ["#JSGF V1.0;", f"grammar {name};", f"public <utterance> = {_text(pattern)};"]
    lines += [f"<{rule}> = {_text(body)};" for rule, body in sorted(needed.items())]
    return "\n".join(lines) + "\n"


def _text(pattern: Pattern) -> str:
    match pattern:
        case Word(text):
            return text
        case Rule(name):
            return f"<{name}>"
        case Then(items):
            return " ".join(map(_text, items))
        case Either(items):
            return f"( {' | '.join(map(_text, items))} )"
        case Maybe(item):
            return f"[ {_text(item)} ]"
