"""What several hotword tests need."""

import functools
from collections.abc import Iterator
from typing import Self

import attrs
import numpy as np

from tars.pi.hotword.catalogue import find_models
from tars.pi.hotword.chunk import CHUNK_BYTES, Chunk
from tars.pi.hotword.detection import Detection
from tars.pi.hotword.detector import Detector
from tars.pi.hotword.features import Features, Samples
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


@attrs.frozen
class Scored:
    """A stream as the models hear it when they look at every chunk of it."""

    pcm: bytes
    scores: list[dict[str, float]]

    @classmethod
    def of(cls, pcm: bytes, hotword: str = "hey_jarvis") -> Self:
        """Score `pcm`, which is where the time goes."""
        features, (classifier,) = Features(models(hotword)), models(hotword).classifiers
        scores = []
        for chunk in samples(pcm):
            features.advance(chunk)
            scores.append(classifier.scores(features.embeddings))
        return cls(pcm, scores)

    def detections(self, gate: Gate | None) -> list[Detection]:
        """What a detector makes of it, with or without a gate: behind one it gives the same scores, or none."""
        trigger, found = Trigger(), []
        for chunk, scores in zip(chunks(self.pcm), self.scores, strict=True):
            heard = gate is None or gate.hears(np.frombuffer(chunk.pcm, "<i2"))
            found.append(trigger.decide(scores, chunk.end) if heard else None)
        return [detection for detection in found if detection is not None]


def detections(pcm: bytes, *, gate: bool, hotword: str = "hey_jarvis") -> list[Detection]:
    detector = Detector(models(hotword), Trigger(), Gate() if gate else None)
    return [found for chunk in chunks(pcm) if (found := detector.listen(chunk)) is not None]
