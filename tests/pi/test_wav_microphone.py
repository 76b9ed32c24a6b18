"""A WAV file as a microphone: in real time, to the end, then silence."""

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import trio

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.audio.wav import WavReader, WavWriter
from tars.errors import UserError
from tars.files import ANSWER_LIMIT
from tars.pi.microphone import BLOCK_BYTES, open_microphone
from tars.pi.microphone.wav_microphone import EARS_LIMIT
from tests.support.virtual import hang, run_virtual


def write_wav(path: Path, audio_format: AudioFormat, pcm: bytes) -> None:
    writer = WavWriter(str(path), audio_format)
    writer.write(pcm)
    writer.close()


def test_the_file_is_heard_in_real_time_and_silence_follows(tmp_path: Path) -> None:
    pcm = bytes(range(1, 251)) * 128  # a second
    write_wav(tmp_path / "said.wav", MICROPHONE, pcm)

    async def listen() -> None:
        async with open_microphone(f"wav:{tmp_path / 'said.wav'}") as microphone:
            heard = b""
            for n in range(1, 51):
                assert not microphone.over.is_set()
                heard += await microphone.blocks.receive()
                assert abs(trio.current_time() - n * 0.02) < 1e-6
            assert heard == pcm
            for _ in range(500):
                assert await microphone.blocks.receive() == bytes(BLOCK_BYTES)
            assert microphone.over.is_set()
            assert abs(trio.current_time() - 11) < 1e-6

    run_virtual(listen, threads_in_no_time=True)


def test_a_late_listener_loses_nothing_and_is_back_in_time_at_once(tmp_path: Path) -> None:
    write_wav(tmp_path / "said.wav", MICROPHONE, b"\1\2" * 3 * MICROPHONE.rate)

    async def listen() -> None:
        async with open_microphone(f"wav:{tmp_path / 'said.wav'}") as microphone:
            await trio.sleep(2.5)
            heard = 0
            while any(await microphone.blocks.receive()):
                heard += 1
            assert heard == 150
            assert abs(trio.current_time() - 3.02) < 0.05

    run_virtual(listen, threads_in_no_time=True)


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (8_000, 1)])
def test_pieces_join_without_a_seam(tmp_path: Path, rate: int, channels: int) -> None:
    tone = np.sin(2 * np.pi * 300 * np.arange(5 * rate) / rate) * 8_000
    write_wav(
        tmp_path / "said.wav", AudioFormat(rate, channels), np.repeat(tone.astype("<i2"), channels).tobytes()
    )

    async def listen() -> None:
        async with open_microphone(f"wav:{tmp_path / 'said.wav'}") as microphone:
            heard = b"".join([await microphone.blocks.receive() for _ in range(250)])
            samples = np.frombuffer(heard, "<i2")
            expected = np.sin(2 * np.pi * 300 * np.arange(len(samples)) / 16_000) * 8_000
            assert np.abs(samples - expected)[200:-200].max() < 100
            assert not any(await microphone.blocks.receive())

    run_virtual(listen, threads_in_no_time=True)


def test_hours_are_heard_without_being_held(tmp_path: Path) -> None:
    path, hours = tmp_path / "hours.wav", 4 * 3600 * MICROPHONE.bytes_per_second
    write_wav(path, MICROPHONE, b"")
    with path.open("r+b") as file:
        file.seek(40)
        file.write(struct.pack("<I", hours))
        file.truncate(44 + hours)  # takes no room on the disk

    async def listen() -> None:
        async with open_microphone(f"wav:{path}") as microphone:
            for _ in range(50 * 60):
                await microphone.blocks.receive()
            assert not microphone.over.is_set()

    tracemalloc.start()
    run_virtual(listen, threads_in_no_time=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4_000_000


def test_the_file_waits_for_ears_and_there_is_silence_before(tmp_path: Path) -> None:
    write_wav(tmp_path / "said.wav", MICROPHONE, b"\1\2" * MICROPHONE.rate)

    async def listen() -> None:
        listened = trio.Event()
        async with open_microphone(f"wav:{tmp_path / 'said.wav'}", listened=listened) as microphone:
            for _ in range(150):
                assert await microphone.blocks.receive() == bytes(BLOCK_BYTES)
            listened.set()
            while not any(await microphone.blocks.receive()):
                pass
            assert trio.current_time() < 3.1

    run_virtual(listen, threads_in_no_time=True)


def test_the_file_does_not_wait_for_ears_for_ever(tmp_path: Path) -> None:
    write_wav(tmp_path / "said.wav", MICROPHONE, b"\1\2" * MICROPHONE.rate)

    async def listen() -> None:
        async with open_microphone(f"wav:{tmp_path / 'said.wav'}", listened=trio.Event()) as microphone:
            while not any(await microphone.blocks.receive()):
                pass
            assert trio.current_time() == pytest.approx(EARS_LIMIT, abs=0.1)

    run_virtual(listen, threads_in_no_time=True)


def test_a_file_that_hangs_when_it_is_opened_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tars.pi.stand_ins.open_wav", lambda path: hang())

    async def listen() -> None:
        async with open_microphone("wav:/mnt/away.wav"):
            pass

    async def main() -> None:
        with pytest.raises(UserError, match=r"/mnt/away.wav: no answer for 10 s"):
            await listen()
        assert trio.current_time() == pytest.approx(ANSWER_LIMIT)
        with trio.move_on_after(1):  # and whoever stops the program need not wait that long
            await listen()
        assert trio.current_time() == pytest.approx(ANSWER_LIMIT + 1)

    run_virtual(main, threads_in_no_time=True)


def test_a_file_that_hangs_while_it_is_heard_ends_it_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wav(tmp_path / "said.wav", MICROPHONE, b"\1\2" * 60 * MICROPHONE.rate)
    read = WavReader.read

    def read_or_hang(reader: WavReader, byte_count: int) -> bytes:
        if reader._left < 30 * MICROPHONE.bytes_per_second:
            hang()
        return read(reader, byte_count)

    async def main() -> None:
        with pytest.RaisesGroup(pytest.RaisesExc(UserError, match="no answer for 10 s"), flatten_subgroups=True):
            async with open_microphone(f"wav:{tmp_path / 'said.wav'}") as microphone:
                async for _ in microphone.blocks:
                    pass
        assert 30 < trio.current_time() < 45

    monkeypatch.setattr(WavReader, "read", read_or_hang)
    run_virtual(main, threads_in_no_time=True)


def test_an_empty_file_and_one_that_cannot_be_read_any_further_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_wav(tmp_path / "empty.wav", MICROPHONE, b"")
    write_wav(tmp_path / "said.wav", MICROPHONE, b"\1\2" * 60 * MICROPHONE.rate)

    async def listen(name: str) -> None:
        async with open_microphone(f"wav:{tmp_path / name}") as microphone:
            async for _ in microphone.blocks:
                pass

    with pytest.raises(UserError, match=r"empty.wav: holds no audio"):
        run_virtual(listen, "empty.wav", threads_in_no_time=True)

    def fail(blocks: object) -> list[bytes]:
        raise UserError("said.wav: cannot be read any further: Input/output error")

    monkeypatch.setattr("tars.pi.microphone.wav_microphone._Blocks.next_piece", fail)
    with pytest.RaisesGroup(
        pytest.RaisesExc(UserError, match="cannot be read any further"), flatten_subgroups=True
    ):
        run_virtual(listen, "said.wav", threads_in_no_time=True)
