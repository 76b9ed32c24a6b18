"""docs/licences.md lists all that an installation brings, and tells what its licences ask of the user."""

import pytest

from tests.docs.licences import PARTS, asks_something, licence, listed, part
from tests.support.plain_installation import PROJECT, ROOT, closure, models

PAGE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PARTS)
def test_every_package_of_a_part_is_listed_there(name: str) -> None:
    assert listed(PAGE)[name].keys() == part(name)


def test_every_part_is_there() -> None:
    assert listed(PAGE).keys() == set(PARTS)
    assert set().union(*listed(PAGE).values()) == closure("all") | closure("voice") | models()


def test_licences_that_ask_something_are_those_of_the_packages_and_are_told_before_the_tables() -> None:
    page = {name: text for packages in listed(PAGE).values() for name, text in packages.items()}
    asking = {name: text for name in page if asks_something(text := licence(name))}
    assert asking.keys() == {"openwakeword", "espeakng-loader", "soxr", "piper-tts"}
    assert asking.items() <= page.items()
    assert {name for name, text in page.items() if asks_something(text)} == asking.keys()
    before = PAGE.partition("\n## ")[0]
    assert all(f"`{name}`" in before for name in asking)
    assert PROJECT["license"] == "MIT"


@pytest.mark.parametrize("text", ["LGPL-2.1-or-later", "GNU General Public License v3", "MPL-2.0", "CC-BY-SA-4.0"])
def test_a_licence_that_asks_something_is_known(text: str) -> None:
    assert asks_something(text)
    assert not asks_something("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0")
