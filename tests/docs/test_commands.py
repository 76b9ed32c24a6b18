"""Every command that a document shows can be run by who reads it, and installs what is ours."""

import ast
import re
import shlex
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from benchmarks.__main__ import NAMES
from tests.netlab.rows import ROWS
from tests.netlab.table import cases
from tests.support.plain_installation import PROJECT, ROOT, closure

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
READ = sorted(
    [*DOCUMENTS, *ROOT.glob("*.toml"), *ROOT.glob("*.txt"), ROOT / "noxfile.py", *ROOT.glob(".ci/*")]
    + [path for folder in ("src", "benchmarks") for path in (ROOT / folder).rglob("*") if path.is_file()]
)
OURS = r"tars(-assistant)?"
INSTALLS = re.compile(
    r"\b(?:pipx?|uv|uvx)[\"',]* +(?:[a-z-]+ +)*?(?:install|add|run|inject|download)\b(?P<what>.*)"
)
SCRIPTS = frozenset(PROJECT["scripts"])
SESSIONS = {
    node.name
    for node in ast.parse((ROOT / "noxfile.py").read_text()).body
    if isinstance(node, ast.FunctionDef) and node.decorator_list
}


def words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # prose with an apostrophe
        return line.split()


def installed_by_name(line: str) -> Iterator[str]:
    """What of ours a line would have an installer look up on a package index."""
    for found in INSTALLS.finditer(line):
        for part in re.split(r"&&|;|\||`|\\n", found["what"])[:1]:
            for word in words(part):
                name = word.strip("\"'()[],.:")
                if re.fullmatch(rf"{OURS}(\[[^]]*\]?)?([=<>~!].*)?", name, re.IGNORECASE) and " @ " not in word:
                    yield word


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("pip install 'tars[server,offline]'", 1),
        ("sudo /opt/tars/bin/pip install -q --upgrade tars", 1),
        ("run `pip install tars`.", 1),
        ("uv tool install tars", 1),
        ("uv pip install tars==0.1", 1),
        ("pipx run tars", 1),
        ("uv add 'tars-assistant[pi]'", 1),
        ("python3 -m pip install tars-assistant", 1),
        ("pip install '.[all]' && tars-demo", 0),
        ("pip install 'tars-assistant[pi] @ git+https://git.example/tars'", 0),
        ("~/tars/bin/pip install '.[pi]' && ~/tars/bin/pip install --no-deps -r models.txt", 0),
        ("pip install nox   # then TARS can be tested", 0),
    ],
)
def test_it_is_seen_what_a_line_installs(line: str, found: int) -> None:
    assert len(list(installed_by_name(line))) == found


def test_nothing_says_to_install_tars_from_an_index() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in READ
        if path.suffix != ".pyc"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if list(installed_by_name(line)) or re.search(r"(?<![\w.-])[Tt][Aa][Rr][Ss]\[[a-z,.…]+\]", line)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_document_lets_an_installation_be_silent() -> None:
    assert not [path.name for path in DOCUMENTS if re.search(r"pip install (-q|--quiet)\b", path.read_text())]


def test_what_the_programs_say_of_installing_is_worded_in_one_place() -> None:
    wordings = {
        str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.py") if "pip install" in path.read_text()
    }
    assert wordings == {"src/tars/runtime/installation.py"}


def commands(text: str) -> Iterator[list[str]]:
    """The commands in a document that run something of ours, a module of Python, nox or pytest."""
    for code in re.findall(r"^```\n.*?^```|`[^`\n]+`", text, re.MULTILINE | re.DOTALL):
        for command in re.split(r"&&|\||;|\n", code.strip("`")):
            rest = words(command.strip().removeprefix("$ "))
            while rest and (rest[0] in ("sudo", "env", "-H") or re.match(r"[A-Z_]+=", rest[0]) or rest[0] == "-u"):
                rest = rest[2:] if rest[0] == "-u" else rest[1:]
            if rest and re.fullmatch(r"tars-\w+|python[\d.]*|nox|pytest", name := rest[0].rpartition("/")[2]):
                yield [name, *rest[1:]]


def complaint(command: list[str], page: str) -> str | None:
    """What keeps the reader of `page` from running the command."""
    match command:
        case [name] if name.startswith(("python", "pytest")):  # named, not run
            return None
        case [name, "-m", module, *_] if name.startswith("python"):
            top = module.partition(".")[0]
            provided = {canonicalize_name(each) for each in packages_distributions().get(top, [])}
            return None if top in sys.stdlib_module_names or provided & closure("all") else "in no installation"
        case ["nox", *options]:
            return nox_complaint(" ".join(options), page)
        case [name, *_] if name.startswith("tars-"):
            return None if name in SCRIPTS | {PROJECT["name"]} else "not a program of ours"
    return "needs what no installation has"


def nox_complaint(options: str, page: str) -> str | None:
    """What keeps the reader of `page` from running nox so."""
    if "pip install nox" not in page or not re.search(
        r"(in|from) a\s+(newer )?checkout|fresh clone", page, re.IGNORECASE
    ):
        return "the page does not say that nox needs a checkout, and `pip install nox`"
    before, _, after = options.partition(" -- ")
    asked = {word for word in after.split() if not word.startswith("-") and not word.isupper()}  # "DIR"
    match before.split():
        case ["-s", *sessions] if not set(sessions) <= SESSIONS:
            return f"nox has no session {before}"
        case ["-s", "bench"] if not set(after.partition("--")[0].split()) <= set(NAMES):
            return f"there is no benchmark {after}"
        case ["-s", "netlab"] if not asked <= {case.label for case in cases(ROWS)}:
            return f"there is no row {after}"
        case ["-s", "tests"] if not all((ROOT / each).exists() for each in asked):
            return f"there are no tests {after}"
    return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_can_be_run(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    wrong = [
        f"{' '.join(command)}: {problem}"
        for command in commands(page)
        if (problem := complaint(command, page)) is not None
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "command",
    [
        "python -m benchmarks.storm",
        "pytest tests/fuzz",
        "nox -s bench -- storms",
        "nox -s benches",
        "nox -s netlab -- 99",
        "nox -s tests -- tests/none",
        "sudo -u tars -H env HOME=/var/lib/tars /opt/tars/bin/tars-serve --port 1",
    ],
)
def test_a_command_that_cannot_be_run_is_found(command: str) -> None:
    page = f"In a checkout, after `pip install nox`, `{command}` says more."
    (found,) = commands(page)
    assert complaint(found, page) is not None


def test_a_command_that_can_be_run_is_not_complained_of() -> None:
    page = (
        "In a checkout, after `pip install nox`:\n```\npython3 -m venv x && nox -s bench -- storm\ntars-pi\n```\n"
    )
    assert [complaint(each, page) for each in commands(page)] == [None, None, None]
    assert [complaint(each, "") is None for each in commands(page)] == [True, False, True]
