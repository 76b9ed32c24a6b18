"""The console scripts as processes, their JSON logs read as they are written."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import attrs

from tars.audio.formats import MICROPHONE
from tars.audio.wav import WavWriter
from tests.support.limits import HANG
from tests.support.log_events import why_not_documented
from tests.support.plain_words import plain_words
from tests.support.real import need
from tests.support.voices import mix, noise, silence, speak

BESIDE_PYTHON = Path(sys.executable).parent
QUESTIONER = "en-us"


@attrs.define(eq=False)
class Program:
    """A running console script."""

    name: str
    process: subprocess.Popen[bytes]
    events: list[dict[str, Any]] = attrs.field(factory=list)
    _news: threading.Condition = attrs.field(factory=threading.Condition)
    _ended: bool = False

    def until(self, event: str, count: int = 1, **fields: object) -> dict[str, Any]:
        """The `count`-th such event, however its text is written; fails with the log when it does not come."""

        def found() -> list[dict[str, Any]]:
            return [each for each in self.events if each["event"] == event and _has(each, fields)]

        with self._news:
            self._news.wait_for(lambda: len(found()) >= count or self._ended, HANG)
            assert len(found()) >= count, f"{self.name} did not say {event} {fields} {count} times; {self.log}"
            return found()[count - 1]

    def wait(self) -> int:
        """Its exit status, once it has ended by itself."""
        return self.process.wait(HANG)

    @property
    def log(self) -> str:
        """What it said."""
        return "it said:\n" + "\n".join(map(str, self.events))

    def undocumented(self) -> Iterator[str]:
        """What it logged that the guide's table does not promise: an event, its level, a field."""
        for line in self.events:
            if "level" in line:
                fields = frozenset(line) - {"event", "level", "time", "monotonic", "exception"}
                if (why := why_not_documented(line["event"], line["level"], fields)) is not None:
                    yield f"{line['event']}: {why}"

    def read(self) -> None:
        """Read its log to the end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                try:
                    self.events.append(json.loads(line))
                except ValueError:
                    self.events.append({"event": "not_json", "line": line})
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


def _has(event: Mapping[str, Any], fields: Mapping[str, object]) -> bool:
    return all(
        plain_words(event.get(name, "")) == value if name == "text" else event.get(name) == value
        for name, value in fields.items()
    )


@contextmanager
def program(name: str, *arguments: str, env: Mapping[str, str], fed: bool = False) -> Iterator[Program]:
    """Run a console script; it is killed at the end if it has not ended by itself. `fed`: it reads from a pipe."""
    need((BESIDE_PYTHON / name).exists(), f"the console script {name}")
    process = subprocess.Popen(
        [BESIDE_PYTHON / name, "--log-format", "json", *arguments],
        stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env,
    )  # fmt: skip
    running = Program(name, process)
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()
    assert not list(running.undocumented())


def environment(folder: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """An environment in which the programs find no settings but the tests'."""
    clean = {name: value for name, value in base.items() if not name.startswith("TARS_")}
    own = {"XDG_CONFIG_HOME": str(folder), "XDG_STATE_HOME": str(folder), "TARS_WEB_PORT": "0"}
    own["TARS_TTS_USE"] = "espeak"
    return clean | own


def record(path: Path, *said: tuple[float, str], seconds: float) -> Path:
    """A WAV file in which each thing is said at its moment, in a quiet room."""
    speech = [silence(at) + speak(text, QUESTIONER) for at, text in said]
    wav = WavWriter(str(path), MICROPHONE)
    wav.write(mix(noise(seconds, 20), *speech))
    wav.close()
    return path


def tells_the_time(reply: str, asked: datetime) -> bool:
    """Whether `reply` names the time of `asked`, to the minute."""
    told = re.search(r"(\d{1,2}):(\d{2}) ([AP])M", reply)
    if told is None:
        return False
    right = [asked + timedelta(minutes=late) for late in (-1, 0, 1)]
    return told.groups() in [
        (str(time.hour % 12 or 12), f"{time.minute:02d}", "A" if time.hour < 12 else "P") for time in right
    ]


def wait_until(moment: float) -> None:
    """Wait until a moment of the monotonic clock, in the way that a person waits before speaking."""
    time.sleep(max(0.0, moment - time.monotonic()))
