"""Every log event that a user can see is in the guide."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOWN = {"info", "warning", "error", "exception"}


def logged() -> Iterator[str]:
    """The events of all log lines; of a name that is put together, the pattern."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name("log"), attr=level), args=[name, *_]) if (
                    level in SHOWN
                ):
                    yield from _names(name)


def _names(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield re.escape(str(node.value))
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in node.values
        )


def test_the_guide_has_every_event() -> None:
    guide = (ROOT / "docs" / "guide.md").read_text()
    table = guide.partition("## Log events")[2].partition("\n## ")[0]
    documented = re.findall(r"`([a-z_]+)`", table)
    missing = {event for event in logged() if not any(re.fullmatch(event, name) for name in documented)}
    assert not missing
