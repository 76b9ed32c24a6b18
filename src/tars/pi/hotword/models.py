"""The neural networks, run by onnxruntime with as little memory and as few threads as it can.

onnxruntime is imported by `load_models`, not with this module: it takes a while, and the link comes first.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from tars.errors import UserError
from tars.pi.hotword.catalogue import HotwordModel, ModelFiles
from tars.runtime.installation import install_command

EMBEDDING_SIZE = 96
Floats = NDArray[np.float32]
Network = Callable[[Floats], Floats]


@attrs.frozen
class Classifier:
    """Scores the last `window` embeddings for its hotwords."""

    hotwords: tuple[str | None, ...]
    """One for each output of the network; `None` for the output that means "none of them"."""
    window: int
    """How many embeddings it looks at."""
    network: Network

    def scores(self, embeddings: Floats) -> dict[str, float]:
        """Every hotword's score, from embeddings with the newest last."""
        output = self.network(embeddings[None, -self.window :]).reshape(-1)
        return {
            hotword: float(score)
            for hotword, score in zip(self.hotwords, output, strict=True)
            if hotword is not None
        }


@attrs.frozen
class Models:
    """The loaded networks."""

    melspectrogram: Network
    embedding: Network
    classifiers: tuple[Classifier, ...]

    @property
    def window(self) -> int:
        """The longest run of embeddings that any of the classifiers looks at."""
        return max(classifier.window for classifier in self.classifiers)


class _Port(Protocol):
    """One input or output of a network, as onnxruntime describes it."""

    name: str
    shape: Sequence[int | str]  # a string where the size is open


class _Session(Protocol):
    """What is used of onnxruntime.InferenceSession, which comes without types."""

    def get_inputs(self) -> Sequence[_Port]: ...

    def get_outputs(self) -> Sequence[_Port]: ...

    def run(self, outputs: None, inputs: Mapping[str, Floats]) -> Sequence[Floats]: ...


def load_models(files: ModelFiles) -> Models:
    """Read and prepare every network; `UserError` naming the file that is not what it should be."""
    return Models(
        _network(_session(files.melspectrogram)),
        _network(_session(files.embedding)),
        tuple(_classifier(hotword) for hotword in files.hotwords),
    )


def _classifier(hotword: HotwordModel) -> Classifier:
    session = _session(hotword.path)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape
    if len(inputs) != 1 or len(shape) != 3 or not isinstance(shape[1], int) or shape[2] != EMBEDDING_SIZE:
        raise UserError(
            f"The hotword model {str(hotword.path)!r} is not one of openWakeWord's: its input is {shape},"
            f" where they have [1, some number, {EMBEDDING_SIZE}]."
        )
    return Classifier(_hotwords(hotword.name, outputs[0]), shape[1], _network(session))


def _hotwords(name: str, output: _Port) -> tuple[str | None, ...]:
    """A network with several outputs has their meanings in its output's name, as JSON; output 0 is "none"."""
    width = output.shape[-1]
    if not isinstance(width, int) or width == 1:
        return (name,)
    try:
        meanings = json.loads(output.name)
    except json.JSONDecodeError:
        meanings = {}
    return (None, *(str(meanings.get(str(index), f"{name}_{index}")) for index in range(1, width)))


def _session(path: Path) -> _Session:
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError(f"Hotwords need onnxruntime ({error}); run: {install_command('pi')}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the models are tiny: a second thread costs more than it brings
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena keeps the largest working memory there ever was
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # errors only; they reach us as exceptions
    try:
        session: _Session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _load_errors() as error:
        reason = str(error).strip().splitlines()[0].rpartition("failed:")[2].strip(" .")
        raise UserError(
            f"The hotword model {str(path)!r} cannot be loaded ({reason}); give an .onnx file that is one of"
            " openWakeWord's."
        ) from error
    return session


def _load_errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises for a file it cannot use; these have no base class of their own."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NoSuchFile,
        state.NotImplemented,
        state.RuntimeException,
    )


def _network(session: _Session) -> Network:
    name = session.get_inputs()[0].name

    def run(values: Floats) -> Floats:
        return session.run(None, {name: values})[0]

    return run
