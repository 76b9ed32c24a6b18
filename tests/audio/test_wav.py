"""WAV files, as other programs write them and as TARS does."""

import errno
import os
import struct
import tracemalloc
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tars.audio.convert import to_microphone_format
from tars.audio.formats import AudioFormat
from tars.audio.wav import WavWriter, open_wav
from tars.errors import UserError
from tests.support.wav import read_wav

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
        (riff(fmt(1, 65, 16_000, 16), (b"data", bytes(260))), "65 channels"),
        (riff(fmt(1, 1, 0, 16), (b"data", bytes(8))), "0 samples a second"),
        (riff(fmt(1, 1, 999_999, 16), (b"data", bytes(8))), "999999 samples a second"),
        (riff(*[(b"LIST", b"")] * 300, fmt(1, 1, 16_000, 16), (b"data", bytes(8))), "first 256 parts"),
        (riff(fmt(1, 1, 16_000, 16))[:-4], "cut short"),
        (b"RIFX" + riff(fmt(1, 1, 16_000, 16), (b"data", bytes(8)))[4:], "is not a WAV file"),
    ],
)
def test_what_is_no_usable_wav_file_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"song.wav: .*{message}"):
        read_wav(path)


def test_a_header_is_believed_only_as_far_as_the_file_goes(tmp_path: Path) -> None:
    path = tmp_path / "lies.wav"
    body = riff(fmt(1, 2, 16_000, 16)) + b"data" + struct.pack("<I", 0x7FFFFFF0) + bytes(10)
    path.write_bytes(body)
    wav = open_wav(path)
    assert (wav.byte_count, wav.seconds) == (8, 2 / 16_000)
    wav.close()


def test_rf64_files_are_read_as_far_as_their_long_size_says(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    sizes = struct.pack("<QQQI", 100, 4, 2, 0)
    chunks = [(b"ds64", sizes), fmt(1, 1, 16_000, 16)]
    content = riff(*chunks) + b"data" + struct.pack("<I", 0xFFFFFFFF) + b"\1\2\3\4" + b"LIST"
    path.write_bytes(b"RF64" + content[4:])
    assert read_wav(path)[1] == b"\1\2\3\4"


def test_a_long_file_is_read_piece_by_piece_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "hours.wav"
    hours = 4 * 3600 * 16_000 * 2
    with path.open("wb") as file:
        file.write(riff(fmt(1, 1, 16_000, 16)) + b"data" + struct.pack("<I", hours))
        file.truncate(file.tell() + hours)  # takes no room on the disk
    tracemalloc.start()
    wav = open_wav(path)
    pieces = [len(wav.read(32_001)) for _ in range(3)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    wav.close()
    assert wav.seconds == 4 * 3600
    assert pieces == [32_000] * 3
    assert peak < 1_000_000


@pytest.mark.parametrize("width", [1, 2, 3])
def test_pieces_of_any_size_are_whole_frames_and_none_is_lost(tmp_path: Path, width: int) -> None:
    path, pcm = tmp_path / "said.wav", bytes(range(1, 253)) * width * 2
    path.write_bytes(riff(fmt(1, 2, 16_000, 8 * width), (b"data", pcm)))
    wav = open_wav(path)
    pieces = list(iter(lambda: wav.read(19), b""))
    wav.close()
    assert {len(piece) % (2 * width) for piece in pieces} == {0}
    assert b"".join(pieces) == read_wav(path)[1]
    assert len(b"".join(pieces)) == len(pcm)


def test_a_file_that_becomes_shorter_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(riff(fmt(1, 1, 16_000, 16), (b"data", bytes(100_000))))
    wav = open_wav(path)
    assert len(wav.read(20_000)) == 20_000
    os.truncate(path, 50_001)
    rest = wav.read(1_000_000)
    assert 0 < len(rest) < 80_000
    assert len(rest) % 2 == 0
    assert wav.read(1_000) == b""
    wav.close()


@pytest.mark.parametrize("make", [open_wav, lambda path: WavWriter(str(path), AudioFormat(24_000))])
def test_what_may_never_answer_is_not_opened(tmp_path: Path, make: Callable[[Path], object]) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for path, kind in [
        (tmp_path / "pipe", "it is a pipe"),
        (tmp_path / "link", "it is a pipe"),
        (Path("/dev/zero"), "it is a device"),
        (tmp_path, "it is a folder"),
        (Path("a\0b"), "null"),
    ]:
        with pytest.raises(UserError, match=f"cannot be .*{kind}"):
            make(path)


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


@pytest.mark.parametrize("content", [b"[speech]\n", b"ID3\4" + bytes(100), b"RIFF\0\0\0\0AVI LIST"])
def test_a_recording_replaces_another_and_nothing_else(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "there.wav"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"there\.wav: is there already, and is no WAV file"):
        WavWriter(str(path), AudioFormat(24_000))
    assert path.read_bytes() == content
    for old in (b"", riff(fmt(1, 2, 44_100, 16), (b"data", bytes(4_000)))):
        path.write_bytes(old)
        writer = WavWriter(str(path), AudioFormat(24_000))
        writer.write(b"\1\2")
        writer.close()
        assert read_wav(path) == (AudioFormat(24_000), b"\1\2")
        assert path.stat().st_size == 46


@pytest.mark.parametrize("room", [3, 100, 4_001])
def test_what_was_recorded_before_the_disk_was_full_is_whole(
    tmp_path: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "full.wav"
    writer = WavWriter(str(path), AudioFormat(1_000))
    writer.write(b"\1\2" * 1_000)
    left, pwrite = room, os.pwrite

    def write_a_little(descriptor: int, content: bytes, at: int) -> int:
        """As the kernel does it: what there is room for, then ENOSPC. What is there already can be overwritten."""
        nonlocal left
        new = max(0, at + len(content) - os.fstat(descriptor).st_size)
        if new and not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = len(content) - max(0, new - left)
        left -= min(new, left)
        return pwrite(descriptor, content[:taken], at)

    monkeypatch.setattr(os, "pwrite", write_a_little)
    with pytest.raises(
        UserError, match=r"full\.wav: .* No space left on device; the [1-3]\.\d s before are whole"
    ):
        writer.write(b"\3\4" * 8_000)
    writer.close()
    audio_format, pcm = read_wav(path)
    whole = 2_000 + room // 2 * 2
    assert (audio_format, len(pcm)) == (AudioFormat(1_000), whole)
    assert pcm[2_000:] == (b"\3\4" * 8_000)[: whole - 2_000]
    with wave.open(str(path)) as file:
        assert file.getnframes() == whole // 2


def test_silence_that_the_disk_has_no_room_behind_is_not_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "full.wav"
    writer = WavWriter(str(path), AudioFormat(1_000))
    writer.write(b"\1\2")
    pwrite = os.pwrite

    def full(descriptor: int, content: bytes, at: int) -> int:
        if at + len(content) > 46:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return pwrite(descriptor, content, at)

    monkeypatch.setattr(os, "pwrite", full)
    writer.skip(5_000)
    with pytest.raises(UserError, match=r"No space left on device; the 0\.0 s before are whole"):
        writer.write(b"\3\4")
    writer.close()
    assert read_wav(path)[1] == b"\1\2"


def test_a_recording_that_is_full_says_so(tmp_path: Path) -> None:
    writer = WavWriter(str(tmp_path / "days.wav"), AudioFormat(24_000))
    writer.skip(2**31 - 30)  # silence takes no room
    with pytest.raises(UserError, match="holds 4 GiB and no more"):
        writer.write(bytes(48_000))
    writer.close()


def test_two_programs_do_not_record_into_one_file(tmp_path: Path) -> None:
    path = tmp_path / "heard.wav"
    writer = WavWriter(str(path), AudioFormat(24_000))
    writer.write(b"\1\2")
    with pytest.raises(UserError, match=r"heard\.wav: cannot be written: another program records into it"):
        WavWriter(str(path), AudioFormat(24_000))
    assert read_wav(path)[1] == b"\1\2"
    writer.close()
    WavWriter(str(path), AudioFormat(24_000)).close()
