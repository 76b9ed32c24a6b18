"""A private PulseAudio with a loudspeaker that can be recorded and a microphone that can be spoken into.

The loudspeaker is a null sink `spk` whose monitor is recorded; the microphone is a source `mic` that hears what is
played into another null sink. PortAudio finds both as its default devices in processes that run with `env`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path

import attrs

from tests.support.limits import HANG
from tests.support.real import need

PROGRAMS = ("pulseaudio", "pactl", "parec", "paplay")
RECORDING_RATE = 16_000
DEFAULTS = "pcm.!default pulse\nctl.!default pulse\n"


@attrs.define
class SoundCard:
    """A running PulseAudio."""

    folder: Path
    _daemon: subprocess.Popen[bytes] | None = None
    _place: str = "pulse"

    @property
    def env(self) -> dict[str, str]:
        """The environment in which processes have this card."""
        home = str(self.folder)
        return os.environ | {
            "HOME": home,
            "XDG_RUNTIME_DIR": home,
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_COOKIE": f"{home}/cookie",
        }

    def start(self) -> None:
        """Plug the card in."""
        modules = (
            f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}",
            "module-null-sink sink_name=spk rate=48000 channels=1",
            "module-null-sink sink_name=micfeed rate=48000 channels=1",
            "module-remap-source source_name=mic master=micfeed.monitor",
        )
        self._daemon = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
            + [f"--log-target=file:{self.folder / 'pulse.log'}"]
            + [argument for module in modules for argument in ("-L", module)],
            env={name: value for name, value in self.env.items() if name != "PULSE_SERVER"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while self.control("info", check=False):
            assert time.monotonic() < deadline, (self.folder / "pulse.log").read_text()
            time.sleep(0.05)
        self.control("set-default-sink", "spk")
        self.control("set-default-source", "mic")

    def stop(self) -> None:
        """Pull the card out."""
        if self._daemon is not None:
            self._daemon.terminate()
            try:
                self._daemon.wait(HANG)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait()
            self._daemon = None
        self._socket.unlink(missing_ok=True)

    def say(self, wav: Path) -> None:
        """Speak the WAV file into the microphone; returns when it has been spoken."""
        subprocess.run(["paplay", "-d", "micfeed", str(wav)], env=self.env, check=True, timeout=HANG)

    @contextmanager
    def record(self) -> "Iterator[Recording]":
        """Record the loudspeaker, from when the recorder really hears (it takes a second or two) on."""
        with subprocess.Popen(
            [
                *("parec", "-d", "spk.monitor", "--latency-msec=20"),
                *("--raw", f"--rate={RECORDING_RATE}", "--channels=1", "--format=s16le"),
            ],
            env=self.env,
            stdout=subprocess.PIPE,
        ) as process:
            recording = Recording(process)
            reader = threading.Thread(target=recording.read_all)
            try:
                recording.read()
                reader.start()
                yield recording
            finally:
                process.kill()
                reader.join()

    def control(self, *arguments: str, check: bool = True) -> int:
        """Run `pactl`; its exit status."""
        return subprocess.run(
            ["pactl", *arguments],
            env=self.env,
            check=check,
            timeout=HANG,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ).returncode

    def signal(self, number: signal.Signals) -> None:
        """Send the sound server a signal, such as SIGSTOP: it stands still, and every client waits for it."""
        assert self._daemon is not None
        self._daemon.send_signal(number)

    def put_at(self, place: str) -> None:
        """Plug the card in elsewhere the next time: there, and under that name, PortAudio finds it then."""
        self._place = place
        here = f'pcm.{place} {{ type pulse server "unix:{self._socket}" }}\n'
        (self.folder / ".asoundrc").write_text(DEFAULTS + here)

    @property
    def _socket(self) -> Path:
        return self.folder / f"{self._place}.sock"


@attrs.define
class Recording:
    """What the loudspeaker plays, read from the recorder."""

    _process: subprocess.Popen[bytes]
    pcm: bytearray = attrs.field(factory=bytearray)
    """Mono, 16 bits, `RECORDING_RATE` hertz."""
    arrivals: list[tuple[float, int]] = attrs.field(factory=list)
    """When (`time.monotonic`) how many bytes had come in."""

    def heard_at(self, sample: int) -> float:
        """When (`time.monotonic`) the sample arrived here, some 20 ms after it was to be heard."""
        return next(when for when, received in self.arrivals if received >= 2 * sample)

    def read_all(self) -> None:
        """Read until the recorder ends."""
        while self.read():
            pass

    def read(self) -> bool:
        """Wait for some sound; False when the recorder has ended."""
        assert self._process.stdout is not None
        piece = os.read(self._process.stdout.fileno(), 65536)
        self.pcm += piece
        self.arrivals.append((time.monotonic(), len(self.pcm)))
        return bool(piece)


@contextmanager
def open_sound_card() -> Iterator[SoundCard]:
    """A sound card of its own for a test, which is skipped where there cannot be one."""
    for program in PROGRAMS:
        need(shutil.which(program) is not None, f"{program} (apt: pulseaudio pulseaudio-utils)")
    need(find_library("portaudio") is not None, "PortAudio (apt: libportaudio2 libasound2-plugins)")
    with tempfile.TemporaryDirectory(prefix="tars-card-") as folder:
        card = SoundCard(Path(folder))
        card.folder.chmod(0o700)
        (card.folder / ".asoundrc").write_text(DEFAULTS)
        try:
            card.start()
            yield card
        finally:
            card.stop()
