"""WAV files: integer PCM read and written.

The standard library's `wave` reads no WAVE_FORMAT_EXTENSIBLE before Python 3.12, which is how most programs
write 24 bits, and no file whose length was not known when its header was written; this module reads both.
"""

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

import attrs
import numpy as np

from tars.audio.formats import AudioFormat
from tars.errors import UserError

_PCM, _EXTENSIBLE = 1, 0xFFFE
_HEADER_BYTES = 44
_LARGEST_DATA = 2**32 - 1 - _HEADER_BYTES


def read_wav(path: str | os.PathLike[str]) -> tuple[AudioFormat, bytes]:
    """The format and the audio of a WAV file, always signed.

    Raises `UserError` naming the file where there is none, or it is no WAV file of integer PCM of 8 to 32 bits.
    """
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as exc:
        raise UserError(f"{os.fspath(path)}: cannot be read: {exc.strerror or exc}") from exc
    try:
        return _parse(content)
    except _NotUsable as exc:
        raise UserError(f"{os.fspath(path)}: {exc}; give a WAV file of integer PCM, 8 to 32 bits") from exc


class _NotUsable(Exception):
    """Why the content is no WAV file that TARS reads."""


def _parse(content: bytes) -> tuple[AudioFormat, bytes]:
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise _NotUsable("is not a WAV file")
    audio_format: AudioFormat | None = None
    for name, body in _chunks(content):
        if name == b"fmt ":
            audio_format = _parse_format(body)
        elif name == b"data":
            if audio_format is None:
                raise _NotUsable("has its audio before its format")
            pcm = body[: len(body) - len(body) % audio_format.frame_bytes]
            return audio_format, _signed(pcm) if audio_format.width == 1 else pcm
    raise _NotUsable("holds no audio")


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        if name == b"data" and size == 0:
            size = len(content)  # written by a program that never came to know the length
        yield name, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _parse_format(body: bytes) -> AudioFormat:
    if len(body) < 16:
        raise _NotUsable("has a format that is cut short")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if tag != _PCM:
        raise _NotUsable(f"holds compressed or floating-point audio (format {tag:#x})")
    if bits not in (8, 16, 24, 32) or not channels or not rate:
        raise _NotUsable(f"has {bits} bits, {channels} channels and {rate} samples a second")
    return AudioFormat(rate=rate, channels=channels, width=bits // 8)


def _signed(pcm: bytes) -> bytes:
    return (np.frombuffer(pcm, np.uint8) ^ 0x80).tobytes()


@attrs.define
class WavWriter:
    """Writes a WAV file of 16-bit PCM whose header is true after every `write`: nobody need close it well.

    Raises `UserError` where the file cannot be made. Beyond the 4 GiB that a WAV file holds, audio is dropped.
    """

    path: str
    audio_format: AudioFormat
    _file: BinaryIO = attrs.field(init=False)
    _data_bytes: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        try:
            self._file = open(self.path, "wb")  # noqa: SIM115 - closed by close()
        except OSError as exc:
            raise UserError(f"{self.path}: cannot be written: {exc.strerror or exc}") from exc
        self._write_header()

    def write(self, pcm: bytes) -> None:
        """Append `pcm`."""
        if self._data_bytes + len(pcm) > _LARGEST_DATA:
            return
        self._file.seek(_HEADER_BYTES + self._data_bytes)
        self._file.write(pcm)
        self._data_bytes += len(pcm)
        self._write_header()

    def skip(self, frames: int) -> None:
        """Append silence; it takes no room on the disk."""
        self._data_bytes = min(_LARGEST_DATA, self._data_bytes + frames * self.audio_format.frame_bytes)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write_header(self) -> None:
        form = self.audio_format
        fmt = struct.pack(
            "<HHIIHH",
            _PCM, form.channels, form.rate, form.bytes_per_second, form.frame_bytes, 8 * form.width,
        )  # fmt: skip
        self._file.seek(0)
        self._file.write(b"RIFF" + struct.pack("<I", _HEADER_BYTES - 8 + self._data_bytes) + b"WAVE")
        self._file.write(b"fmt " + struct.pack("<I", len(fmt)) + fmt)
        self._file.write(b"data" + struct.pack("<I", self._data_bytes))
        self._file.flush()
