"""Which hotwords there are, and where their models lie.

openWakeWord's wheel carries models; they are found without importing the package, because the import brings
scikit-learn and SciPy along, more memory than the whole of `tars-pi` may take.
"""

import importlib.util
import os
import re
from collections.abc import Iterable
from pathlib import Path

import attrs

from tars.errors import UserError
from tars.files import open_regular
from tars.runtime.installation import HOTWORD_MODELS, install_command, models_command

DEFAULT_HOTWORD = "hey_jarvis"
MAX_MODEL_BYTES = 50_000_000
"""More than any hotword's model has, and less than what leaves a small board without memory."""
_NOT_HOTWORDS = frozenset({"melspectrogram", "embedding_model", "silero_vad"})
_VERSION = re.compile(r"_v\d[\d.]*$")


@attrs.frozen
class HotwordModel:
    """One hotword and the file of its classifier."""

    name: str
    path: Path


@attrs.frozen
class ModelFiles:
    """Every file that the detector loads."""

    melspectrogram: Path
    embedding: Path
    hotwords: tuple[HotwordModel, ...]

    @property
    def own_files(self) -> tuple[HotwordModel, ...]:
        """The hotwords' models that the user has named by their files, and that may be anything."""
        return tuple(hotword for hotword in self.hotwords if hotword.path.parent != self.embedding.parent)


def find_models(names_or_paths: Iterable[str]) -> ModelFiles:
    """The files behind `names_or_paths`; `UserError` for a name that nobody knows or a file that is not there."""
    if importlib.util.find_spec("onnxruntime") is None:  # told now, and not when the models are loaded
        raise UserError(f"hotwords need onnxruntime, which is not installed; run: {install_command('pi')}")
    folder = _models_folder()
    bundled = _bundled(folder)
    found = dict.fromkeys(_find(wanted, bundled) for wanted in names_or_paths)
    if not found:
        raise UserError(f"no hotword is configured; give at least one of {_listing(bundled)}, or a .onnx file")
    return ModelFiles(folder / "melspectrogram.onnx", folder / "embedding_model.onnx", tuple(found))


def bundled_hotwords() -> tuple[str, ...]:
    """Names of the hotwords that the installed openWakeWord wheel carries, in alphabetical order."""
    return tuple(sorted(_bundled(_models_folder())))


def _models_folder() -> Path:
    spec = importlib.util.find_spec("openwakeword")  # of a top-level package: finds it, does not run it
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            f"hotwords need openWakeWord's models, which are not installed; run: {models_command(HOTWORD_MODELS)}"
        )
    folder = Path(spec.submodule_search_locations[0], "resources", "models")
    if not (folder / "embedding_model.onnx").exists():
        raise UserError(
            f"the installed openWakeWord carries no models in {folder} (its releases from 0.6 download them);"
            f" run: {models_command(HOTWORD_MODELS)}"
        )
    return folder


def _bundled(folder: Path) -> dict[str, HotwordModel]:
    models = (HotwordModel(_hotword_name(path), path) for path in sorted(folder.glob("*.onnx")))
    return {model.name: model for model in models if model.name not in _NOT_HOTWORDS}


def _hotword_name(path: Path) -> str:
    return _VERSION.sub("", path.stem)


def _find(wanted: str, bundled: dict[str, HotwordModel]) -> HotwordModel:
    if wanted.endswith((".onnx", ".tflite")) or "/" in wanted:
        return _from_file(Path(os.path.expanduser(wanted)))
    name = re.sub(r"[\s_-]+", "_", wanted.strip().lower())
    if name not in bundled:
        raise UserError(f"there is no hotword {wanted!r}; there are {_listing(bundled)}, or give a .onnx file")
    return bundled[name]


def _from_file(path: Path) -> HotwordModel:
    try:
        descriptor = open_regular(path)
        size = os.fstat(descriptor).st_size
        os.close(descriptor)
    except FileNotFoundError:
        raise UserError(f"the hotword model {str(path)!r} is not there; give the path of a .onnx file") from None
    except (OSError, ValueError) as exc:  # ValueError: a name that holds a zero byte
        reason = getattr(exc, "strerror", None) or exc
        raise UserError(
            f"the hotword model {str(path)!r} cannot be read: {reason}; give the path of a .onnx file"
        ) from exc
    if size > MAX_MODEL_BYTES:
        raise UserError(
            f"the hotword model {str(path)!r} is too large, with {size:,} bytes; give one of openWakeWord's, which"
            " have a few hundred thousand"
        )
    if path.suffix != ".onnx":
        raise UserError(f"the hotword model {str(path)!r} is not an ONNX model; give its .onnx version")
    return HotwordModel(_hotword_name(path), path)


def _listing(bundled: dict[str, HotwordModel]) -> str:
    return ", ".join(sorted(bundled))
