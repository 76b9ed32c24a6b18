import os
import subprocess
import sys
from pathlib import Path

import pytest

from tars.runtime.state_folders import why_not_writable
from tests.support.real import need


def test_a_folder_that_is_there_or_can_be_made_will_do_and_nothing_is_made(tmp_path: Path) -> None:
    assert why_not_writable(tmp_path / "devices.json") is None
    assert why_not_writable(tmp_path / "new" / "folder" / "devices.json") is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert why_not_writable(tmp_path / "file" / "devices.json") == f"{tmp_path / 'file'} is no folder"
    assert why_not_writable(tmp_path / "file" / "deep" / "devices.json") == f"{tmp_path / 'file'} is no folder"


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    assert why_not_writable(tmp_path / "link" / "devices.json") == f"{tmp_path / 'link'} is no folder"


AS_NOBODY = """
import os, sys
from pathlib import Path
from tars.runtime.state_folders import why_not_writable
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
print(why_not_writable(Path(sys.argv[1])))
"""


def test_a_folder_that_may_not_be_written_is_told() -> None:
    run = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, "/etc/tars/devices.json"], capture_output=True, text=True, check=True
    )
    assert run.stdout == "this user may not write in /etc\n"


@pytest.mark.real
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    need(os.geteuid() == 0, "root, to mount a small disk")
    script = (
        f"mount -t tmpfs -o size=16k none {tmp_path} && (head -c 100000 /dev/zero > {tmp_path}/all; true) &&"
        f' {sys.executable} -c "from pathlib import Path; from tars.runtime.state_folders import why_not_writable;'
        f" print(why_not_writable(Path('{tmp_path}/devices.json')))\""
    )
    run = subprocess.run(["unshare", "--mount", "sh", "-c", script], capture_output=True, text=True, check=False)
    need(run.returncode == 0, "a mount namespace")
    assert run.stdout == f"the disk of {tmp_path} is full\n"
