"""WAV files, as other programs write them and as TARS does."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tars.audio.convert import to_microphone_format
from tars.audio.formats import AudioFormat
from tars.audio.wav import WavWriter, read_wav
from tars.errors import UserError

GUID_REST = bytes.fromhex("000000001000800000aa00389b71")


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2) for name, content in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def fmt(tag: int, channels: int, rate: int, bits: int, extension: bytes = b"") -> tuple[bytes, bytes]:
    frame = channels * bits // 8
    return b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits) + extension


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_every_kind_of_integer_pcm_sounds_the_same(tmp_path: Path, width: int, channels: int, rate: int) -> None:
    path = tmp_path / "tone.wav"
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate) * 0.5
    full = 2 ** (8 * width - 1)
    samples = np.repeat((tone * full).astype("<i4"), channels)
    pcm = samples.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    if width == 1:
        pcm = (samples + 128).astype(np.uint8).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(pcm)
    audio_format, read = read_wav(path)
    assert audio_format == AudioFormat(rate, channels, width)
    heard = np.frombuffer(to_microphone_format(read, audio_format), "<i2") / 32_768
    expected = np.sin(2 * np.pi * 440 * np.arange(len(heard)) / 16_000) * 0.5
    assert len(heard) == 16_000
    assert np.abs(heard - expected)[200:-200].max() < (0.02 if width == 1 else 0.005)


def test_extensible_files_other_chunks_and_odd_lengths_are_read(tmp_path: Path) -> None:
    path = tmp_path / "extensible.wav"
    extension = struct.pack("<HHI", 22, 24, 4) + struct.pack("<H", 1) + GUID_REST
    path.write_bytes(riff((b"LIST", b"odd"), fmt(0xFFFE, 1, 48_000, 24, extension), (b"data", b"\1\2\3")))
    assert read_wav(path) == (AudioFormat(48_000, 1, 3), b"\1\2\3")


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF])
def test_a_file_whose_length_was_not_known_is_read_to_its_end(tmp_path: Path, length: int) -> None:
    path = tmp_path / "piped.wav"
    path.write_bytes(riff(fmt(1, 1, 16_000, 16)) + b"data" + struct.pack("<I", length) + b"\1\2\3\4\5")
    assert read_wav(path)[1] == b"\1\2\3\4"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a WAV file"),
        (b"ID3\4" + bytes(100), "is not a WAV file"),
        (riff(fmt(1, 1, 16_000, 16)), "holds no audio"),
        (riff((b"data", b"\0\0")), "audio before its format"),
        (riff((b"fmt ", b"\1\0"), (b"data", b"")), "cut short"),
        (riff(fmt(3, 1, 16_000, 32), (b"data", bytes(8))), "floating-point"),
        (riff(fmt(1, 0, 16_000, 16), (b"data", bytes(8))), "0 channels"),
        (riff(fmt(1, 1, 16_000, 12), (b"data", bytes(8))), "12 bits"),
    ],
)
def test_what_is_no_usable_wav_file_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"song.wav: .*{message}"):
        read_wav(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.wav: cannot be read: No such file"):
        read_wav(tmp_path / "nothing.wav")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80), st.integers(0, 80))
def test_no_content_of_any_shape_raises_anything_else(tmp_path: Path, junk: bytes, at: int) -> None:
    content = bytearray(riff(fmt(1, 2, 16_000, 16), (b"data", bytes(16))))
    content[at : at + len(junk)] = junk
    path = tmp_path / "junk.wav"
    path.write_bytes(content)
    try:
        audio_format, pcm = read_wav(path)
    except UserError:
        return
    assert len(pcm) % audio_format.frame_bytes == 0
    to_microphone_format(pcm, audio_format)


def test_a_written_file_is_whole_after_every_write(tmp_path: Path) -> None:
    path = tmp_path / "written.wav"
    writer = WavWriter(str(path), AudioFormat(24_000))
    for written in (b"", b"\1\2", b"\3\4\5\6"):
        writer.write(written)
        with wave.open(str(path)) as file:
            assert file.getframerate() == 24_000
            assert file.readframes(file.getnframes()).endswith(written)
    writer.skip(2)
    writer.write(b"\7\7")
    writer.close()
    assert read_wav(path)[1] == b"\1\2\3\4\5\6" + bytes(4) + b"\7\7"
