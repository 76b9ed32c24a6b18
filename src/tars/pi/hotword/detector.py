"""Everything that happens to a chunk of sound in the detector's thread."""

import numpy as np

from tars.pi.hotword.catalogue import ModelFiles
from tars.pi.hotword.chunk import Chunk
from tars.pi.hotword.detection import Detection
from tars.pi.hotword.features import Features
from tars.pi.hotword.gate import Gate
from tars.pi.hotword.models import Models, load_models
from tars.pi.hotword.trigger import Trigger

_DOZE = 4
"""Chunks, 0.32 s: waking up costs more than looking at a chunk. Nothing is heard later for it, because a hotword
lasts longer than that, and is recognised only when it has ended."""


class Detector:
    """Listens to a stream, chunk by chunk; without a `gate` the models look at every one of them."""

    def __init__(self, models: Models, trigger: Trigger, gate: Gate | None) -> None:
        self._features = Features(models)
        self._classifiers = models.classifiers
        self._trigger = trigger
        self._gate = gate

    @property
    def batch(self) -> int:
        """How many chunks to wait for before the next `listen`: fewer wake-ups while there is nothing to hear."""
        return _DOZE if self._gate is not None and self._gate.closed else 1

    def listen(self, chunk: Chunk) -> Detection | None:
        """What `chunk` completes, if anything."""
        samples = np.frombuffer(chunk.pcm, "<i2")
        if self._gate is not None and not self._gate.hears(samples):
            self._features.hold(samples)
            return None
        self._features.advance(samples)
        scores: dict[str, float] = {}
        for classifier in self._classifiers:
            scores.update(classifier.scores(self._features.embeddings))
        return self._trigger.decide(scores, chunk.end)


def load_detector(files: ModelFiles, trigger: Trigger, *, gated: bool) -> Detector:
    """Load everything a detector needs; `UserError` naming the file that is not what it should be."""
    return Detector(load_models(files), trigger, Gate() if gated else None)
