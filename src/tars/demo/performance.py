"""What happens in the demonstration: a question, a server that is killed and comes back, another question."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import trio

from tars.demo.microphone import Microphone, Samples, synthesise
from tars.demo.programs import Backstage, Event, Program, open_guard
from tars.demo.screen import Screen
from tars.demo.stage import HANG, DemoFailed, Stage
from tars.demo.timeline import Timeline
from tars.demo.waterfall import waterfall
from tars.errors import UserError
from tars.server.tts.espeak import EspeakSettings, open_espeak_voice
from tars.server.tts.voice import VoiceFailed

QUESTIONS = ("hey jarvis, what time is it?", "hey jarvis, are you connected?")
NO_ANSWER = (("tars-server", "stt_failed"), ("tars-pi", "session_end"))
"""How a question ends that gets no answer: where recognition gets too little of the processor, it is given up."""
MAX_ASKED = 4
"""Times that a question is asked."""
OUTAGE = 1.5
"""Seconds that the server stays dead: long enough to see the device redial."""
QUESTIONER = EspeakSettings(voice="en-us+m6", speed=160, pitch=50)
"""Another person than TARS, whose own voice is deeper."""


@attrs.frozen
class _Scene:
    """What every step of the demonstration needs."""

    stage: Stage
    backstage: Backstage
    microphone: Microphone
    questions: list[Samples]
    output: Path


async def perform(output: Path, screen: Screen) -> None:
    """Show the whole demonstration; `heard.wav`, `spoken.wav` and the programs' logs stay in `output`.

    Raises `DemoFailed`, and `UserError` for what the user can mend.
    """
    stage = Stage(Timeline(screen.show, time.monotonic()))
    events, incoming = trio.open_memory_channel[Event](100)  # more than one burst of log lines
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stage.show, incoming)
        with events:
            async with _home() as home, open_guard() as guard:
                backstage = Backstage(events, output, home, guard)
                questions = await _prepare_questions()
                await _act(_Scene(stage, backstage, Microphone(output / "heard.wav"), questions, output))
    turns = [event.fields for event in stage.those("tars-server", "turn")]
    screen.show()
    screen.show(waterfall(turns[0]))
    screen.tell()  # one of them is enough for a picture
    screen.tell(waterfall(turns[-1]))
    screen.show()
    screen.show(_result(stage))


@asynccontextmanager
async def _home() -> AsyncGenerator[Path, None]:
    """A folder for the programs' settings and state: they have none."""
    try:
        folder = TemporaryDirectory(prefix="tars-demo-", ignore_cleanup_errors=True)
    except OSError as exc:
        raise UserError(
            f"no temporary folder can be made: {exc.strerror}; name another place with TMPDIR=FOLDER"
        ) from exc
    with folder as home:
        yield Path(home)


async def _prepare_questions() -> list[Samples]:
    try:
        async with open_espeak_voice(QUESTIONER) as voice:
            return [await synthesise(question, voice) for question in QUESTIONS]
    except* VoiceFailed as failures:
        raise DemoFailed("the questioner's voice", f"failed: {failures.exceptions[0]}") from failures


async def _act(scene: _Scene) -> None:
    stage = scene.stage
    await stage.say("starts the server")
    async with scene.backstage.run("tars-server", ["--port", "0", "--no-web"]) as server:
        url = str((await stage.until("tars-server", "listening")).fields["url"])
        await stage.say("starts the device")
        arguments = ["--server", url, "--device-id", "demo", "--exit-after-input"]
        arguments += ["--microphone", "stdin", "--speaker", f"wav:{scene.output / 'spoken.wav'}"]
        async with scene.backstage.run("tars-pi", arguments, fed=True) as device, trio.open_nursery() as nursery:
            room = await nursery.start(_hear, scene.microphone, device)
            await _ask(scene, 0)
            await stage.say("kills the server: no goodbye, as in a power cut")
            server.kill()
            await _recover(scene, url, device, room)


async def _hear(
    microphone: Microphone,
    device: Program,
    *,
    task_status: trio.TaskStatus[trio.CancelScope] = trio.TASK_STATUS_IGNORED,
) -> None:
    assert device.process.stdin is not None
    with trio.CancelScope() as scope:
        task_status.started(scope)
        await microphone.feed(device.process.stdin)


async def _ask(scene: _Scene, number: int) -> None:
    """Ask a question once both programs are ready for it, and wait until it has been answered."""
    stage, count = scene.stage, number + 1
    await stage.until("tars-pi", "link_up", count)
    await stage.until("tars-pi", "microphone_open")
    await stage.until("tars-server", "ready", count)
    why = ""
    for again in ["", *["again"] * (MAX_ASKED - 1)]:
        await stage.say(f"asks {again}".rstrip() + f": “{QUESTIONS[number]}”")
        scene.microphone.say(scene.questions[number])
        answer = await stage.until_one_of("tars-server", "turn", NO_ANSWER)
        if answer.name == "turn":
            return
        why = f"{answer.name}: {answer.fields.get('reason')}"
    raise DemoFailed("tars-server", f"gave no answer ({why}): this machine is too busy to hear in real time")


async def _recover(scene: _Scene, url: str, device: Program, room: trio.CancelScope) -> None:
    """Start the server again, ask the other question, and let the device end when the `room` falls silent."""
    stage = scene.stage
    await stage.until("tars-pi", "link_down")
    await trio.sleep(OUTAGE)
    await stage.say("starts the server again; nobody touches the device")
    port = url.rstrip("/").rsplit(":", 1)[1]
    async with scene.backstage.run("tars-server", ["--port", port, "--no-web"]):
        await _ask(scene, 1)
        room.cancel()
        with trio.move_on_after(HANG) as limit:
            status = await device.wait()
        if limit.cancelled_caught:
            raise DemoFailed("tars-pi", f"did not end within {HANG:.0f} s")
        if status != 0:
            raise DemoFailed("tars-pi", f"ended with status {status}: {device.last_words}")


def _result(stage: Stage) -> str:
    """What has been seen, in figures."""
    turns = [event.fields for event in stage.those("tars-server", "turn")]
    waits = [(turn["playback_start_ms"] or 0) - (turn["speech_end_ms"] or 0) for turn in (turns[0], turns[-1])]
    listening = stage.those("tars-server", "listening")[-1].monotonic
    back = stage.those("tars-pi", "link_up")[-1].monotonic - listening
    return (
        f"The answers began {waits[0]:.0f} and {waits[1]:.0f} ms after the last word.\n"
        f"The link was back {back:.2f} s after the server listened again."
    )
