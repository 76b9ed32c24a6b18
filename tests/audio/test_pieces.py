"""Audio cut, kept and converted: the same however it comes in pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.audio.convert import Converter, UnsupportedFormat
from tars.audio.formats import MICROPHONE, AudioFormat
from tars.audio.frames import Framer
from tars.audio.levels import FULL_SCALE, fade_out, rms, scale
from tars.audio.resample import Resampler
from tars.audio.ring import AudioRing

PIECES = st.lists(st.binary(max_size=50))


def cut(pcm: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(pcm[:size])
        pcm = pcm[size:]
    return [*pieces, pcm]


@given(PIECES, st.integers(1, 30))
def test_a_framer_gives_whole_frames_and_the_rest(pieces: list[bytes], size: int) -> None:
    framer = Framer(size)
    frames = [frame for piece in pieces for frame in framer.feed(piece)]
    rest = framer.flush()
    assert {len(frame) for frame in frames} <= {size}
    assert len(rest) < size
    assert b"".join(frames) + rest == b"".join(pieces)
    assert framer.flush() == b""


@given(PIECES, st.integers(0, 40), st.integers(-10, 300))
def test_a_ring_remembers_the_last_of_it_by_position(pieces: list[bytes], samples: int, position: int) -> None:
    ring = AudioRing(samples, AudioFormat(1))
    for piece in pieces:
        ring.append(piece)
    whole = b"".join(pieces)
    kept = min(len(whole), 2 * samples)
    assert (ring.start, ring.end) == (len(whole) - kept, len(whole))
    assert ring.since(position) == whole[max(position, ring.start) :]
    assert ring.last(1) == whole[max(len(whole) - 2, ring.start) :]
    ring.clear()
    assert (ring.since(0), ring.end) == (b"", len(whole))


@given(
    st.sampled_from(
        [AudioFormat(16_000), AudioFormat(48_000, 2), AudioFormat(22_050, 1, 3), AudioFormat(8_000, 3, 4)]
    ),
    st.lists(st.integers(0, 700), max_size=20),
)
def test_conversion_does_not_depend_on_where_the_pieces_are_cut(source: AudioFormat, sizes: list[int]) -> None:
    pcm = np.random.default_rng(0).bytes(1_000 * source.frame_bytes)
    whole, pieced = Converter(source, MICROPHONE.rate), Converter(source, MICROPHONE.rate)
    expected = whole.feed(pcm) + whole.flush()
    together = b"".join(map(pieced.feed, cut(pcm, sizes))) + pieced.flush()
    assert len(together) == len(expected)
    difference = np.frombuffer(together, "<i2").astype(int) - np.frombuffer(expected, "<i2")
    assert np.abs(difference).max() <= 2  # rounding is dithered
    assert len(expected) == pytest.approx(2 * 1_000 * MICROPHONE.rate / source.rate, abs=2)


@pytest.mark.parametrize("odd", [AudioFormat(16_000, width=5), AudioFormat(16_000, channels=0), AudioFormat(0)])
def test_what_cannot_be_converted_says_so(odd: AudioFormat) -> None:
    with pytest.raises(UnsupportedFormat):
        Converter(odd, 16_000)


@pytest.mark.parametrize(("source", "target"), [(48_000, 16_000), (16_000, 48_000), (22_050, 24_000)])
def test_resampling_keeps_a_tone_and_adds_none(source: int, target: int) -> None:
    def tone(rate: int) -> np.ndarray:
        return np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate) * 10_000

    resampler = Resampler(source, target)
    pcm = tone(source).astype("<i2").tobytes()
    out = b"".join(resampler.feed(pcm[at : at + 640]) for at in range(0, len(pcm), 640)) + resampler.flush()
    heard = np.frombuffer(out, "<i2")
    assert len(heard) == target
    assert np.abs(heard - tone(target))[500:-500].max() < 50


def test_levels() -> None:
    square = np.array([16_384, -16_384] * 100, "<i2").tobytes()
    assert rms(b"") == 0
    assert rms(square) == pytest.approx(0.5)
    assert rms(scale(square, 0.5)) == pytest.approx(0.25)
    assert scale(square, 1) == square
    faded = np.abs(np.frombuffer(fade_out(square), "<i2")).astype(int)
    assert faded[0] == FULL_SCALE // 2
    assert faded[-1] == 0
    assert (np.diff(faded) <= 0).all()
