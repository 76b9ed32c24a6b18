"""Sound of any source as microphones send it: 16 kHz, mono, 16 bits; levels, and noise at a given distance."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from tars.audio.formats import MICROPHONE
from tests.support.limits import HANG
from tests.support.wav import read_wav

SPEECH_RMS = 1600.0
"""The level of every voice, of 32,768: a person who speaks at arm's length, −26 dBFS."""
_WINDOW = 320
"""Samples, 20 ms, over which loudness is measured."""
_QUIET_SHARE = 0.1
"""A window is part of the speech where it is louder than this share of the loud ones."""

Samples = npt.NDArray[np.float64]


def read_sound(path: Path) -> bytes:
    """Read a sound file as microphone audio. `sox` reads what is no WAV file; `ValueError` where it cannot."""
    if path.suffix.lower() == ".wav":
        audio_format, pcm = read_wav(path)
        samples = np.frombuffer(pcm, np.int16).astype(np.float64)
        mono = samples.reshape(-1, audio_format.channels).mean(axis=1)
        return to_pcm(soxr.resample(mono, audio_format.rate, MICROPHONE.rate))
    if shutil.which("sox") is None:
        raise ValueError(f"{path.name} is no WAV file, and sox, which would read it, is not installed")
    command = [
        "sox",
        str(path),
        "-r",
        str(MICROPHONE.rate),
        "-c",
        "1",
        "-b",
        "16",
        "-e",
        "signed",
        "-t",
        "raw",
        "-",
    ]
    done = subprocess.run(command, capture_output=True, timeout=HANG, check=False)
    if done.returncode:
        raise ValueError(f"sox cannot read {path.name}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def read_sound_bytes(content: bytes) -> bytes:
    """Read the content of a WAV file as microphone audio."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(content)
        file.flush()
        return read_sound(Path(file.name))


def to_pcm(samples: Samples) -> bytes:
    """Samples as 16-bit PCM, clipped where they are too loud."""
    return np.clip(np.rint(samples), -32_768, 32_767).astype("<i2").tobytes()


def samples_of(pcm: bytes) -> Samples:
    """PCM as samples that may be computed with."""
    return np.frombuffer(pcm, np.int16).astype(np.float64)


def speech_rms(pcm: bytes) -> float:
    """The level of the speech in a recording, without its pauses; 0 for digital silence."""
    samples = samples_of(pcm)
    whole = samples[: samples.size // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    if not whole.size:
        return 0.0
    power = (whole**2).mean(axis=1)
    loud = power[power > _QUIET_SHARE**2 * np.percentile(power, 95)]
    return float(np.sqrt(loud.mean())) if loud.size else 0.0


def at_level(pcm: bytes, rms: float = SPEECH_RMS) -> bytes:
    """The recording with its speech at `rms`, or as loud as fits without clipping."""
    level, samples = speech_rms(pcm), samples_of(pcm)
    if not level:
        return pcm
    gain = min(rms / level, 32_000 / np.abs(samples).max())
    return to_pcm(samples * gain)


def with_noise(speech: bytes, sound: Samples, decibels: float, *, level: float, seed: int) -> bytes:
    """Add a passage of `sound`, chosen by `seed`, so that speech of `level` stands `decibels` above it."""
    samples = samples_of(speech)
    start = int(np.random.default_rng(seed).integers(max(1, sound.size - samples.size)))
    passage = np.resize(sound[start : start + samples.size], samples.size)
    rms = float(np.sqrt((passage**2).mean()))
    wanted = level / 10 ** (decibels / 20)
    return to_pcm(samples + passage * (wanted / rms if rms else 0.0))
