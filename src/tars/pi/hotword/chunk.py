"""The step in which the models go through the sound."""

import attrs

CHUNK = 1280
"""Samples of a chunk: 80 ms, after which the models have something new to say."""
CHUNK_BYTES = CHUNK * 2


@attrs.frozen
class Chunk:
    """80 ms of sound."""

    pcm: bytes
    end: int
    """Bytes of the stream up to and with this chunk."""
