"""Moonshine's two networks: the encoder hears, the decoder writes token by token.

Every text that is searched for in one utterance shares the encoder's memory of it: the decoder broadcasts that
memory to all rows, so it is held once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from tars.audio.formats import MICROPHONE
from tars.errors import UserError
from tars.runtime.installation import install_command
from tars.runtime.onnx import BadModel, Floats, Session, open_session
from tars.server.stt.moonshine.files import ModelFiles, repair_command
from tars.server.stt.moonshine.tokenizer import START

_SHORTEST = 1_600
"""Samples; the encoder cannot do with much less."""
_HEADS, _HEAD_SIZE = 8, 36
_FRAME = 384
"""Samples that one vector of the encoder stands for."""
Inputs = Mapping[str, NDArray[Any]]


@attrs.frozen(eq=False)
class Heard:
    """What the decoder needs to know of one utterance."""

    seconds: float
    inputs: Inputs
    """The encoder's output, and what the decoder's attention makes of it in each layer."""
    logits: Floats
    """Of the first token, for the whole vocabulary."""
    past: "Past"
    """One row, behind the mark of the beginning."""


@attrs.frozen(eq=False)
class Past:
    """What the decoder remembers of the tokens written so far, a row for each text."""

    arrays: tuple[Floats, ...]

    def rows(self, numbers: Sequence[int]) -> Self:
        """Return the rows with these numbers, in this order; some may come twice."""
        if list(numbers) == list(range(len(self.arrays[0]))):
            return self
        return attrs.evolve(self, arrays=tuple(array[numbers] for array in self.arrays))


class Network:
    """The loaded networks. They keep nothing from one call to the next."""

    def __init__(self, files: ModelFiles) -> None:
        """Load them, in half a second; `UserError` where that cannot be done."""
        self._encoder = _open(files, "encoder")
        self._decoder = _open(files, "decoder")
        names = [port.name for port in self._decoder.get_inputs()]
        self._past_names = [name for name in names if name.startswith("past") and ".decoder." in name]
        self._heard_names = [name for name in names if name.startswith("past") and ".encoder." in name]
        self._next = ["logits", *map(_present, self._past_names)]

    def hear(self, samples: Floats) -> Heard:
        """Encode one utterance; samples from -1 to 1, at 16 kHz."""
        seconds = len(samples) / MICROPHONE.rate
        samples = np.pad(samples, (0, max(0, _SHORTEST - len(samples))))[None]
        mask = np.ones(samples.shape, np.int64)
        (hidden,) = self._encoder.run(None, {"input_values": samples, "attention_mask": mask})
        inputs = {
            "encoder_hidden_states": hidden,
            "encoder_attention_mask": np.ones((1, hidden.shape[1] * _FRAME), np.int64),
        }
        outputs = ["logits", *map(_present, self._past_names), *map(_present, self._heard_names)]
        nothing = {name: _no_past(1) for name in (*self._past_names, *self._heard_names)}
        logits, *rest = self._decoder.run(
            outputs, {**inputs, **nothing, "input_ids": np.array([[START]]), "use_cache_branch": np.array([False])}
        )
        past, memory = rest[: len(self._past_names)], rest[len(self._past_names) :]
        inputs |= {**dict(zip(self._heard_names, memory, strict=True)), "use_cache_branch": np.array([True])}
        return Heard(seconds, inputs, logits[0, -1], Past(tuple(past)))

    def step(self, heard: Heard, past: Past, tokens: Sequence[int]) -> tuple[Floats, Past]:
        """Write one token in each row of `past`.

        Returns the logits of what comes next, rows by vocabulary, and the new past.
        """
        ids = np.array(tokens, np.int64)[:, None]
        remembered = dict(zip(self._past_names, past.arrays, strict=True))
        logits, *arrays = self._decoder.run(self._next, {**heard.inputs, **remembered, "input_ids": ids})
        return logits[:, -1], Past(tuple(arrays))

    def judge(self, heard: Heard, texts: NDArray[np.int64]) -> Floats:
        """Write known texts at once, rows by tokens: the logits behind each token."""
        nothing = {name: _no_past(len(texts)) for name in self._past_names}
        return self._decoder.run(["logits"], {**heard.inputs, **nothing, "input_ids": texts})[0]


def log_sum_exp(logits: Floats) -> Floats:
    """Return what turns each row's logits into log probabilities when it is subtracted."""
    top: Floats = logits.max(axis=1)
    total: Floats = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return total


def _no_past(rows: int) -> Floats:
    return np.zeros((rows, _HEADS, 0, _HEAD_SIZE), np.float32)


def _present(name: str) -> str:
    """The output that is this input of the next step."""
    return name.replace("past_key_values", "present")


def _open(files: ModelFiles, part: str) -> Session:
    path = getattr(files, part)
    try:
        return open_session(path)
    except ImportError as error:
        raise UserError(
            f"speech recognition needs onnxruntime ({error}); run: {install_command('offline')}"
        ) from error
    except BadModel as reason:
        raise UserError(
            f"the speech model's {part} {str(path)!r} cannot be loaded ({reason}); run: {repair_command()}"
        ) from reason
