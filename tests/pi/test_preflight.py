"""What the settings name on this machine is looked at before anything is dialled."""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from tars.audio.formats import MICROPHONE
from tars.audio.wav import WavWriter
from tars.errors import UserError
from tars.pi.audio_devices import AudioDevice
from tars.pi.preflight import look_before_dialling
from tars.pi.settings import Settings
from tests.support.virtual import hang, run_virtual
from tests.support.wav import read_wav

CARDS = [AudioDevice(0, "USB Microphone", 1, 0, 48_000), AudioDevice(1, "USB Speaker", 0, 2, 48_000)]


@pytest.fixture
def said(tmp_path: Path) -> Path:
    wav = WavWriter(str(tmp_path / "said.wav"), MICROPHONE)
    wav.write(b"\1\2" * 1_000)
    wav.close()
    return tmp_path / "said.wav"


def look(*, exit_after_input: bool = False, **values: Any) -> None:
    settings = attrs.evolve(Settings(speaker="null"), **values)

    async def main() -> None:
        await look_before_dialling(settings, exit_after_input=exit_after_input)

    run_virtual(main, threads_in_no_time=True)


def complaint(**values: Any) -> str:
    with pytest.raises(UserError) as raised:
        look(**values)
    return str(raised.value)


def test_what_is_there_passes_and_nothing_is_changed(said: Path, tmp_path: Path) -> None:
    before = said.read_bytes()
    look(microphone=f"wav:{said}", speaker=f"wav:{tmp_path}/heard.wav", exit_after_input=True)
    assert said.read_bytes() == before


@pytest.mark.parametrize("how", ["the same name", "another spelling", "a symbolic link", "a hard link", "~"])
def test_one_file_is_not_microphone_and_loudspeaker_at_once(
    said: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, other = said.read_bytes(), tmp_path / "other.wav"
    monkeypatch.setenv("HOME", str(tmp_path))
    match how:
        case "another spelling":
            other = tmp_path / "nested" / ".." / "said.wav"
            (tmp_path / "nested").mkdir()
        case "a symbolic link":
            other.symlink_to(said)
        case "a hard link":
            other.hardlink_to(said)
        case "the same name":
            other = said
        case _:
            other = Path("~/said.wav")
    assert "are one file, which recording would destroy" in complaint(
        microphone=f"wav:{said}", speaker=f"wav:{other}"
    )
    assert said.read_bytes() == before


def test_a_path_below_home_is_understood(said: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    look(microphone="wav:~/said.wav", speaker="wav:~/heard.wav")
    assert (tmp_path / "heard.wav").exists()


def test_every_mistake_has_its_sentence(said: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    with (tmp_path / "huge.onnx").open("wb") as file:
        file.truncate(10**12)
    (tmp_path / "notes.txt").write_text("milk")
    (tmp_path / "notes.onnx").write_text("milk")
    good = f"wav:{said}"
    mistakes: dict[str, dict[str, Any]] = {
        "names no file": {"microphone": "wav:"},
        "No such file": {"microphone": "wav:/no/such.wav"},
        "it is a device": {"microphone": "wav:/dev/zero"},
        "it is a pipe, not a file": {"microphone": good, "hotword": (f"{tmp_path}/pipe.onnx",)},
        "too large": {"microphone": good, "hotword": (f"{tmp_path}/huge.onnx",)},
        "cannot be loaded": {"microphone": good, "hotword": ("hey_jarvis", f"{tmp_path}/notes.onnx")},
        "is not there": {"microphone": good, "hotword": ("~/none.onnx",)},
        "hey_nobody": {"microphone": good, "hotword": ("hey_nobody",)},
        "no hotword is configured": {"microphone": good, "hotword": ()},
        "it is a folder": {"microphone": good, "speaker": f"wav:{tmp_path}"},
        "no WAV file: remove it": {"microphone": good, "speaker": f"wav:{tmp_path}/notes.txt"},
        "--exit-after-input needs a microphone that ends": {"microphone": None, "exit_after_input": True},
    }
    for words, values in mistakes.items():
        assert words in complaint(**values)
    assert (tmp_path / "notes.txt").read_text() == "milk"


def test_a_mistake_elsewhere_leaves_no_recording_behind(said: Path, tmp_path: Path) -> None:
    complaint(microphone=f"wav:{said}", speaker=f"wav:{tmp_path}/heard.wav", hotword=("hey_nobody",))
    assert not (tmp_path / "heard.wav").exists()


def test_an_older_recording_stays_whole_until_it_is_replaced(said: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.wav"
    old.write_bytes(said.read_bytes())
    look(microphone=f"wav:{said}", speaker=f"wav:{old}")
    assert read_wav(old) == read_wav(said)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"microphone": "Blue Yeti", "speaker": "null"}, "no microphone is called 'Blue Yeti'; choose one of"),
        ({"microphone": "USB", "speaker": "Soundbar"}, "no speaker is called 'Soundbar'"),
        ({"microphone": "stdin", "speaker": "7"}, "no speaker is called '7'"),
    ],
)
def test_a_card_that_is_not_there_is_told(
    values: dict[str, Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tars.pi.preflight.list_devices", lambda: CARDS)
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115 - it stays for the test
    assert words in complaint(**values)
    sys.stdin.close()


def test_cards_that_are_there_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tars.pi.preflight.list_devices", lambda: CARDS)
    look(microphone="USB", speaker="1")


def test_portaudio_is_missed_only_where_a_card_is_wanted(said: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    look(microphone=f"wav:{said}")
    assert "Sound cards need sounddevice" in complaint(microphone=f"wav:{said}", speaker=None)


def test_a_driver_that_hangs_is_told_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tars.pi.preflight.list_devices", hang)
    settings = Settings(microphone="USB")

    async def main() -> None:
        with trio.move_on_after(2) as stopped:
            await look_before_dialling(settings, exit_after_input=False)
        assert stopped.cancelled_caught
        await look_before_dialling(settings, exit_after_input=False)

    with pytest.raises(UserError, match="the sound cards: no answer for 10 s"):
        run_virtual(main, threads_in_no_time=True)


@pytest.mark.parametrize(
    ("package", "words"), [("onnxruntime", "hotwords need onnxruntime"), ("openwakeword", "openWakeWord's models")]
)
def test_a_package_that_is_missing_is_told(
    said: Path, package: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec

    def find_all_but_one(name: str) -> object:
        return None if name == package else find_spec(name)

    monkeypatch.setattr(importlib.util, "find_spec", find_all_but_one)
    assert f"{words}, which " in complaint(microphone=f"wav:{said}")
