"""What the build adds to the project's metadata: where its pages are, and a README whose links lead there.

A relative link in README.md works in a checkout, and nowhere on a page that shows the description of a wheel. The
address of the repository stands in pyproject.toml alone (`[tool.hatch.metadata.hooks.custom]`).
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

README = "README.md"
_LINKS = re.compile(
    r"(?P<image>!\[[^]]*\]\(|<(?:img|source)\b[^>]*?\ssrc(?:set)?=\")(?P<shown>[^)\"\s]+)"
    r"|(?P<link>\]\(|^\[[^]]+\]: |<a\b[^>]*?\shref=\")(?P<target>[^)\"\s]+)",
    re.MULTILINE,
)


def absolute(text: str, repository: str) -> str:
    """Return the Markdown with every link to a file of the project as an address below `repository`."""

    def lead(link: re.Match[str]) -> str:
        target = link["shown"] or link["target"]
        if not re.match(r"[a-z][a-z0-9+.-]*:|#|//", target, re.IGNORECASE):
            target = f"{repository}/{'raw' if link['image'] else 'blob'}/main/{target.removeprefix('./')}"
        return f"{link['image'] or link['link']}{target}"

    return _LINKS.sub(lead, text)


class Pages(MetadataHookInterface):
    """Fills in `readme` and `urls`."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add both to the project's metadata."""
        repository = str(self.config["repository"]).rstrip("/")
        text = Path(self.root, README).read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": absolute(text, repository)}
        metadata["urls"] = {
            "Repository": repository,
            "Documentation": f"{repository}/blob/main/docs/guide.md",
            "Changelog": f"{repository}/blob/main/CHANGELOG.md",
            "Security": f"{repository}/blob/main/SECURITY.md",
            "Issues": f"{repository}/issues",
        }
