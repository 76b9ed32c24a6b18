"""`tars-pi` as a process, with a scripted server on a real socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import pytest
import trio

from tars.audio.formats import MICROPHONE
from tars.audio.wav import WavWriter
from tars.link import Connection, LinkLost, serve_connections
from tars.messages import (
    FromDevice,
    Hello,
    HotwordDetected,
    SessionEnd,
    SessionStarted,
    Welcome,
    decode_from_device,
    encode,
)
from tars.pi.outcome import ExitStatus
from tests.support.limits import HANG
from tests.support.real import need
from tests.support.wav import read_wav

TARS_PI = Path(sys.executable).with_name("tars-pi")

pytestmark = pytest.mark.real


@pytest.fixture(autouse=True)
def _installed() -> None:
    need(TARS_PI.exists(), "the console script tars-pi")


@pytest.fixture
def silent_room(tmp_path: Path) -> str:
    """A microphone that hears a second of nothing, then nothing."""
    path = tmp_path / "room.wav"
    wav = WavWriter(str(path), MICROPHONE)
    wav.write(bytes(MICROPHONE.bytes_per_second))
    wav.close()
    return f"wav:{path}"


@attrs.define(eq=False)
class Server:
    """Greets, takes sessions, and remembers."""

    url: str
    heard: list[FromDevice] = attrs.field(factory=list)
    audio_bytes: int = 0
    authorisation: str | None = None
    lost: LinkLost | None = None
    _news: trio.Condition = attrs.field(factory=trio.Condition)

    async def serve(self, connection: Connection) -> None:
        self.authorisation = connection.request.headers.get("authorization")
        try:
            while True:
                frame = await connection.receive()
                if isinstance(frame, bytes):
                    self.audio_bytes += len(frame)
                else:
                    await self._hear(connection, decode_from_device(frame))
                async with self._news:
                    self._news.notify_all()
        except LinkLost as lost:
            self.lost = lost

    async def _hear(self, connection: Connection, message: FromDevice) -> None:
        self.heard.append(message)
        if isinstance(message, Hello):
            await connection.send(encode(Welcome(protocol=1, server="test", device_id=message.device_id)))
        if isinstance(message, HotwordDetected):
            await connection.send(encode(SessionStarted(message.session_id)))

    async def until(self, condition: Callable[[], bool]) -> None:
        with trio.fail_after(HANG):
            async with self._news:
                while not condition():
                    await self._news.wait()


@asynccontextmanager
async def scripted_server() -> AsyncGenerator[Server, None]:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    server = Server(f"ws://127.0.0.1:{listener.socket.getsockname()[1]}/")
    async with listener, trio.open_nursery() as nursery:
        await nursery.start(serve_connections, [listener], server.serve)
        yield server
        nursery.cancel_scope.cancel()


def run(
    story: Callable[[Server, trio.Process], Awaitable[None]], *arguments: str, user: str = ""
) -> tuple[int, str]:
    """Run `tars-pi` against the server, and the story beside it; its exit status and what it wrote. `user` stands
    before the server's host in the address that it dials."""

    async def main() -> tuple[int, str]:
        async with scripted_server() as server:
            url = server.url.replace("//", f"//{user}")
            process = await trio.lowlevel.open_process(
                [str(TARS_PI), "--server", url, "--speaker", "null", "--log-format", "json", *arguments],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                await story(server, process)
                with trio.fail_after(HANG):
                    status = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
            assert process.stdout is not None
            return status, (await process.stdout.receive_some(1 << 20)).decode()

    return trio.run(main)


@pytest.mark.alone
def test_sigterm_ends_the_session_and_the_program_with_a_goodbye(silent_room: str) -> None:
    async def story(server: Server, process: trio.Process) -> None:
        await server.until(lambda: bool(server.heard))
        await trio.sleep(1)  # for its devices to open
        process.send_signal(signal.SIGUSR1)  # push to talk
        await server.until(lambda: server.audio_bytes > 16_000)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        await process.wait()
        assert time.monotonic() - began < 2
        assert isinstance(server.heard[0], Hello)
        assert isinstance(server.heard[1], HotwordDetected)
        assert server.heard[2:] == [SessionEnd(server.heard[1].session_id, "device")]
        assert server.lost is not None
        assert server.lost.code == 1000

    status, output = run(story, "--microphone", silent_room)
    assert status == 0, output
    assert '"hotword": "button"' in output


def test_a_user_in_the_address_is_for_a_proxy_and_in_no_log(silent_room: str) -> None:
    async def story(server: Server, process: trio.Process) -> None:
        await server.until(lambda: bool(server.heard))
        process.send_signal(signal.SIGTERM)
        assert server.authorisation == "Basic YW5uYTpzM2NyZXQ="
        assert isinstance(server.heard[0], Hello)
        assert server.heard[0].token == "t0ken"  # the request has room for one of the two

    status, output = run(
        story, "--microphone", silent_room, "--token", "t0ken", "--log-level", "debug", user="anna:s3cret@"
    )
    assert status == 0, output
    assert '"server": "ws://127.0.0.1:' in output
    assert not {word for word in ("anna", "s3cret", "YW5uYT", "t0ken") if word in output}


def test_a_second_ctrl_c_ends_it_without_a_traceback(silent_room: str) -> None:
    async def story(server: Server, process: trio.Process) -> None:
        await server.until(lambda: bool(server.heard))
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)

    status, output = run(story, "--microphone", silent_room)
    assert status in (0, 130), output  # 0 if the goodbye was faster than the second signal
    assert "Traceback" not in output


def test_exit_after_input_ends_without_a_server_and_says_so(silent_room: str) -> None:
    result = tars_pi("--server", "ws://127.0.0.1:1/", "--microphone", silent_room, "--speaker", "null",
                     "--exit-after-input", "--log-format", "json")  # fmt: skip
    assert result.returncode == ExitStatus.NO_SERVER, result.stderr
    assert result.stderr.startswith("tars-pi: no server was reached at ws://127.0.0.1:1/: connection refused")
    assert result.stderr.count("\n") == 1
    attempts = [
        event["attempt"] for event in map(json.loads, result.stdout.splitlines()) if event["event"] == "link_down"
    ]
    assert attempts == list(range(1, len(attempts) + 1))
    assert attempts


def test_the_sentence_at_the_end_shows_no_password_and_no_token(silent_room: str) -> None:
    result = tars_pi("--server", "ws://anna:s3cret@127.0.0.1:1/t0ken", "--microphone", silent_room, "--speaker",
                     "null", "--exit-after-input", "--log-level", "debug")  # fmt: skip
    assert result.returncode == ExitStatus.NO_SERVER, result.stderr
    assert result.stderr.startswith("tars-pi: no server was reached at ws://127.0.0.1:1/...: connection refused")
    assert not {word for word in ("anna", "s3cret", "t0ken") if word in result.stdout + result.stderr}


def test_a_signal_before_the_end_of_the_input_is_no_success(tmp_path: Path) -> None:
    long = tmp_path / "long.wav"
    wav = WavWriter(str(long), MICROPHONE)
    wav.write(bytes(600 * MICROPHONE.bytes_per_second))
    wav.close()

    async def story(server: Server, process: trio.Process) -> None:
        await server.until(lambda: bool(server.heard))
        process.send_signal(signal.SIGTERM)

    status, output = run(story, "--microphone", f"wav:{long}", "--exit-after-input")
    assert status == 128 + signal.SIGTERM, output
    assert "Traceback" not in output


def test_a_full_disk_ends_it_with_one_sentence_and_a_whole_recording(silent_room: str, tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    limited = [
        "-c", f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, 4_000)); {STARTED_BY_PYTHON}",
        "--server", "ws://127.0.0.1:1/", "--microphone", silent_room, "--speaker", f"wav:{spoken}",
        "--log-format", "json",
    ]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, *limited], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert any("microphone_open" in line for line in process.stdout)
            process.send_signal(signal.SIGUSR1)  # it has no link, and says so by a sound
            _, said = process.communicate(timeout=HANG)
        finally:
            process.kill()
    assert process.returncode == 2
    assert said.startswith(f"tars-pi: {spoken}: cannot be written any further: File too large; the 0.1 s before")
    assert said.count("\n") == 1
    assert len(read_wav(spoken)[1]) == 4_000 - 44


STARTED_BY_PYTHON = "from tars.pi.start import cli; cli()"
HANGING = """
import time
from tars.pi import audio_devices, stand_ins
def hang(*_):
    print("hanging", flush=True)
    time.sleep(600)
stand_ins.open_wav = audio_devices.describe = hang
from tars.pi.start import cli
cli()
"""


@pytest.mark.parametrize(
    ("arguments", "number", "status"),
    [
        (["--microphone", "wav:/mnt/away.wav", "--speaker", "null"], signal.SIGTERM, 0),
        (["--microphone", "wav:/mnt/away.wav", "--speaker", "null"], signal.SIGINT, 0),
        (["audio-devices"], signal.SIGTERM, 143),
    ],
)
def test_a_signal_is_heard_while_a_file_or_a_driver_hangs(
    arguments: list[str], number: signal.Signals, status: int
) -> None:
    command = [sys.executable, "-c", HANGING, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "hanging\n"
            process.send_signal(number)
            said, _ = process.communicate(timeout=HANG)
        finally:
            process.kill()
    assert (process.returncode, said) == (status, "")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--server", "http://x/"], "ws://"),
        (["--server", "ws://tars..local:7456/"], "no host's name"),
        (["--device-id", "a b"], "device_id"),
        (["--token", "… pasted"], "token"),
        (["--config", "/no/such.toml"], "/no/such.toml"),
        (["--config", "/dev/zero"], "it holds more than 1,048,576 bytes"),
        (["--tls-ca", "/dev/zero", "--server", "wss://127.0.0.1:1/"], "it holds more than 1,048,576 bytes"),
        (["--microphone", "wav:/no/such.wav"], "/no/such.wav"),
        (["--microphone", "wav:/dev/zero"], "it is a device, not a file"),
        (["--microphone", "a card that nobody has"], "use wav:FILE"),
        (["--speaker", "wav:/"], "it is a folder, not a file"),
        (["--hotword", "hey_nobody"], "hey_nobody"),
        (["--exit-after-input", "--microphone", "a card"], "--exit-after-input needs a microphone that ends"),
    ],
)
def test_a_mistake_is_one_sentence_before_anything_is_dialled(
    arguments: list[str], words: str, silent_room: str
) -> None:
    defaults = {"--microphone": silent_room, "--speaker": "null"}
    others = [word for pair in defaults.items() if pair[0] not in arguments for word in pair]
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        url = f"ws://127.0.0.1:{server.getsockname()[1]}/"
        result = tars_pi(*others, *arguments, TARS_SERVER=url)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert result.returncode == 2
    assert words in result.stderr
    assert result.stderr.startswith("tars-pi: ")
    assert result.stderr.count("\n") == 1


def tars_pi(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TARS_")}
    return subprocess.run(
        [TARS_PI, *arguments], capture_output=True, text=True, timeout=HANG, check=False,
        env=clean | variables,
    )  # fmt: skip
