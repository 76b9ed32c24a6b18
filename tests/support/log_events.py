"""Every line that the programs may log, read out of their source; and the table in the guide that promises them.

The search is closed: whatever looks like a logger's method and is not understood is an error, so that a new way to
write a log line cannot hide its events from the tests.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tars"
LEVELS = {
    "debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error",
    "critical": "critical",
}  # fmt: skip
"""The methods of a logger, and the level at which each logs."""
LOGGER_TYPE = "FilteringBoundLogger"
DEVICE_FIELDS = frozenset({"device_id"})
"""What `log_fields` of a device holds."""
COMPUTED: Mapping[tuple[str, str], frozenset[str]] = {
    ("server/conversation/engine.py", "code"): frozenset({"brain_failed", "tts_failed"}),
    ("pi/card_stream.py", "EVENTS[self.kind]"): frozenset({"microphone_deaf", "speaker_stuck"}),
    ("pi/card_stream.py", "f'{self.kind.value}_back'"): frozenset({"microphone_back", "speaker_back"}),
    ("pi/status_log.py", "f'offline_question_{step}'"): frozenset(
        f"offline_question_{step}" for step in ("recording", "replaced", "empty", "kept", "asked", "given_up")
    ),
}
"""The events of the calls whose name is computed, by file and expression."""


@attrs.frozen
class LogCall:
    """One place in the source that logs."""

    where: str
    program: str
    """`server`, `device`, or `both`."""
    events: frozenset[str]
    levels: frozenset[str]
    fields: frozenset[str]
    more_fields: bool
    """Whether there may be fields that cannot be read here: of a logger that was handed over, or of a mapping."""


@attrs.define
class _Module:
    """One file under inspection."""

    path: str
    tree: ast.Module
    loggers: dict[str, tuple[frozenset[str], bool]] = attrs.field(factory=dict)
    """By their expression: the fields that are bound to it, and whether there may be more."""
    tellers: dict[str, tuple[str, frozenset[str]]] = attrs.field(factory=dict)
    """Variables of the present function that hold methods of a logger: its expression, and the levels."""
    seen: set[ast.Attribute] = attrs.field(factory=set)
    """The methods that were understood."""

    def find(self) -> Iterator[LogCall]:
        for node in ast.walk(self.tree):
            self._note_logger(node)
        yield from self._calls(self.tree)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and node.attr in LEVELS and node not in self.seen:
                raise AssertionError(
                    f"{self.path}:{node.lineno}: {ast.unparse(node)} looks like a logger's, and is not understood"
                )

    def _calls(self, scope: ast.AST) -> Iterator[LogCall]:
        """Those of one function, or of the module's own lines; then of the functions within."""
        own, functions = _own_nodes(scope)
        self.tellers.clear()
        for node in own:
            self._note_teller(node)
        for node in own:
            if isinstance(node, ast.Call) and (found := self._method(node.func)) is not None:
                yield self._call(node, *found)
        for function in functions:
            yield from self._calls(function)

    def _note_logger(self, node: ast.AST) -> None:
        match node:
            case (
                ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.Call() as value)
            ):
                if "get_logger()" in (text := ast.unparse(value)) and isinstance(value, ast.Call):
                    bound = _fields(value) if ".bind(" in text else (frozenset[str](), False)
                    self.loggers[ast.unparse(target)] = bound
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                if ast.unparse(annotation).endswith(LOGGER_TYPE):
                    self.loggers[name] = (frozenset(), True)

    def _note_teller(self, node: ast.AST) -> None:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            return
        found = [self._method(each) for each in _choices(node.value)]
        known = [each for each in found if each is not None]
        if known:
            assert len(known) == len(found), f"{self.path}:{node.lineno}: {ast.unparse(node)} is not understood"
            levels = frozenset(level for _, levels in known for level in levels)
            self.tellers[node.targets[0].id] = (known[0][0], levels)

    def _method(self, node: ast.expr) -> tuple[str, frozenset[str]] | None:
        match node:
            case ast.Name(id=name):
                return self.tellers.get(name)
            case ast.Attribute(value=receiver, attr=attr) if attr in LEVELS:
                if (logger := ast.unparse(receiver)) in self.loggers:
                    self.seen.add(node)
                    return logger, frozenset({LEVELS[attr]})
        return None

    def _call(self, node: ast.Call, logger: str, levels: frozenset[str]) -> LogCall:
        bound, more_bound = self.loggers[logger]
        fields, more = _fields(node)
        where = f"{self.path}:{node.lineno}"
        assert len(node.args) == 1, f"{where}: the event is the one positional argument"
        return LogCall(
            where, _program(self.path), self._events(node.args[0]), levels, bound | fields, more or more_bound
        )

    def _events(self, name: ast.expr) -> frozenset[str]:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return frozenset({name.value})
        return COMPUTED[self.path, ast.unparse(name)]


def _choices(value: ast.expr) -> list[ast.expr]:
    """What `value` may be, where it depends on conditions."""
    return [*_choices(value.body), *_choices(value.orelse)] if isinstance(value, ast.IfExp) else [value]


def _own_nodes(scope: ast.AST) -> tuple[list[ast.AST], list[ast.AST]]:
    """The nodes of `scope` that are in no function within it, and those functions."""
    own: list[ast.AST] = []
    functions: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.append(node)
        else:
            own.append(node)
            waiting.extend(ast.iter_child_nodes(node))
    return own, functions


def _fields(call: ast.Call) -> tuple[frozenset[str], bool]:
    """The fields that a call names, and whether it adds some that cannot be read here."""
    names = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    more = False
    for keyword in call.keywords:
        if keyword.arg is None:
            if ast.unparse(keyword.value).endswith(".log_fields"):
                names |= DEVICE_FIELDS
            else:
                more = True
    return frozenset(names), more


def _program(path: str) -> str:
    if path.startswith("pi/"):
        return "device"
    return "server" if path.startswith("server/") or path == "link/listener.py" else "both"


def calls_in(source: str, path: str = "server/example.py") -> list[LogCall]:
    """The log calls of one module's source."""
    return list(_Module(path, ast.parse(source)).find())


@cache
def logged() -> tuple[LogCall, ...]:
    """The log calls of both programs."""
    return tuple(
        call
        for path in sorted(SOURCE.rglob("*.py"))
        for call in calls_in(path.read_text(encoding="utf-8"), path.relative_to(SOURCE).as_posix())
    )


@attrs.frozen
class Row:
    """What the guide says about an event."""

    program: str
    event: str
    levels: frozenset[str]
    fields: frozenset[str]
    """Those that it names; a link to the trace stands for the trace's."""


@cache
def documented() -> tuple[Row, ...]:
    """The table under "Log events" in the guide."""
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    table = guide.partition("## Log events")[2].partition("\n**The trace")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"
    ]
    assert rows[0] == ["program", "event", "level", "fields", "what it says"]
    trace = frozenset(re.findall(r"`([a-z_]+)`", guide.partition("\n**The trace")[2].partition("\n## ")[0]))
    return tuple(
        Row(
            program=program,
            event=event.strip("`"),
            levels=frozenset(re.findall(r"`([a-z]+)`", level)),
            fields=frozenset(re.findall(r"`([a-z_]+)`", fields))
            | (trace if "the trace" in fields else frozenset()),
        )
        for program, event, level, fields, _ in rows[2:]
    )


def why_not_documented(event: str, level: str, fields: frozenset[str]) -> str | None:
    """Why the guide does not cover a line that was logged; None where it does, or the line is for debugging."""
    if level == "debug":
        return None
    rows = [row for row in documented() if row.event == event]
    if not rows:
        return "the guide has no such event"
    if not any(level in row.levels for row in rows):
        return f"the guide knows it at {sorted(level for row in rows for level in row.levels)}, not at {level}"
    unknown = fields - frozenset(field for row in rows for field in row.fields)
    return f"the guide does not name its {sorted(unknown)}" if unknown else None
