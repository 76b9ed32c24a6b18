"""Piper in this process: for a worker, since it computes for tenths of a second and may crash.

Piper's own code turns text into phonemes, phonemes into numbers, and the network's output into samples. The
network runs on our session: one thread instead of all, without an arena (186 MB instead of 430), and it can be
interrupted.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import attrs
import numpy as np

from tars.audio.resample import Resampler
from tars.runtime.onnx import Interrupted, Session, open_session, run_interruptibly
from tars.server.tts.synthesis_queue import Take

_VOLUME = 0.7
"""Of full scale at most: about as loud as espeak-ng speaks."""


@attrs.define(eq=False)
class InterruptibleNetwork:
    """The session as Piper uses it; a run ends early once nobody wants it."""

    session: Session
    unwanted: Take = attrs.field(default=lambda piece: False)

    def run(self, outputs: None, inputs: Mapping[str, Any]) -> Sequence[Any]:
        """Return all outputs for these inputs. Raises `Interrupted`."""
        return run_interruptibly(self.session, inputs, lambda: self.unwanted(b""))


class Piper:
    """A loaded voice."""

    def __init__(self, model: Path, config: Path, speed: float, rate: int) -> None:
        self._network = InterruptibleNetwork(open_session(model))  # first: it switches onnxruntime's telemetry off
        from piper import PiperVoice, SynthesisConfig
        from piper.config import PiperConfig

        described = PiperConfig.from_dict(json.loads(config.read_text(encoding="utf-8")))
        self._voice = PiperVoice(session=cast("Any", self._network), config=described)
        self._style = SynthesisConfig(
            length_scale=described.length_scale / speed, normalize_audio=False, volume=_VOLUME
        )
        self._rate = rate

    def synthesise(self, text: str, sink: Take) -> None:
        """Say `text` into `sink`; returns when all is said, or within some 10 ms after the sink stopped it."""
        self._network.unwanted = sink
        resampler = Resampler(self._voice.config.sample_rate, self._rate)
        try:
            for chunk in self._voice.synthesize(text, self._style):
                if sink(resampler.feed(chunk.audio_int16_array.astype(np.int16, copy=False).tobytes())):
                    return
            sink(resampler.flush())
        except Interrupted:
            return
