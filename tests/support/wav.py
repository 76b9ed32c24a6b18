"""WAV files that tests read back."""

import os

from tars.audio.formats import AudioFormat
from tars.audio.wav import open_wav


def read_wav(path: str | os.PathLike[str]) -> tuple[AudioFormat, bytes]:
    """Return the format and the whole audio of a small WAV file. Raise as `open_wav`."""
    reader = open_wav(path)
    try:
        return reader.audio_format, reader.read(reader.byte_count)
    finally:
        reader.close()
