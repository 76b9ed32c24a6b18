"""What a wheel says: who made TARS, where its pages are, and a description whose links lead somewhere."""

import re
from email import message_from_string
from email.message import Message
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest

from tests.support.plain_installation import PYPROJECT, ROOT
from tests.support.real import need

REPOSITORY = PYPROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["repository"]
LINK = re.compile(r"\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def metadata() -> Message:
    """METADATA as it stands in a wheel, made as `pip install .` makes it."""
    need(find_spec("hatchling") is not None, "hatchling, which builds the wheel")
    from hatchling.metadata.core import ProjectMetadata
    from hatchling.metadata.spec import get_core_metadata_constructors
    from hatchling.plugin.manager import PluginManager

    project = ProjectMetadata(str(ROOT), PluginManager())
    return message_from_string(get_core_metadata_constructors()["2.4"](project))


def test_it_says_who_made_it_what_it_is_and_where_its_pages_are(metadata: Message) -> None:
    assert metadata["Name"] == "tars-assistant"
    assert metadata["Author"]
    assert "voice-assistant" in metadata["Keywords"].split(",")
    assert {"Topic :: Home Automation", "Framework :: Trio"} <= set(metadata.get_all("Classifier", []))
    urls = dict(entry.split(", ") for entry in metadata.get_all("Project-URL", []))
    assert urls.keys() >= {"Repository", "Documentation", "Changelog", "Issues"}
    assert all(url.startswith(REPOSITORY) for url in urls.values())


def test_every_link_of_the_description_is_an_address_of_a_file_that_is_there(metadata: Message) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    own = f"{REPOSITORY}/"
    targets = LINK.findall(str(metadata.get_payload()))
    assert len(targets) == len(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    for target in targets:
        assert urlsplit(target).scheme == "https" or target.startswith("#"), target
        if target.startswith(own):
            path = urlsplit(target).path.removeprefix(urlsplit(REPOSITORY).path).split("/", 3)[3]
            assert (ROOT / path).is_file(), target
    assert [target for target in targets if target.startswith(own)]


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("[a](docs/a.md#b) [c](SECURITY.md)", "[a](R/blob/main/docs/a.md#b) [c](R/blob/main/SECURITY.md)"),
        ("![a picture](docs/demo.svg)", "![a picture](R/raw/main/docs/demo.svg)"),
        ("[![a](./docs/a.svg)](docs/a.md)", "[![a](R/raw/main/docs/a.svg)](R/blob/main/docs/a.md)"),
        ('<img width="9" src="docs/demo.svg">', '<img width="9" src="R/raw/main/docs/demo.svg">'),
        ('<a href="docs/a.md">', '<a href="R/blob/main/docs/a.md">'),
        ("[a]: docs/a.md", "[a]: R/blob/main/docs/a.md"),
        ("[a](https://x.example/) [b](#c) `[d]`", "[a](https://x.example/) [b](#c) `[d]`"),
    ],
)
def test_only_links_to_files_of_the_project_change(written: str, made: str) -> None:
    need(find_spec("hatchling") is not None, "hatchling, which builds the wheel")
    from hatch_build import absolute

    assert absolute(written, "R") == made
