"""The server under attack: the real program, with few descriptors, and an honest device that watches it."""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import attrs
import psutil
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.attacks.raw import TOKEN, Attacker
from tests.support.limits import HANG

SERVER = Path(sys.executable).with_name("tars-server")
DESCRIPTORS = 256
"""Open files that the server may have: few enough for a crowd of strangers to use them all up."""
BACK_TO_NORMAL = 6.0
"""Seconds after an attack in which descriptors are back: a second more than a stalled handshake has."""
MEMORY_TOLERANCE = 3 * 1024 * 1024
"""Bytes by which resident memory may be above the baseline, which is taken when a first crowd has come and gone.
All attacks together leave 0.7 MiB. It is one tolerance for the whole suite, so that what each leaves behind
adds up and is found."""
ROUND_TRIP = 0.1
"""Seconds within which an honest device is answered."""

BETWEEN_QUESTIONS = 0.025
"""Seconds; within what the server allows one device for long, 50 messages a second."""
GUESS = "a-guess-at-the-token"
"""What is in every wrong token."""
_TROUBLE = ("Traceback", '"level": "error"', TOKEN, GUESS)


@attrs.define(eq=False)
class Honest:
    """A device that does nothing wrong, on a link that stands through all attacks."""

    link: ClientConnection
    asked: int = 0

    def round_trip(self) -> float:
        """Seconds until the server has answered a message."""
        self.asked += 1
        began = time.perf_counter()
        self.link.send(json.dumps({"type": f"question-{self.asked}"}))
        answer = json.loads(self.link.recv(timeout=HANG))
        assert answer["code"] == "unknown_type", answer
        return time.perf_counter() - began


@attrs.define(eq=False)
class Watch:
    """Asks again and again, beside an attack."""

    honest: Honest
    round_trips: list[float] = attrs.field(factory=list)
    failure: Exception | None = None
    _over: threading.Event = attrs.field(factory=threading.Event)

    def run(self) -> None:
        """Ask again and again until `stop`."""
        try:
            while not self._over.wait(BETWEEN_QUESTIONS):
                self.round_trips.append(self.honest.round_trip())
        except Exception as exc:  # for the thread that waits for this one
            self.failure = exc

    def stop(self) -> None:
        """Stop asking."""
        self._over.set()


@attrs.define(eq=False)
class Target:
    """A running server."""

    process: psutil.Process
    lines: list[str]
    host: str = ""
    port: int = 0
    descriptors: int = 0
    memory: int = 0
    """The baselines, taken when the server has settled."""
    _open: list[socket.socket] = attrs.field(factory=list)

    def connect(self, *, receive_buffer: int | None = None) -> Attacker:
        """A new connection; hung up when the attack is over."""
        sock = socket.socket()
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(HANG)
        sock.connect((self.host, self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open.append(sock)
        return Attacker(sock)

    @contextlib.contextmanager
    def honest(self, device_id: str) -> Iterator[Honest]:
        """An honest device with a link of its own."""
        url, offers = f"ws://{self.host}:{self.port}/", [Subprotocol("tars.v1")]
        with connect(url, subprotocols=offers, proxy=None, open_timeout=HANG, close_timeout=2) as link:
            said = {"type": "hello", "protocol": 1, "device_id": device_id, "token": TOKEN}
            link.send(json.dumps(said))
            assert json.loads(link.recv(timeout=HANG))["type"] == "welcome"
            yield Honest(link)

    @contextlib.contextmanager
    def watched(self, honest: Honest) -> Iterator[Watch]:
        """Measure the honest device's round trips during the block; then the attackers are gone."""
        watch = Watch(honest)
        thread = threading.Thread(target=watch.run)
        thread.start()
        try:
            yield watch
        finally:
            for sock in self._open:
                sock.close()
            self._open.clear()
            watch.stop()
            thread.join()
        if watch.failure is not None:
            raise watch.failure

    def settle(self) -> None:
        """Take the baselines."""
        self.descriptors, self.memory = self.process.num_fds(), self.process.memory_info().rss

    def extra_descriptors(self) -> int:
        """Descriptors beyond the baseline, once they are back, or when they should have been."""
        deadline = time.monotonic() + BACK_TO_NORMAL
        while (now := int(self.process.num_fds())) > self.descriptors and time.monotonic() < deadline:
            time.sleep(0.01)
        return now - self.descriptors

    def extra_memory(self) -> int:
        """Resident bytes beyond the baseline."""
        return int(self.process.memory_info().rss) - self.memory

    def log(self) -> list[dict[str, Any]]:
        """Every event so far."""
        return [json.loads(line) for line in list(self.lines)]

    def troubles(self) -> list[str]:
        """Lines of the log that tell of a bug, or of what is secret."""
        return [line for line in list(self.lines) if any(word in line for word in _TROUBLE)]


def middle(honest: Honest) -> float:
    """The honest device's round trip now: the middle one of five."""
    return statistics.median(honest.round_trip() for _ in range(5))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Target]:
    """A `tars-server` with its default settings and few descriptors."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TARS_")}
    env |= {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    env["TARS_TTS_USE"] = "espeak"
    env["TARS_SERVER_TOKEN"] = TOKEN
    command = [str(SERVER), "--port", "0", "--no-web", "--log-format", "json", "--speech.processes", "1"]
    limited = ["sh", "-c", 'ulimit -n "$0"; exec "$@"', str(DESCRIPTORS), *command]
    with (folder / "stderr").open("w") as errors:
        process = subprocess.Popen(limited, stdout=subprocess.PIPE, stderr=errors, text=True, env=env)
    target = Target(psutil.Process(process.pid), [])
    assert process.stdout is not None
    reader = threading.Thread(target=_read, args=(process.stdout, target.lines))
    reader.start()
    try:
        _wait_until_ready(target)
        yield target
    finally:
        process.terminate()
        try:
            status = process.wait(HANG)
        finally:
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()
    assert status == 0
    assert not (folder / "stderr").read_text()


def _read(output: IO[str], lines: list[str]) -> None:
    for line in output:
        lines.append(line)  # noqa: PERF402 - others look at it meanwhile


def _wait_until_ready(target: Target) -> None:
    deadline = time.monotonic() + HANG
    while not {"listening": 1, "worker_ready": 2}.items() <= Counter(e["event"] for e in target.log()).items():
        assert time.monotonic() < deadline, f"the server did not start: {target.lines}"
        time.sleep(0.05)
    (url,) = [entry["url"] for entry in target.log() if entry["event"] == "listening"]
    place = urlsplit(url)
    target.host, target.port = str(place.hostname), int(place.port or 0)
