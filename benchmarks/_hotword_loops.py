"""The programs that benchmarks/hotword.py compares: each hears files and prints what that cost.

Each imports only what it needs itself, so that its memory is its own.

    python -m benchmarks._hotword_loops plain|ungated|gated MODEL PACE SETTLE FILE...
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

CHUNK = 1280
RATE = 16_000
THRESHOLD = 0.5


class Stopwatch:
    """Processor time from a certain chunk on, while chunks come at `pace` times real time."""

    def __init__(self, file: str, pace: float, settle: float) -> None:
        self._pcm = Path(file).read_bytes()
        self._pace = pace
        self._settled = round(settle * RATE / CHUNK)
        self._before = 0.0

    def chunks(self) -> Iterator[tuple[bytes, float]]:
        """Every chunk, with the seconds to wait until it has been spoken."""
        start = time.monotonic()
        for number in range(len(self._pcm) // 2 // CHUNK):
            if number == self._settled:
                self._before = time.process_time()
            due = start + number * CHUNK / RATE / self._pace
            yield self._pcm[number * CHUNK * 2 : (number + 1) * CHUNK * 2], max(0.0, due - time.monotonic())

    def used(self) -> float:
        """Seconds."""
        return time.process_time() - self._before


def hear_plainly(model_file: str, watches: list[Stopwatch]) -> list[tuple[float, int]]:
    """openWakeWord as its README uses it: one thread, `predict` on every 80 ms."""
    import warnings
    from importlib.metadata import version

    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from openwakeword.model import Model
    # 0.4 knows no other framework than ONNX, and not the word for it
    framework = {} if version("openwakeword").startswith("0.4") else {"inference_framework": "onnx"}
    model: Any = Model([model_file], **framework)
    costs = []
    for watch in watches:
        loud = [False]
        for chunk, wait in watch.chunks():
            time.sleep(wait)
            loud.append(max(model.predict(np.frombuffer(chunk, "<i2")).values()) >= THRESHOLD)
        rises = [1 for before, now in pairwise(loud) if now and not before]
        costs.append((watch.used(), len(rises)))
    return costs


def hear(model_file: str, watches: list[Stopwatch], gate: bool) -> list[tuple[float, int]]:
    """TARS as `tars-pi` uses it: chunks are handed over to the detector's thread."""
    from tars.pi.hotword.catalogue import find_models
    from tars.pi.hotword.chunk import Chunk
    from tars.pi.hotword.detection import Detection
    from tars.pi.hotword.detector import load_detector
    from tars.pi.hotword.handover import Handover
    from tars.pi.hotword.trigger import Trigger

    detector = load_detector(find_models([model_file]), Trigger(THRESHOLD), gated=gate)
    handover = Handover(25)
    heard: list[Detection] = []

    def listen() -> None:
        while chunks := handover.get(detector.batch):
            heard.extend(found for chunk in chunks if (found := detector.listen(chunk)) is not None)

    thread = threading.Thread(target=listen)
    thread.start()
    costs = []
    position = 0
    for watch in watches:
        before = len(heard)
        for chunk, wait in watch.chunks():
            time.sleep(wait)
            position += len(chunk)
            handover.put(Chunk(chunk, position))
        time.sleep(0.2)  # for the thread to finish
        costs.append((watch.used(), len(heard) - before))
    handover.close()
    thread.join()
    return costs


def resident() -> float:
    """MB of this process in memory."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024 / 1e6


def main(which: str, model_file: str, pace: str, settle: str, *files: str) -> None:
    """Run one of them."""
    watches = [Stopwatch(file, float(pace), float(settle)) for file in files]
    costs = hear_plainly(model_file, watches) if which == "plain" else hear(model_file, watches, which == "gated")
    print(json.dumps({"costs": costs, "resident": resident()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
