"""WAV files: integer PCM, read and written piece by piece.

The standard library's `wave` reads no WAVE_FORMAT_EXTENSIBLE before Python 3.12, which is how most programs
write 24 bits, and no file whose length was not known when its header was written; this module reads both, and
RF64, the WAV file of more than 4 GiB. What a header says is believed only as far as the file bears it out.
"""

import fcntl
import os
import struct
from contextlib import suppress
from typing import BinaryIO

import attrs

from tars.audio.formats import AudioFormat
from tars.errors import UserError
from tars.files import open_regular

_PCM, _EXTENSIBLE = 1, 0xFFFE
_HEADER_BYTES = 44
_UNKNOWN = 0xFFFFFFFF
_LARGEST_DATA = _UNKNOWN - _HEADER_BYTES
_MAGICS = (b"RIFF", b"RF64")
MAX_CHUNKS = 256
"""Parts of a file before its audio. Editors write about ten: with more, it is a trap that takes hours to walk."""
MAX_CHANNELS = 64
"""More than any microphone array has."""
MIN_RATE, MAX_RATE = 1_000, 768_000
"""Hertz, between a telephone's and the fastest converter's: beyond, the header is wrong."""
_FLIP_SIGN = bytes(value ^ 0x80 for value in range(256))


class _NotUsable(Exception):
    """Why the content is no WAV file that TARS reads."""


@attrs.define
class WavReader:
    """A WAV file that is read piece by piece, always signed: hours of audio take no more memory than seconds."""

    path: str
    audio_format: AudioFormat
    byte_count: int
    """Bytes of audio that the file held when it was opened."""
    _file: BinaryIO
    _left: int = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._left = self.byte_count

    @property
    def seconds(self) -> float:
        """How long the audio lasts."""
        return self.audio_format.seconds(self.byte_count)

    def read(self, byte_count: int) -> bytes:
        """Return the next whole frames, `byte_count` bytes at most; nothing at the end. Raise `UserError`."""
        wanted = min(byte_count, self._left)
        wanted -= wanted % self.audio_format.frame_bytes
        try:
            pcm = self._file.read(wanted)
        except OSError as exc:
            raise UserError(f"{self.path}: cannot be read any further: {exc.strerror or exc}") from exc
        self._left = self._left - wanted if len(pcm) == wanted else 0  # it has become shorter since
        pcm = pcm[: len(pcm) - len(pcm) % self.audio_format.frame_bytes]
        return pcm.translate(_FLIP_SIGN) if self.audio_format.width == 1 else pcm

    def is_same_file(self, path: str) -> bool:
        """Whether `path` leads to this file, be it by another name, a link or a folder that is mounted twice."""
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), os.stat(path))
        except (OSError, ValueError):
            return False

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_wav(path: str | os.PathLike[str]) -> WavReader:
    """Open a WAV file of integer PCM of 8 to 32 bits for reading.

    Raise `UserError`, naming the file, where there is none, it is a pipe or a device, or it holds something else.
    """
    name = os.fspath(path)
    try:
        file = open(open_regular(path), "rb")  # noqa: SIM115 - closed by the reader
        try:
            audio_format, byte_count = _find_audio(file, os.fstat(file.fileno()).st_size)
        except BaseException:
            file.close()
            raise
    except (OSError, ValueError) as exc:  # ValueError: a name that holds a zero byte
        reason = getattr(exc, "strerror", None) or exc
        raise UserError(f"{name}: cannot be read: {reason}; give the path of a WAV file") from exc
    except _NotUsable as exc:
        raise UserError(f"{name}: {exc}; give a WAV file of integer PCM, 8 to 32 bits") from exc
    return WavReader(name, audio_format, byte_count, file)


def _find_audio(file: BinaryIO, file_bytes: int) -> tuple[AudioFormat, int]:
    """Leave `file` at its first sample; return the format, and how many bytes of audio there are."""
    if not _is_wav(file.read(12)):
        raise _NotUsable("is not a WAV file")
    audio_format: AudioFormat | None = None
    long_size: int | None = None
    for _ in range(MAX_CHUNKS):
        name, size = _chunk_head(file)
        after = file.tell() + size + size % 2
        if name == b"ds64":  # an RF64 file has its sizes here
            long_size = int.from_bytes(file.read(16)[8:], "little")
        elif name == b"fmt ":
            audio_format = _parse_format(file.read(min(size, 40)))
        elif name == b"data":
            if audio_format is None:
                raise _NotUsable("has its audio before its format")
            present = file_bytes - file.tell()
            if size == _UNKNOWN and long_size is not None:
                size = long_size
            elif size == 0:  # written by a program that never came to know the length
                size = present
            byte_count = min(size, present)
            return audio_format, byte_count - byte_count % audio_format.frame_bytes
        file.seek(after)
    raise _NotUsable(f"has no audio in its first {MAX_CHUNKS} parts")


def _chunk_head(file: BinaryIO) -> tuple[bytes, int]:
    head = file.read(8)
    if len(head) < 8:
        raise _NotUsable("holds no audio")
    name, size = struct.unpack("<4sI", head)
    return name, size


def _parse_format(body: bytes) -> AudioFormat:
    if len(body) < 16:
        raise _NotUsable("has a format that is cut short")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if tag != _PCM:
        raise _NotUsable(f"holds compressed or floating-point audio (format {tag:#x})")
    if bits not in (8, 16, 24, 32) or not 1 <= channels <= MAX_CHANNELS or not MIN_RATE <= rate <= MAX_RATE:
        raise _NotUsable(f"has {bits} bits, {channels} channels and {rate} samples a second")
    return AudioFormat(rate=rate, channels=channels, width=bits // 8)


def open_to_record(path: str) -> int:
    """Open the file at `path` for a recording, and return its descriptor; what it holds is untouched so far.

    Raise `UserError` where it cannot be written, or is no file, or holds anything but a WAV file: a recording
    replaces another, and nothing else.
    """
    try:
        descriptor = open_regular(path, os.O_RDWR | os.O_CREAT)
        try:
            head = os.pread(descriptor, 12, 0)
        except OSError:
            os.close(descriptor)
            raise
    except (OSError, ValueError) as exc:  # ValueError: a name that holds a zero byte
        reason = getattr(exc, "strerror", None) or exc
        raise UserError(f"{path}: cannot be written: {reason}; choose a file in a folder of yours") from exc
    if head and not _is_wav(head):
        os.close(descriptor)
        raise UserError(f"{path}: is there already, and is no WAV file: remove it, or choose another name")
    return descriptor


def _is_wav(head: bytes) -> bool:
    return head[:4] in _MAGICS and head[8:12] == b"WAVE"


@attrs.define
class WavWriter:
    """A WAV file of 16-bit PCM that is being written; its header is true after every `write`.

    Raise `UserError` as `open_to_record`. An older recording of the name is replaced.
    """

    path: str
    audio_format: AudioFormat
    _descriptor: int = attrs.field(init=False)
    _data_bytes: int = attrs.field(init=False, default=0)
    _told_bytes: int = attrs.field(init=False, default=0)
    """What the header says."""

    def __attrs_post_init__(self) -> None:
        self._descriptor = open_to_record(self.path)
        try:
            self._lock()
            os.ftruncate(self._descriptor, 0)
            self._write_header()
        except OSError as exc:
            os.close(self._descriptor)
            raise UserError(f"{self.path}: cannot be written: {exc.strerror or exc}") from exc

    def _lock(self) -> None:
        """Keep other programs of ours from recording into the same file, where its file system has locks."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise OSError(exc.errno, "another program records into it") from exc
        except OSError:
            pass

    @property
    def seconds(self) -> float:
        """How much audio the file holds for whoever reads it now."""
        return self.audio_format.seconds(self._told_bytes)

    def write(self, pcm: bytes) -> None:
        """Append `pcm`. Raise `UserError` where that cannot be; what was written before stays whole."""
        try:
            if self._data_bytes + len(pcm) > _LARGEST_DATA:
                raise OSError("a WAV file holds 4 GiB and no more")
            while pcm:
                count = os.pwrite(self._descriptor, pcm, _HEADER_BYTES + self._data_bytes)
                pcm, self._data_bytes = pcm[count:], self._data_bytes + count
            self._write_header()
        except OSError as exc:
            with suppress(OSError):
                present = os.fstat(self._descriptor).st_size - _HEADER_BYTES
                self._data_bytes = present - present % self.audio_format.frame_bytes
                self._write_header()
            raise UserError(self._cut_short(exc)) from exc

    def skip(self, frames: int) -> None:
        """Append silence; it takes no room on the disk."""
        self._data_bytes = min(_LARGEST_DATA, self._data_bytes + frames * self.audio_format.frame_bytes)

    def close(self) -> None:
        """Close the file. Raise `UserError` where the disk says only now that it has no room."""
        try:
            os.close(self._descriptor)
        except OSError as exc:
            raise UserError(self._cut_short(exc)) from exc

    def _cut_short(self, exc: OSError) -> str:
        whole = f"the {self.seconds:.1f} s before are whole"
        return f"{self.path}: cannot be written any further: {exc.strerror or exc}; {whole}"

    def _write_header(self) -> None:
        form = self.audio_format
        fmt = struct.pack(
            "<HHIIHH",
            _PCM, form.channels, form.rate, form.bytes_per_second, form.frame_bytes, 8 * form.width,
        )  # fmt: skip
        riff = b"RIFF" + struct.pack("<I", _HEADER_BYTES - 8 + self._data_bytes) + b"WAVE"
        data = b"data" + struct.pack("<I", self._data_bytes)
        os.pwrite(self._descriptor, riff + b"fmt " + struct.pack("<I", len(fmt)) + fmt + data, 0)
        self._told_bytes = self._data_bytes
