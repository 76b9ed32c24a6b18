"""A WAV file as a microphone: in real time, to the end, then silence."""

from pathlib import Path

import trio

from tars.audio.formats import MICROPHONE, AudioFormat
from tars.audio.wav import WavWriter
from tars.pi.microphone import BLOCK_BYTES, open_microphone
from tests.support.virtual import run_virtual


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

    run_virtual(listen)


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

    run_virtual(listen)
