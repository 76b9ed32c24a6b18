"""Files that are whole, and whose they are."""

import os
import stat
from pathlib import Path

import pytest

from tars import files
from tars.files import PUBLIC, open_regular, read_small, replace_file


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


def test_only_files_are_opened_as_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"hello")
    os.mkfifo(tmp_path / "pipe")
    descriptor = open_regular(tmp_path / "file")
    assert os.read(descriptor, 10) == b"hello"
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    for path, kind in [(tmp_path / "pipe", "a pipe"), (tmp_path, "a folder"), (Path("/dev/null"), "a device")]:
        for flags in (os.O_RDONLY, os.O_RDWR | os.O_CREAT):
            with pytest.raises(OSError, match=f"it is {kind}, not a file"):
                open_regular(path, flags)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def test_what_takes_the_place_of_a_file_in_the_last_moment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"")
    status = os.stat(tmp_path / "file")
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda path: status)
        with pytest.raises(OSError, match="it is a pipe, not a file"):
            open_regular(tmp_path / "pipe")


def test_a_small_file_may_come_through_a_pipe() -> None:
    mine, theirs = os.pipe()
    with open(theirs, "wb") as writer:
        writer.write(b"port = 1")
    assert read_small(Path(f"/dev/fd/{mine}")) == b"port = 1"
    os.close(mine)


def test_what_is_endless_is_not_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it holds more than 1,048,576 bytes"):
        read_small(Path("/dev/zero"))
    (tmp_path / "just").write_bytes(bytes(100))
    assert len(read_small(tmp_path / "just", 100)) == 100
    with pytest.raises(OSError, match="it holds more than 99 bytes"):
        read_small(tmp_path / "just", 99)
    with pytest.raises(FileNotFoundError):
        read_small(tmp_path / "none")


def test_what_never_answers_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(files, "ANSWER_LIMIT", 0.05)
    with pytest.raises(OSError, match=r"it gave no answer for 0\.05 s"):
        read_small(tmp_path / "pipe")
    os.close(os.open(tmp_path / "pipe", os.O_RDWR))  # lets the thread end
