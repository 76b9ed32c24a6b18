"""The model in the installed package, and every way in which it may be missing or damaged."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from tars.errors import UserError
from tars.server.stt.moonshine.files import ModelFiles, find_files
from tars.server.stt.moonshine.model import load_moonshine

NAMES = ("encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin")
INSTALL = r"; run: .+ install .*--no-deps moonshine-voice==0\.0\.73"
REPAIR = r"; run: .+ install .*--no-deps --force-reinstall moonshine-voice==0\.0\.73"


@attrs.frozen
class Wheel:
    """An installed package with this name, whose files are a few bytes long."""

    site: Path

    @property
    def folder(self) -> Path:
        return self.site / "moonshine_voice" / "assets" / "tiny-en"

    def install(self, version: str = "0.0.73", names: tuple[str, ...] = NAMES, *, sizes: bool = True) -> None:
        info = self.site / f"moonshine_voice-{version}.dist-info"
        info.mkdir()
        self.folder.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: moonshine-voice\nVersion: {version}\n")
        size = "5" if sizes else ""
        record = [f"moonshine_voice/assets/tiny-en/{name},,{size}" for name in names]
        (info / "RECORD").write_text("\n".join(["moonshine_voice/__init__.py,,0", *record, ""]))
        for name in names:
            (self.folder / name).write_bytes(b"model")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wheel:
    """Nothing is installed but what the test installs."""
    importlib.metadata.version("pytest")  # Python's own modules are loaded while they can be found
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    return Wheel(tmp_path)


def complaint() -> str:
    with pytest.raises(UserError) as caught:
        find_files()
    return str(caught.value)


def test_the_files_are_found_in_the_package(wheel: Wheel) -> None:
    wheel.install()
    expected = ModelFiles(*(wheel.folder / name for name in NAMES))
    assert find_files() == expected


def test_a_record_without_sizes_is_believed(wheel: Wheel) -> None:
    wheel.install(sizes=False)
    assert find_files().encoder.exists()


def test_a_package_that_is_not_there_is_one_sentence_with_its_command(wheel: Wheel) -> None:
    expected = "speech recognition needs the model of moonshine-voice, which is not installed" + INSTALL
    assert re.fullmatch(expected, complaint())


def test_a_release_without_the_model_is_told(wheel: Wheel) -> None:
    wheel.install(version="0.1.2", names=())
    expected = (
        r"the installed moonshine-voice 0\.1\.2 does not carry the speech model's encoder_model\.ort" + INSTALL
    )
    assert re.fullmatch(expected, complaint())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_cut_off_is_told(wheel: Wheel, name: str) -> None:
    wheel.install()
    (wheel.folder / name).write_bytes(b"mod")
    expected = (
        rf"the speech model's file '\S+{name}' is damaged: it has 3 bytes where the package recorded 5" + REPAIR
    )
    assert re.fullmatch(expected, complaint())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_was_deleted_is_told(wheel: Wheel, name: str) -> None:
    wheel.install()
    (wheel.folder / name).unlink()
    expected = rf"the speech model's file '\S+{name}' cannot be read \(No such file or directory\)" + REPAIR
    assert re.fullmatch(expected, complaint())


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            NAMES,
            r"the speech model's encoder '\S+encoder_model.ort' cannot be loaded \(ORT model verification failed\)"
            + REPAIR,
        ),
        (NAMES[1:], r"the speech model's decoder '\S+decoder_model_merged\.ort' cannot be loaded \(.+\)" + REPAIR),
        (
            NAMES[2:],
            r"the speech model's tokenizer '\S+tokenizer\.bin' cannot be loaded \(it ends within .+\)" + REPAIR,
        ),
    ],
)
def test_files_of_the_right_length_that_hold_something_else_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, names: tuple[str, ...], expected: str
) -> None:
    real = find_files()
    paths = [real.encoder, real.decoder, real.tokenizer]
    for number, path in enumerate(paths):
        if path.name in names:
            paths[number] = tmp_path / path.name
            paths[number].write_bytes(b"\xff" * 1_000)
    monkeypatch.setattr("tars.server.stt.moonshine.model.find_files", lambda: ModelFiles(*paths))
    with pytest.raises(UserError) as caught:
        load_moonshine()
    assert re.fullmatch(expected, str(caught.value))


def test_the_model_works_without_importing_its_package() -> None:
    program = (
        "import sys\n"
        "from tars.server.stt.moonshine.model import load_moonshine\n"
        "load_moonshine().decode(bytes(32_000), None)\n"
        "print([name for name in sys.modules if name.startswith('moonshine_voice')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
