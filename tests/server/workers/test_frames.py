"""Frames over a pipe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tars.server.workers.frames import MAX_BODY, BadFrame, Frame, FrameReader, Kind

FRAMES = st.builds(Frame, st.sampled_from(Kind), st.integers(0, 2**32 - 1), st.binary(max_size=40))


@given(frames=st.lists(FRAMES, max_size=8), cuts=st.lists(st.integers(1, 30), min_size=1))
def test_frames_survive_being_cut_anywhere(frames: list[Frame], cuts: list[int]) -> None:
    data = b"".join(frame.encode() for frame in frames)
    reader = FrameReader()
    read: list[Frame] = []
    position = turn = 0
    while position < len(data):
        size = cuts[turn % len(cuts)]
        read += reader.feed(data[position : position + size])
        position, turn = position + size, turn + 1
    assert read == frames


@pytest.mark.parametrize("data", [b"INFO: cmn.c(133)", (MAX_BODY + 1).to_bytes(4, "little") + b"\x06" + bytes(4)])
def test_a_lost_footing_is_noticed(data: bytes) -> None:
    with pytest.raises(BadFrame):
        list(FrameReader().feed(data))
