"""What is not built yet is told in the future."""

import ast
import re

from tests.support.plain_installation import ROOT


def server_makes(message: str) -> bool:
    """Whether any module of the server makes such a message."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == message
        for path in (ROOT / "src" / "tars" / "server").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_a_server_that_speaks_first_is_promised_and_not_claimed() -> None:
    assert server_makes("SessionStarted")
    told = [
        sentence
        for page in ("README.md", "docs/protocol.md", "docs/guide.md")
        for sentence in re.findall(
            r"^(?:[-|]|\d\.) ?.*(?:\n  .*)*", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE
        )
        if re.search(r"speaks? first|^6\. A notification", sentence)
    ]
    assert told
    for sentence in told:
        assert ("yet" in sentence) == (not server_makes("Notification")), sentence
