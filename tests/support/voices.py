"""People who talk, rooms that hum: audio for tests, the same bytes in every run.

Everything here is PCM as microphones send it (16 kHz, mono, 16 bits). Speech comes from espeak-ng's wheel, each
sentence from a fresh process (see `espeak_process`), and is kept on disk under the temporary directory, so that
a sentence costs 30 ms once and nothing afterwards.
"""

import functools
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import espeakng_loader
import numpy as np
import soxr

from tars.audio.formats import MICROPHONE
from tests.support.limits import HANG

VOICES = (
    "en-us",
    "en-us+m3",
    "en-us+m7",
    "en-us+f2",
    "en-us+f3",
    "en-us+f5",
    "en",
    "en+m1",
    "en+f4",
    "en-gb-x-rp",
    "en-gb-x-rp+f1",
    "en-gb-scotland",
    "en-us-nyc",
    "en-029",
)
"""Voices that sound different from one another. Accents: `en`, `en-us`, `en-us-nyc`, `en-029`, `en-gb-x-rp`,
`en-gb-scotland`, `en-gb-x-gbclan`, `en-gb-x-gbcwmd` (`en-gb` alone does not exist). After a `+`, any of
espeak-ng's 104 variants: `m1`-`m8`, `f1`-`f5`, `klatt`, `whisper`, `Andy`, `Annie`, ..."""

_HELPER = Path(__file__).with_name("espeak_process.py")
_CACHE = Path(tempfile.gettempdir()) / f"tars-test-voices-{os.getuid()}"


@functools.lru_cache(maxsize=512)
def speak(text: str, voice: str = "en-us", rate: int = 160, pitch: int = 50) -> bytes:
    """`text` spoken at `rate` words a minute, on exact digital silence (see `mix` for a room around it)."""
    key = hashlib.sha256(repr((_library_stamp(), voice, rate, pitch, text)).encode()).hexdigest()[:32]
    kept = _CACHE / f"{key}.pcm"
    if kept.exists():
        return kept.read_bytes()
    pcm = _synthesise(text, voice, rate, pitch)
    _CACHE.mkdir(mode=0o700, exist_ok=True)
    fresh = _CACHE / f"{key}.{os.getpid()}"
    fresh.write_bytes(pcm)
    fresh.replace(kept)
    return pcm


def silence(seconds: float) -> bytes:
    """Digital silence, which no microphone ever gives."""
    return bytes(MICROPHONE.bytes_in(seconds))


def noise(seconds: float, rms: float, seed: int = 0) -> bytes:
    """White noise of `rms` (of 32,768): 5 is a quiet card, 20-80 a room, 300 a fan beside the microphone."""
    samples = np.random.default_rng(seed).normal(0.0, rms, MICROPHONE.bytes_in(seconds) // 2)
    return _to_pcm(samples)


def mix(*parts: bytes, gain: float = 1.0) -> bytes:
    """All `parts` from the same start, as long as the longest; `gain` is that of the first."""
    total = np.zeros(max(len(part) for part in parts) // 2)
    for part in parts:
        samples = np.frombuffer(part, np.int16) * (gain if part is parts[0] else 1.0)
        total[: samples.size] += samples
    return _to_pcm(total)


def in_room(speech: bytes, rms: float = 20, before: float = 1.0, after: float = 1.0, seed: int = 0) -> bytes:
    """`speech` with `before` and `after` seconds around it, and a room's noise of `rms` over all of it."""
    padded = silence(before) + speech + silence(after)
    return mix(padded, noise(MICROPHONE.seconds(len(padded)), rms, seed))


def voiced(speech: bytes, level: int = 200) -> tuple[int, int]:
    """Byte offsets of the first and behind the last sample at or above `level`: where the talking really is."""
    loud = np.flatnonzero(np.abs(np.frombuffer(speech, np.int16).astype(np.int32)) >= level)
    if not loud.size:
        raise ValueError(f"nothing as loud as {level} in {MICROPHONE.seconds(len(speech)):.2f} s of audio")
    return int(loud[0]) * 2, int(loud[-1]) * 2 + 2


def _synthesise(text: str, voice: str, rate: int, pitch: int) -> bytes:
    command = [sys.executable, "-I", "-S", str(_HELPER), espeakng_loader.get_library_path()]
    command += [espeakng_loader.get_data_path(), voice, str(rate), str(pitch)]
    done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=HANG, check=False)
    if done.returncode or len(done.stdout) <= 4:
        raise ValueError(f"espeak-ng said nothing for {text!r} as {voice!r}: {done.stderr.decode().strip()}")
    hertz = int.from_bytes(done.stdout[:4], "little")
    samples = np.frombuffer(done.stdout[4:], np.int16).astype(np.float32)
    return _to_pcm(soxr.resample(samples, hertz, MICROPHONE.rate))


@functools.cache
def _library_stamp() -> tuple[str, int]:
    library = Path(espeakng_loader.get_library_path())
    return library.name, library.stat().st_size


def _to_pcm(samples: "np.ndarray[tuple[int, ...], np.dtype[np.floating]]") -> bytes:
    pcm: bytes = np.clip(np.rint(samples), -32_768, 32_767).astype("<i2").tobytes()
    return pcm
