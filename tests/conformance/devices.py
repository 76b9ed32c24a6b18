"""A real `tars-pi` as others see it: flags in, log lines, exit status and sound out."""

import contextlib
import os
import signal
import subprocess
import time
import wave
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from tests.conformance.strange_server import StrangeServer, Visit, within
from tests.end_to_end.programs import BESIDE_PYTHON, Program, environment, program
from tests.support.limits import HANG
from tests.support.real import need
from tests.support.voices import mix, noise, silence, speak

SECOND = 32_000
"""Bytes of microphone audio."""
LOUDNESS = 8_000


@contextlib.contextmanager
def tars_pi(folder: Path, url: str, microphone: Path, *flags: str, **env: str) -> Iterator[Program]:
    """Run it with these; its log is checked line by line when it is over."""
    with program(
        "tars-pi", "--server", url, "--microphone", f"wav:{microphone}", *flags, env=environment(folder) | env
    ) as device:  # fmt: skip
        yield device
    check_log(device)


def check_log(device: Program) -> None:
    """Every line is an object with the fields that the contract names."""
    fields = {
        "link_up": {"server", "attempt"},
        "link_down": {"reason", "retry_in"},
        "hotword": {"hotword", "score"},
        "transcript": {"text", "final"},
        "reply": {"text"},
        "session_end": {"reason"},
    }
    events = device.events
    if device.process.returncode in (3, 4, 5):  # which come with a sentence
        assert events[-1]["line"].startswith(b"tars-pi: "), events[-1]
        events = events[:-1]
    for line in events:
        assert line["event"] != "not_json", f"on stdout or stderr: {line['line']!r}"
        assert isinstance(line["monotonic"], float), line
        assert datetime.fromisoformat(line["time"]).tzinfo is not None, line
        assert fields.get(line["event"], set()) <= line.keys(), line


def fails(*arguments: str, folder: Path, **env: str) -> str:
    """What it says about flags that it cannot use: one sentence, status 2, nothing else."""
    need((BESIDE_PYTHON / "tars-pi").exists(), "the console script tars-pi")
    done = subprocess.run(
        [BESIDE_PYTHON / "tars-pi", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANG, check=False,
        env=environment(folder) | env,
    )  # fmt: skip
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
    assert all(line.startswith("{") for line in done.stdout.splitlines()), done.stdout
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def write_wav(path: Path, pcm: bytes) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(pcm)
    return path


def room(seconds: float, *said: tuple[float, str, str]) -> bytes:
    """A quiet room, in which things are said: when, in which voice, what."""
    return mix(noise(seconds, 20), *(silence(at) + speak(text, voice) for at, voice, text in said))


def tone(seconds: float, hertz: float, rate: int = 16_000, channels: int = 1) -> bytes:
    """A sound that can be told from others in a recording: the device's own sounds are all below 2 kHz."""
    moments = np.arange(round(seconds * rate)) / rate
    samples = (LOUDNESS * np.sin(2 * np.pi * hertz * moments)).astype("<i2")
    return np.repeat(samples, channels).tobytes()


def recorded(path: Path) -> tuple[int, "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"]:
    """Hertz and samples of a recording, also of one that is still being written."""
    data = path.read_bytes()
    channels, rate = int.from_bytes(data[22:24], "little"), int.from_bytes(data[24:28], "little")
    samples = np.frombuffer(data[44 : 44 + (len(data) - 44) // (2 * channels) * 2 * channels], "<i2")
    return rate, samples.reshape(-1, channels)[:, 0].astype(float)


def heard_of(path: Path, hertz: float) -> float:
    """Seconds for which that tone sounds in a recording, to 10 ms."""
    rate, samples = recorded(path)
    window = rate // 100
    blocks = samples[: len(samples) // window * window].reshape(-1, window)
    beat = np.exp(-2j * np.pi * hertz * np.arange(window) / rate)
    strength = np.abs(blocks @ beat) * 2 / window
    return float(np.count_nonzero(strength > LOUDNESS / 2)) / 100


def loudest(path: Path) -> float:
    """The loudest sample of a recording."""
    _, samples = recorded(path)
    return float(np.abs(samples).max(initial=0.0))


@attrs.define(eq=False)
class Kitchen:
    """A device that stays, with its link to a strange server, for one test after the other."""

    server: StrangeServer
    device: Program
    spoken: Path
    _visit: Visit | None = None

    @property
    def visit(self) -> Visit:
        """Its link; made again, with a press of the button against the waiting, if the last test broke it."""
        if self._visit is None:
            self._visit = self.server.visit().greet()
        elif self._visit.over.is_set():
            self.press()
            self._visit = self.server.visit().greet()
        return self._visit

    def returns(self, limit: float = HANG) -> Visit:
        """The link that it makes by itself."""
        self._visit = self.server.visit(limit)
        return self._visit

    def press(self) -> None:
        """Press the button."""
        os.kill(self.device.process.pid, signal.SIGUSR1)

    def logged(self, event: str, **fields: Any) -> int:
        """How often it logged that so far."""
        return sum(each["event"] == event and fields.items() <= each.items() for each in list(self.device.events))

    def _is_up(self) -> bool:
        links = [each["event"] for each in list(self.device.events) if each["event"].startswith("link_")]
        return links[-1:] == ["link_up"]

    def heard(self, hertz: float) -> float:
        """Seconds for which that tone has sounded."""
        time.sleep(0.35)  # the file is written in the next pause, and a short sound may still be under way
        return heard_of(self.spoken, hertz)

    def until_logged(self, event: str, count: int, limit: float = HANG, **fields: Any) -> dict[str, Any]:
        """The `count`-th such line, to be here within the limit."""
        within(limit, lambda: self.logged(event, **fields) >= count, f"{event} {fields}; {self.device.log}")
        return self.device.until(event, count, **fields)

    def press_for_session(self) -> str:
        """Start a session by the button, and answer it; its id."""
        begun = len(self.visit.messages("hotword_detected"))
        within(HANG, self._is_up, "the link is up")  # the welcome may still be on its way
        self.press()
        session_id = str(self.visit.until("hotword_detected", begun + 1)["session_id"])
        self.visit.say("session_started", session_id=session_id)
        return session_id

    @contextlib.contextmanager
    def session(self) -> Iterator[str]:
        """A session that the server ends."""
        ended = self.logged("session_end")
        session_id = self.press_for_session()
        yield session_id
        self.visit.say("session_end", session_id=session_id, reason="goodbye")
        self.until_logged("session_end", ended + 1)
