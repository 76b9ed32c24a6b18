"""What is not built yet is told in the future."""

import ast
import re
from collections.abc import Iterator

import pytest

from tars import messages
from tests.support.plain_installation import ROOT


def server_makes(message: str) -> bool:
    """Whether any module of the server makes such a message."""
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == message
        for path in (ROOT / "src" / "tars" / "server").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def promises(readme: str) -> Iterator[str]:
    """The paragraphs, items and rows of README that speak of what a server would have to say first for."""
    for part in re.split(r"\n\n|\n(?=[-|#])", readme):
        if re.search(r"\b(announce|timer|remind|alarm|speaks? first)", part, re.IGNORECASE):
            yield part


def test_readme_claims_nothing_that_a_server_says_first() -> None:
    told = list(promises((ROOT / "README.md").read_text(encoding="utf-8")))
    assert told
    for part in told:
        assert re.search(r"\byet\b", part) or server_makes("Notification"), part


@pytest.mark.parametrize(
    "claim", ["Timers ring offline.", "- It reminds you.", "| announcements | yes |", "Its server speaks first."]
)
def test_such_a_claim_is_seen(claim: str) -> None:
    assert list(promises(f"# TARS\n\nA voice assistant.\n\n{claim}\n\nMore.")) == [claim]


def test_timers_are_no_part_of_the_protocol_that_is_spoken() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    section = page.partition("### Timers")[2].partition("\n## ")[0]
    assert "`timers_stored`" in section
    assert ("Not yet:" in section) == (not hasattr(messages, "Timers"))


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
