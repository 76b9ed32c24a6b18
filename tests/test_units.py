"""The systemd units: systemd itself finds nothing wrong with them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tars import units
from tars.errors import UserError
from tars.units import unit
from tests.support.limits import HANG
from tests.support.real import need

PROGRAMS = ("tars-server", "tars-pi")
EXPOSURE = 25
"""The most that `systemd-analyze security` may complain of, in tenths; 9.6 is a service without a sandbox."""


def analyse(*arguments: object) -> subprocess.CompletedProcess[str]:
    need(shutil.which("systemd-analyze") is not None, "systemd-analyze, from the package systemd")
    return subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, timeout=HANG, check=False
    )


def write_unit(folder: Path, program: str, text: str | None = None) -> Path:
    need(Path(sys.executable).with_name(program).exists(), f"the console script {program}")
    path = folder / f"{program}.service"
    path.write_text(unit(program, "daemon") if text is None else text)
    return path


@pytest.mark.real
@pytest.mark.parametrize("program", PROGRAMS)
def test_systemd_understands_every_line_of_it(program: str, tmp_path: Path) -> None:
    path = write_unit(tmp_path, program)
    checked = analyse("verify", path)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
    path.write_text(path.read_text().replace("ProtectSystem=strict", "ProtectSystm=strict"))
    assert "ProtectSystm" in analyse("verify", path).stderr


@pytest.mark.real
@pytest.mark.parametrize("program", PROGRAMS)
def test_it_sees_and_may_do_little(program: str, tmp_path: Path) -> None:
    path = write_unit(tmp_path, program)
    checked = analyse("security", "--offline=yes", f"--threshold={EXPOSURE}", path)
    assert checked.returncode == 0, checked.stdout
    path.write_text(path.read_text().replace("ProtectSystem=strict", "").replace("SystemCallFilter", "#"))
    assert analyse("security", "--offline=yes", f"--threshold={EXPOSURE}", path).returncode != 0


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_runs_the_program_of_this_installation_as_that_user(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "HOMES", ())
    monkeypatch.setattr(Path, "exists", lambda path: True)
    text = unit(program, "somebody")
    assert f"ExecStart={Path(sys.executable).with_name(program)}\n" in text
    assert "User=somebody\n" in text
    assert "ProtectHome=yes\n" in text
    assert not re.search(r"@[A-Z]+@", text)


def test_in_a_home_directory_it_can_run_as_its_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "HOMES", ("/",))
    monkeypatch.setattr(Path, "exists", lambda path: True)
    with pytest.raises(UserError, match=r"home directory.*--user"):
        unit("tars-server")
    assert "ProtectHome=read-only\n" in unit("tars-server", "somebody")


@pytest.mark.parametrize("user", ["", "Some Body", "root\nExecStart=/bin/sh", "-x"])
def test_a_user_is_a_user(user: str) -> None:
    with pytest.raises(UserError, match="--user"):
        unit("tars-server", user)


def test_an_unusual_path_is_one_word_to_systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(units, "HOMES", ())
    folder = tmp_path / "50% of $HOME"
    folder.mkdir()
    (folder / "tars-pi").touch()
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    assert f'ExecStart="{tmp_path}/50%% of $$HOME/tars-pi"\n' in unit("tars-pi")
