"""The neural networks that hear hotwords."""

import json
from collections.abc import Callable
from pathlib import Path

import attrs

from tars.errors import UserError
from tars.pi.hotword.catalogue import HotwordModel, ModelFiles
from tars.runtime.installation import install_command
from tars.runtime.onnx import BadModel, Floats, Port, Session, open_session

EMBEDDING_SIZE = 96
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


def load_models(files: ModelFiles) -> Models:
    """Read and prepare every network; `UserError` naming the file that is not what it should be."""
    return Models(
        _network(_session(files.melspectrogram)),
        _network(_session(files.embedding)),
        tuple(load_classifier(hotword) for hotword in files.hotwords),
    )


def load_classifier(hotword: HotwordModel) -> Classifier:
    """Read one hotword's network; `UserError` naming the file that is not what it should be."""
    session = _session(hotword.path)
    inputs, outputs = session.get_inputs(), session.get_outputs()
    shape = inputs[0].shape
    if len(inputs) != 1 or len(shape) != 3 or not isinstance(shape[1], int) or shape[2] != EMBEDDING_SIZE:
        raise UserError(
            f"the hotword model {str(hotword.path)!r} is not one of openWakeWord's: its input is {shape},"
            f" where they have [1, some number, {EMBEDDING_SIZE}]"
        )
    return Classifier(_hotwords(hotword.name, outputs[0]), shape[1], _network(session))


def _hotwords(name: str, output: Port) -> tuple[str | None, ...]:
    """A network with several outputs has their meanings in its output's name, as JSON; output 0 is "none"."""
    width = output.shape[-1]
    if not isinstance(width, int) or width == 1:
        return (name,)
    try:
        meanings = json.loads(output.name)
    except json.JSONDecodeError:
        meanings = {}
    return (None, *(str(meanings.get(str(index), f"{name}_{index}")) for index in range(1, width)))


def _session(path: Path) -> Session:
    try:
        return open_session(path)
    except ImportError as error:
        raise UserError(f"hotwords need onnxruntime ({error}); run: {install_command('pi')}") from error
    except BadModel as reason:
        raise UserError(
            f"the hotword model {str(path)!r} cannot be loaded ({reason}); give an .onnx file that is one of"
            " openWakeWord's"
        ) from reason


def _network(session: Session) -> Network:
    name = session.get_inputs()[0].name

    def run(values: Floats) -> Floats:
        return session.run(None, {name: values})[0]

    return run
