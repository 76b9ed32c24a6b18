"""onnxruntime, imported in this module and in no other, with its telemetry switched off before.

From release 1.29 on onnxruntime reports to its maker on Linux, too, unless told otherwise: it keeps an identity
under ~/.cache and dials out several times in the first half minute. It reads the variable that forbids this while
it loads; its own `disable_telemetry_events()` comes too late. That nothing is dialled is shown by
`tests/netlab/test_quiet.py`.

It is imported by `open_session`, not with this module: that takes a while, and the link comes first.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}
"""The variable; for processes, too, in which another package imports onnxruntime."""


class Port(Protocol):
    """One input or output of a network."""

    name: str
    shape: Sequence[int | str]  # a string where the size is open


class Session(Protocol):
    """What is used of `onnxruntime.InferenceSession`, which comes without types."""

    def get_inputs(self) -> Sequence[Port]:
        """The inputs, in order."""
        ...

    def get_outputs(self) -> Sequence[Port]:
        """The outputs, in order."""
        ...

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, NDArray[Any]]) -> Sequence[Floats]:
        """Return the outputs named, or all of them, for these inputs by name.

        The interpreter's lock is released meanwhile.
        """
        ...


class BadModel(Exception):
    """The file is not a network that onnxruntime can run; the text is its reason, in a few words."""


class Interrupted(Exception):
    """A run was not wanted any more."""


_RUNNER = ThreadPoolExecutor(1, "onnx-run")
"""One thread for all runs, started by the first one: each new thread would keep memory of its own."""
INTERRUPTION_CHECK = 0.005
"""Seconds between two looks whether a run is still wanted: it then ends within one operator of the network."""


def run_interruptibly(
    session: Session, inputs: Mapping[str, Any], unwanted: Callable[[], bool]
) -> Sequence[NDArray[Any]]:
    """Run the network in a thread of its own, and ask `unwanted` in this one meanwhile.

    Raises `Interrupted` once it says true; by then the run has ended.
    """
    options = _load().RunOptions()
    run = cast("Callable[[None, Mapping[str, Any], object], Sequence[NDArray[Any]]]", session.run)
    result = _RUNNER.submit(run, None, inputs, options)
    while not wait([result], INTERRUPTION_CHECK).done:
        if unwanted():
            options.terminate = True
            wait([result])
            raise Interrupted
    return result.result()


def open_session(path: Path) -> Session:
    """Load the network in the file `path`, with as little memory and as few threads as it can do with.

    Raises `BadModel`, and `ImportError` where onnxruntime is not installed.
    """
    onnxruntime = _load()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the models are tiny: a second thread costs more than it brings
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # an arena keeps the largest working memory there ever was
    options.enable_mem_pattern = False
    options.log_severity_level = 3  # errors only; they reach us as exceptions
    try:
        session: Session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except _load_errors() as error:
        raise BadModel(_reason(str(error))) from error
    return session


def _reason(message: str) -> str:
    """What onnxruntime says is wrong, without the place in its own source."""
    first = message.strip().splitlines()[0].rpartition("failed:")[2]
    return re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : (\S+\.cc:\d+ \S+ )?", "", first).strip(" .")


def _load() -> ModuleType:
    os.environ.update(NO_TELEMETRY)
    import onnxruntime

    return onnxruntime  # type: ignore[no-any-return]


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
