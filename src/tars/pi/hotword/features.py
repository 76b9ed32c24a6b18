"""From sound to embeddings, chunk by chunk, as openWakeWord's models expect it.

Every 80 ms of sound gives 8 frames of mel spectrum and then one embedding, which looks at the last 76 frames; a
classifier looks at a run of embeddings. Chunks may be *held* instead of computed (a silent room); the next one
that is computed then catches up with exactly what computing all of them would have given.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from tars.pi.hotword.chunk import CHUNK
from tars.pi.hotword.models import EMBEDDING_SIZE, Models
from tars.runtime.onnx import Floats

_OVERLAP = 480  # samples before a chunk that its first mel frame begins with
_FRAMES = 8  # mel frames a chunk
_BINS = 32
_SEEN = 76  # mel frames that an embedding looks at
Samples = NDArray[np.int16]


class Features:
    """The last embeddings of a stream of chunks, newest last."""

    def __init__(self, models: Models) -> None:
        self._melspectrogram = models.melspectrogram
        self._embedding = models.embedding
        frames = _SEEN + _FRAMES * (models.window - 1)
        self.reach = -(-frames // _FRAMES)
        """How many chunks back the embeddings look: older sound changes nothing."""
        self._frames = np.zeros((frames, _BINS), np.float32)
        self._overlap = np.zeros(_OVERLAP, np.float32)
        self._held: deque[Samples] = deque(maxlen=self.reach + 1)  # one more, whose end overlaps the first
        self.embeddings: Floats = np.zeros((models.window, EMBEDDING_SIZE), np.float32)
        self._settle()

    def hold(self, chunk: Samples) -> None:
        """Remember `chunk` without computing anything."""
        self._held.append(chunk)

    def advance(self, chunk: Samples) -> None:
        """Bring `embeddings` up to the end of `chunk`."""
        self._held.append(chunk)
        chunks = list(self._held)
        self._held.clear()
        if len(chunks) > self.reach:
            self._overlap = chunks.pop(0)[-_OVERLAP:].astype(np.float32)
        for each in chunks:
            self._add_frames(each)
        for age in reversed(range(min(len(chunks), len(self.embeddings)))):
            self._add_embedding(age)

    def _add_frames(self, chunk: Samples) -> None:
        # One chunk a call even when catching up: the network cuts off what lies 80 dB below the loudest
        # moment of its input, so frames computed together would not be those computed one by one.
        sound = np.concatenate((self._overlap, chunk), dtype=np.float32)
        self._overlap = sound[-_OVERLAP:]
        frames = self._melspectrogram(sound[None]).reshape(_FRAMES, _BINS)
        self._frames = np.concatenate((self._frames[_FRAMES:], frames / 10 + 2), dtype=np.float32)

    def _add_embedding(self, age: int) -> None:
        """Add the embedding as it was `age` chunks ago."""
        end = len(self._frames) - _FRAMES * age
        seen = self._frames[None, end - _SEEN : end, :, None]
        self.embeddings = np.concatenate((self.embeddings[1:], self._embedding(seen).reshape(1, EMBEDDING_SIZE)))

    def _settle(self) -> None:
        """Begin as if the room had been quiet for ever; also the networks' first, slow run."""
        quiet = np.random.default_rng(0).normal(0, 3, (self.reach, CHUNK)).astype(np.int16)
        for chunk in quiet[:-1]:
            self.hold(chunk)
        self.advance(quiet[-1])
