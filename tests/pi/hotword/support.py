"""What several hotword tests need."""

import functools
from collections.abc import Iterator

import numpy as np

from tars.pi.hotword.catalogue import find_models
from tars.pi.hotword.chunk import CHUNK_BYTES, Chunk
from tars.pi.hotword.detection import Detection
from tars.pi.hotword.detector import Detector
from tars.pi.hotword.features import Samples
from tars.pi.hotword.gate import Gate
from tars.pi.hotword.models import Models, load_models
from tars.pi.hotword.trigger import Trigger


@functools.cache
def models(hotword: str = "hey_jarvis") -> Models:
    return load_models(find_models([hotword]))


def chunks(pcm: bytes) -> Iterator[Chunk]:
    for end in range(CHUNK_BYTES, len(pcm) + 1, CHUNK_BYTES):
        yield Chunk(pcm[end - CHUNK_BYTES : end], end)


def samples(pcm: bytes) -> Iterator[Samples]:
    for chunk in chunks(pcm):
        yield np.frombuffer(chunk.pcm, "<i2")


def detections(pcm: bytes, *, gate: bool, hotword: str = "hey_jarvis") -> list[Detection]:
    detector = Detector(models(hotword), Trigger(), Gate() if gate else None)
    return [found for chunk in chunks(pcm) if (found := detector.listen(chunk)) is not None]
