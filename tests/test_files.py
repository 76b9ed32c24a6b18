"""Files that are whole, and whose they are."""

import os
import stat
from pathlib import Path

import pytest

from tars.files import PUBLIC, replace_file


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    replace_file(path, "old")
    with path.open() as reader:
        replace_file(path, b"new", mode=PUBLIC)
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["file"]


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    replace_file(path, "old")

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        replace_file(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_writes_into_somebodys_folder_is_that_persons(tmp_path: Path) -> None:
    os.chown(tmp_path, 12_345, 12_346)
    replace_file(tmp_path / "file", "text")
    status = (tmp_path / "file").stat()
    assert (status.st_uid, status.st_gid) == (12_345, 12_346)
