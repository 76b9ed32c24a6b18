"""The same scores as openWakeWord's own code gives, which runs in a process of its own because it is heavy."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tars.pi.hotword.catalogue import find_models
from tars.runtime.onnx import NO_TELEMETRY
from tests.pi.hotword.support import Scored
from tests.support.voices import in_room, mix, noise, speak

ORACLE = """
import sys, warnings
from importlib.metadata import version
import numpy as np
warnings.simplefilter("ignore")
from openwakeword.model import Model
framework = {} if version("openwakeword").startswith("0.4") else {"inference_framework": "onnx"}
for line in sys.stdin:
    model_file, audio_file, scores_file = line.split()
    model = Model([model_file], **framework)
    audio = np.fromfile(audio_file, "<i2")
    chunks = audio[: len(audio) // 1280 * 1280].reshape(-1, 1280)
    np.save(scores_file, [next(iter(model.predict(chunk).values())) for chunk in chunks])
"""
WARM = 26  # chunks after which nothing is left of openWakeWord's random beginning

ROOMS = {
    "quiet": ("hey_jarvis", in_room(speak("hey jarvis, what time is it?", "en-us+m6"), 5, before=3)),
    "noisy": ("hey_jarvis", in_room(speak("hey jarvis", "en-us+f3"), 300, before=3)),
    "faint": ("hey_jarvis", mix(in_room(speak("hey jarvis", "en-gb-x-rp"), 0, before=3), noise(6, 20), gain=0.05)),
    "silent": ("hey_jarvis", in_room(speak("hey jarvis", "en"), 0, before=3)),
    "alexa": ("alexa", in_room(speak("alexa", "en"), 20, before=3)),
}


def own_scores(hotword: str, pcm: bytes) -> list[float]:
    return [scores[hotword] for scores in Scored.of(pcm, hotword).scores]


@pytest.mark.slow
def test_scores_are_those_of_openwakeword(tmp_path: Path) -> None:
    jobs = []
    for room, (hotword, pcm) in ROOMS.items():
        (tmp_path / f"{room}.pcm").write_bytes(pcm)
        (model,) = find_models([hotword]).hotwords
        jobs.append(f"{model.path} {tmp_path / room}.pcm {tmp_path / room}.npy\n")
    subprocess.run(
        [sys.executable, "-c", ORACLE],
        input="".join(jobs), text=True, check=True, capture_output=True, env=os.environ | NO_TELEMETRY,
    )  # fmt: skip
    for room, (hotword, pcm) in ROOMS.items():
        theirs, ours = np.load(tmp_path / f"{room}.npy"), own_scores(hotword, pcm)
        assert max(theirs) > 0.5, room
        np.testing.assert_allclose(ours[WARM:], theirs[WARM:], atol=1e-4, err_msg=room)
