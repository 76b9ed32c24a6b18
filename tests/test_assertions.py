"""No test asserts what cannot be false."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def cannot_fail(test: ast.expr) -> bool:
    """Whether an assertion of `test` holds by its form alone."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=parts):
            return bool(parts)
        case ast.GeneratorExp() | ast.Lambda() | ast.JoinedStr():
            return True
        case ast.Compare(left=left, ops=[operation], comparators=[right]):
            return _always(left, operation, right)
        case ast.Call(func=ast.Attribute(attr="startswith" | "endswith"), args=[ast.Constant(value="" | b"")]):
            return True
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(cannot_fail(part) for part in parts)
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(cannot_fail(part) for part in parts)
    return False


def _always(left: ast.expr, operation: ast.cmpop, right: ast.expr) -> bool:
    """Of one comparison. What counts or lasts is never below nothing; of `str.find`, write `!= -1`."""
    match left, operation, right:
        case _, ast.GtE(), ast.Constant(value=0):
            return True
        case ast.Constant(value=0), ast.LtE(), _:
            return True
        case ast.Constant(value=""), ast.In(), _:
            return True
    return isinstance(operation, ast.Eq | ast.GtE | ast.LtE | ast.Is) and ast.unparse(left) == ast.unparse(right)


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_assertion_holds_by_its_form_alone(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hollow = [node for node in ast.walk(tree) if isinstance(node, ast.Assert) and cannot_fail(node.test)]
    assert not [f"line {node.lineno}: {ast.unparse(node)}" for node in hollow]


@pytest.mark.parametrize(
    ("text", "hollow"),
    [
        ("attempt >= 0", True), ("len(x) >= 0", True), ("0 <= x", True), ("(x, 'message')", True), ("True", True),
        ("(x > 0 for x in y)", True), ("x == x", True), ("'' in x", True), ("x or True", True),
        ("f'{x}'", True), ("x.startswith('')", True),
        ("attempt >= 1", False), ("x == y", False), ("0 <= x <= 1", False), ("False", False),
        ("x and True", False),
        ("all(x > 0 for x in y)", False),
    ],
)  # fmt: skip
def test_what_counts_as_hollow(text: str, hollow: bool) -> None:
    assert cannot_fail(ast.parse(text, mode="eval").body) == hollow
