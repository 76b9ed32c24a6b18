"""What a program says about installing what it lacks."""

import json
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import pytest
from packaging.requirements import Requirement

from tars.runtime import installation
from tars.runtime.installation import EXTRAS, HOTWORD_MODELS, install_command, models_command
from tests.support.limits import HANG
from tests.support.plain_installation import PYPROJECT, requirements

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
sys.argv[0] = {program!r}
from tars.{module}.start import cli
cli()
"""


def installed_from(monkeypatch: pytest.MonkeyPatch, origin: object) -> None:
    class Installed(Distribution):
        def read_text(self, filename: str) -> str | None:
            return None if origin is None else json.dumps(origin)

        def locate_file(self, path: object) -> Path:
            raise NotImplementedError

    monkeypatch.setattr("importlib.metadata.distribution", lambda name: Installed())
    monkeypatch.setattr(sys, "executable", "/opt/tars/bin/python")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())


def test_what_came_from_a_checkout_is_installed_from_there_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkout = tmp_path / "my tars"
    checkout.mkdir()
    url = f"file://{quote(str(checkout))}"
    installed_from(monkeypatch, {"url": url, "dir_info": {}})
    assert install_command("pi", "offline") == f"/opt/tars/bin/python -m pip install '{checkout}[pi,offline]'"
    installed_from(monkeypatch, {"url": url, "dir_info": {"editable": True}})
    assert install_command("pi") == f"/opt/tars/bin/python -m pip install -e '{checkout}[pi]'"
    checkout.rmdir()
    assert install_command("pi").endswith("pip install '.[pi]', in a checkout of TARS")


def test_what_came_from_a_wheel_or_a_repository_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wheel = tmp_path / "tars_assistant-1-py3-none-any.whl"
    wheel.touch()
    installed_from(monkeypatch, {"url": f"file://{wheel}", "archive_info": {}})
    assert install_command("pi").endswith(f"pip install 'tars-assistant[pi] @ file://{wheel}'")
    vcs = {"vcs": "git", "requested_revision": "main", "commit_id": "0123abc"}
    installed_from(monkeypatch, {"url": "https://git.example/tars.git", "vcs_info": vcs})
    asked = install_command("pi").partition("pip install ")[2].strip("'")
    requirement = Requirement(asked)
    assert (requirement.name, requirement.extras) == ("tars-assistant", {"pi"})
    assert requirement.url == "git+https://git.example/tars.git@0123abc"
    installed_from(monkeypatch, {"url": f"file://{tmp_path}", "vcs_info": vcs})
    assert install_command("pi").endswith("pip install '.[pi]', in a checkout of TARS")


@pytest.mark.parametrize("origin", [None, [], "nonsense"])
def test_what_came_from_nobody_knows_where_says_where_to_go(
    monkeypatch: pytest.MonkeyPatch, origin: object
) -> None:
    installed_from(monkeypatch, origin)
    assert install_command("pi").endswith("pip install '.[pi]', in a checkout of TARS")


def test_what_is_not_installed_at_all_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Distribution:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.distribution", missing)
    assert install_command("pi").endswith("in a checkout of TARS")


def test_an_environment_without_pip_is_uvs(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_from(monkeypatch, None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert models_command(HOTWORD_MODELS).startswith(
        "uv pip install --python /opt/tars/bin/python --no-deps openwakeword==0."
    )


def test_the_extras_are_there() -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]
    assert PYPROJECT["project"]["name"] == installation.DISTRIBUTION
    assert {extra for names in EXTRAS.values() for extra in names} <= extras.keys()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("models-pi.txt", [installation.HOTWORD_MODELS]),
        ("models-server.txt", [installation.SPEECH_MODEL]),
        ("models.txt", [installation.HOTWORD_MODELS, installation.SPEECH_MODEL]),
    ],
)
def test_the_models_are_those_of_the_files_in_a_checkout(file: str, expected: list[str]) -> None:
    ours = [each for each in requirements(file) if each.marker is None or each.marker.evaluate()]
    assert [f"{each.name}{each.specifier}" for each in ours] == expected


@pytest.mark.parametrize(
    ("program", "arguments", "package"),
    [
        ("tars-server", ["--port", "0"], "hassil"),
        ("tars-server", ["make-certificate"], "cryptography"),
        ("tars-pi", ["audio-devices"], "attrs"),
    ],
)
def test_a_program_without_its_extras_says_so_in_one_sentence(
    program: str, arguments: list[str], package: str, tmp_path: Path
) -> None:
    assert find_spec(package) is not None
    code = WITHOUT.format(package=package, program=program, module=program.removeprefix("tars-"))
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)}
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment, capture_output=True, text=True, check=False, timeout=HANG,
    )  # fmt: skip
    extras = ",".join(EXTRAS[program])
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"{program}: needs {package}, which is not installed; run: ")
    assert f"[{extras}]" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
