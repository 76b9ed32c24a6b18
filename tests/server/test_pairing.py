"""The file of paired devices: what it keeps, who edits it, and who notices."""

import errno
import hashlib
import json
import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from tars.errors import UserError
from tars.server.commands import devices
from tars.server.pairing import PairedDevices, digest_of, pair_device, read_pairings, unpair_device
from tars.server.settings import ServerSettings, Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "paired.json"


def test_a_token_has_256_bits_and_only_its_digest_is_kept(path: Path) -> None:
    token, replaced = pair_device(path, "kitchen", NOON)
    assert len(bytes.fromhex(token)) == 32
    assert not replaced
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token not in path.read_text()
    (entry,) = json.loads(path.read_text())["devices"].values()
    assert entry == {"sha256": hashlib.sha256(token.encode()).hexdigest(), "paired": "2026-03-01T12:00:00+00:00"}
    assert token not in repr(read_pairings(path))
    assert PairedDevices(path).holder(digest_of(token)) == "kitchen"


def test_a_device_that_is_paired_again_loses_its_first_token(path: Path) -> None:
    first, _ = pair_device(path, "kitchen")
    bystander, _ = pair_device(path, "bedroom")
    second, replaced = pair_device(path, "kitchen")
    assert replaced
    paired = PairedDevices(path)
    found = [paired.holder(digest_of(token)) for token in (first, second, bystander, "", "x" * 10_000)]
    assert found == [None, "kitchen", "bedroom", None, None]


def test_unpair_takes_one_away_and_names_one_that_is_not_there(path: Path) -> None:
    token, _ = pair_device(path, "kitchen")
    pair_device(path, "bedroom")
    assert unpair_device(path, "kitchen") == 1
    assert PairedDevices(path).holder(digest_of(token)) is None
    before = path.read_bytes()
    with pytest.raises(UserError, match="no device 'kitchen' is paired"):
        unpair_device(path, "kitchen")
    assert path.read_bytes() == before


@pytest.mark.parametrize("device_id", ["", "a b", "a/b", "x" * 65, "kitchen\n"])
def test_a_device_id_that_the_protocol_does_not_allow_is_a_users_mistake(path: Path, device_id: str) -> None:
    with pytest.raises(UserError, match="device id"):
        pair_device(path, device_id)
    assert not path.exists()


def test_a_running_server_sees_every_change_and_no_other(path: Path) -> None:
    paired = PairedDevices(path)
    assert len(paired) == 0
    generations = [paired.generation]
    token = ""
    for change in (
        lambda: None,
        lambda: pair_device(path, "kitchen"),
        lambda: None,
        lambda: unpair_device(path, "kitchen"),
        lambda: pair_device(path, "kitchen"),
        path.unlink,
    ):
        made = change()
        token = made[0] if isinstance(made, tuple) else token
        paired.refresh()
        generations.append(paired.generation)
        assert paired.holder(digest_of(token)) == ("kitchen" if len(paired) else None)
    assert generations == [0, 0, 1, 1, 2, 3, 4]
    assert len(paired) == 0


def test_a_file_that_is_damaged_while_the_server_runs_changes_nothing_and_is_told_once(path: Path) -> None:
    token, _ = pair_device(path, "kitchen")
    paired = PairedDevices(path)
    path.write_text("{")
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            paired.refresh()
    assert [entry["event"] for entry in logs] == ["paired_devices_unreadable"]
    assert paired.holder(digest_of(token)) == "kitchen"
    assert paired.generation == 0


def test_a_change_that_cannot_be_read_at_once_is_read_as_soon_as_it_can(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> bytes:
        raise OSError(errno.EMFILE, "Too many open files")

    paired = PairedDevices(path)
    token, _ = pair_device(path, "kitchen")
    with structlog.testing.capture_logs() as logs, monkeypatch.context() as short:
        short.setattr(Path, "read_bytes", fail)
        for _ in range(3):
            paired.refresh()
        assert paired.trouble is not None
    assert [entry["event"] for entry in logs] == ["paired_devices_unreadable"]
    paired.refresh()
    assert paired.holder(digest_of(token)) == "kitchen"
    assert paired.trouble is None


def test_a_file_that_is_put_back_is_no_trouble(path: Path) -> None:
    pair_device(path, "kitchen")
    paired = PairedDevices(path)
    aside = path.rename(path.with_suffix(".aside"))
    path.write_text("{")
    paired.refresh()
    assert paired.trouble is not None
    aside.replace(path)
    paired.refresh()
    assert paired.trouble is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "devices": {}}', '{"version": 1, "devices": {"a": {}}}',
     '{"version": 1, "devices": {"a": {"sha256": "zz", "paired": "2026-03-01"}}}'],
)  # fmt: skip
def test_a_server_does_not_start_without_knowing_its_devices(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UserError, match=r"paired\.json"):
        PairedDevices(path)
    with pytest.raises(UserError, match=r"paired\.json"):
        pair_device(path, "kitchen")
    assert path.read_text() == text


def test_who_edits_at_once_takes_turns(path: Path) -> None:
    names = [f"device-{number}" for number in range(20)]
    editors = [threading.Thread(target=pair_device, args=(path, name)) for name in names]
    for editor in editors:
        editor.start()
    for editor in editors:
        editor.join()
    assert sorted(read_pairings(path)) == sorted(names)


def test_a_folder_that_cannot_be_written_is_a_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        pair_device(tmp_path / "file" / "paired.json", "kitchen")


def test_a_file_of_a_later_layout_says_what_to_do(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"version": 2, "devices": {}}')
    with pytest.raises(UserError, match="was written by a newer TARS: upgrade this one"):
        read_pairings(path)


def test_a_device_in_the_file_whose_name_commands_a_terminal_does_not(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair_device(path, "kitchen")
    path.write_text(path.read_text().replace("kitchen", r"kit\u001b[2J\n\u202echen"))
    devices(settings=Settings(server=ServerSettings(tokens_file=path)))
    lines = capsys.readouterr().out.removesuffix("\n").split("\n")
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    assert r"kit\x1b[2J\n\u202echen" in lines[1]
