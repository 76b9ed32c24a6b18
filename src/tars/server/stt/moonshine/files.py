"""Where the model's files lie.

The wheel `moonshine-voice` carries them. It is never imported: its own library and the packages that it asks for
are not needed, and the latter not installed.
"""

import csv
import importlib.metadata
from pathlib import Path, PurePosixPath

import attrs

from tars.errors import UserError
from tars.runtime.installation import SPEECH_MODEL, models_command

_DISTRIBUTION = SPEECH_MODEL.partition("==")[0]
_FOLDER = "tiny-en"


@attrs.frozen
class Recorded:
    """A file of the wheel, as its RECORD has it (PEP 376). `importlib.metadata.files` leaves out deleted ones."""

    path: Path
    size: int | None
    """Bytes; None where the record does not say it."""


@attrs.frozen
class ModelFiles:
    """The files of the model."""

    encoder: Path
    decoder: Path
    tokenizer: Path


def find_files() -> ModelFiles:
    """Find the model in the installed wheel; `UserError` where it is missing, or a file of it is damaged."""
    files = _files_of_wheel()
    return ModelFiles(
        _intact(files, "encoder_model.ort"),
        _intact(files, "decoder_model_merged.ort"),
        _intact(files, "tokenizer.bin"),
    )


def repair_command() -> str:
    """Return the shell command that installs the model anew."""
    return models_command(f"--force-reinstall {SPEECH_MODEL}")


def _files_of_wheel() -> dict[str, Recorded]:
    try:
        wheel = importlib.metadata.distribution(_DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        raise UserError(
            f"speech recognition needs the model of {_DISTRIBUTION}, which is not installed; run: {_command()}"
        ) from None
    rows = csv.reader((wheel.read_text("RECORD") or "").splitlines())
    return {
        PurePosixPath(name).name: Recorded(Path(str(wheel.locate_file(name))), int(size) if size else None)
        for name, _, size in rows
        if PurePosixPath(name).parent.name == _FOLDER
    }


def _intact(files: dict[str, Recorded], name: str) -> Path:
    """The file `name`, which must be as long as the wheel's own record says."""
    if name not in files:
        version = importlib.metadata.version(_DISTRIBUTION)
        raise UserError(
            f"the installed {_DISTRIBUTION} {version} does not carry the speech model's {name}; run: {_command()}"
        )
    path = files[name].path
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UserError(
            f"the speech model's file {str(path)!r} cannot be read ({error.strerror}); run: {repair_command()}"
        ) from error
    if files[name].size not in (None, size):
        raise UserError(
            f"the speech model's file {str(path)!r} is damaged: it has {size:,} bytes where the package recorded"
            f" {files[name].size:,}; run: {repair_command()}"
        )
    return path


def _command() -> str:
    return models_command(SPEECH_MODEL)
