"""What stands in for a sound card: WAV files, standard input, and nothing at all.

No numpy is imported here: the program looks at all of them before it dials.
"""

import os
import sys

from tars.audio.wav import WavReader, open_to_record, open_wav
from tars.errors import UserError

PREFIX = "wav:"
STDIN = "stdin"
"""The microphone that another program pipes in."""
NULL = "null"
"""The loudspeaker that plays to nobody."""
RAW_AUDIO = "raw audio: 16 bits, little-endian, mono, 16 kHz"


def wav_path(spec: str | None) -> str | None:
    """Return the path of the WAV file that a setting names, or None where it names a device.

    A leading `~` is the user's home. Raise `UserError` where no path follows `wav:`.
    """
    if spec is None or not spec.startswith(PREFIX):
        return None
    if not (path := spec.removeprefix(PREFIX)):
        raise UserError(f"{spec!r} names no file; write {PREFIX}FILE")
    return os.path.expanduser(path)


def open_to_hear(path: str) -> WavReader:
    """Open a WAV file that has something to hear. Raise `UserError`."""
    wav = open_wav(path)
    if not wav.byte_count:
        wav.close()
        raise UserError(f"{path}: holds no audio; give a WAV file with something to hear")
    return wav


def check_wav_files(heard: str | None, spoken: str | None) -> None:
    """Raise `UserError` unless the one can be heard and the other recorded into; they must be two files."""
    if heard is not None:
        wav = open_to_hear(heard)
        try:
            if spoken is not None and wav.is_same_file(spoken):
                raise UserError(
                    f"{heard} and {spoken} are one file, which recording would destroy; give the speaker another"
                )
        finally:
            wav.close()
    if spoken is not None:
        os.close(open_to_record(spoken))


def check_stdin() -> None:
    """Raise `UserError` where standard input is closed or a terminal, so that no program pipes audio in."""
    if sys.stdin is None:
        raise UserError(f"microphone stdin: standard input is closed; pipe {RAW_AUDIO} into this program")
    if sys.stdin.isatty():
        raise UserError(f"microphone stdin: standard input is a terminal; pipe {RAW_AUDIO} into this program")
