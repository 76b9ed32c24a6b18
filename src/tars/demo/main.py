"""`tars-demo`: what TARS does, shown in half a minute on any machine, without a sound card."""

import sys
import time
from pathlib import Path

import attrs
import trio
from rich.console import Console

from tars.cli import EXIT_USAGE, make_app, run_app
from tars.demo.programs import Event, Program, open_program
from tars.demo.question import Spoken, record
from tars.demo.timeline import Timeline
from tars.demo.waterfall import waterfall
from tars.errors import UserError, first_problem
from tars.logs import LogFormat, configure_logs
from tars.server.voices.espeak import EspeakSettings, open_espeak_voice

FIRST_QUESTION = "hey jarvis, what time is it?"
SECOND_QUESTION = "hey jarvis, are you connected?"
FIRST_AT, SECOND_AT, LENGTH = 2.0, 17.0, 21.0
"""Seconds into the microphone's file. Between the questions: an answer, a kill, a second's outage, a redial."""
OUTAGE = 1.5
"""Seconds that the server stays dead: long enough to see the device redial."""
STEP_LIMIT = 25.0
"""Seconds that any one step may take on a slow machine."""
QUESTIONER = EspeakSettings(voice="en-us+m6", speed=160, pitch=50)
"""Another person than TARS, whose own voice is deeper."""

app = make_app("tars-demo", "Start both programs, ask a question, kill the server, ask another.")


class DemoFailed(Exception):
    """A step did not happen in time."""


@attrs.define(eq=False)
class Stage:
    """Both programs' events as they come, shown and kept."""

    timeline: Timeline
    events: list[Event] = attrs.field(factory=list)
    _news: trio.Condition = attrs.field(factory=trio.Condition)

    async def show(self, incoming: trio.MemoryReceiveChannel[Event]) -> None:
        """Show and keep every event until the programs' logs end."""
        async for event in incoming:
            await self.add(event)

    async def add(self, event: Event) -> None:
        """Show and keep one event."""
        self.timeline.show(event)
        async with self._news:
            self.events.append(event)
            self._news.notify_all()

    async def say(self, text: str) -> None:
        """A line of the demonstration's own."""
        await self.add(Event("tars-demo", "step", time.monotonic(), {"text": text}))

    async def until(self, program: str, name: str, count: int = 1) -> Event:
        """The `count`-th such event; raises `DemoFailed` when it does not come in time."""
        with trio.move_on_after(STEP_LIMIT):
            async with self._news:
                while len(found := self._those(program, name)) < count:
                    await self._news.wait()
            return found[count - 1]
        raise DemoFailed(f"{program} did not report {name} within {STEP_LIMIT:.0f} s")

    def _those(self, program: str, name: str) -> list[Event]:
        return [event for event in self.events if (event.program, event.name) == (program, name)]


async def perform(output: Path, console: Console) -> None:
    """The whole demonstration; leaves `heard.wav` and `spoken.wav` in `output`. Raises `DemoFailed`."""
    heard, spoken = output / "heard.wav", output / "spoken.wav"
    async with open_espeak_voice(QUESTIONER) as voice:
        questions = [Spoken(FIRST_AT, FIRST_QUESTION), Spoken(SECOND_AT, SECOND_QUESTION)]
        await record(heard, questions, LENGTH, voice)
    stage = Stage(Timeline(console, time.monotonic()))
    log, incoming = trio.open_memory_channel[Event](100)  # more than one burst of log lines
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stage.show, incoming)
        with log:
            await _act(stage, log, heard, spoken)
    for event in stage.events:
        if event.name == "turn":
            console.print()
            console.print(waterfall(event.fields))
    console.print(f"\nWhat the microphone heard: {heard}\nWhat the loudspeaker played: {spoken}", soft_wrap=True)


async def _act(stage: Stage, log: trio.MemorySendChannel[Event], heard: Path, spoken: Path) -> None:
    await stage.say("the server starts")
    async with open_program("tars-server", ["--port", "0", "--no-web"], log.clone()) as server:
        url = str((await stage.until("tars-server", "listening")).fields["url"])
        await stage.say(f"the device starts; it will hear “{FIRST_QUESTION}”")
        arguments = ["--server", url, "--device-id", "demo", "--exit-after-input"]
        arguments += ["--microphone", f"wav:{heard}", "--speaker", f"wav:{spoken}"]
        async with open_program("tars-pi", arguments, log.clone()) as device:
            await stage.until("tars-server", "turn")
            await _recover(stage, log, server, device, url)


async def _recover(
    stage: Stage, log: trio.MemorySendChannel[Event], server: Program, device: Program, url: str
) -> None:
    await stage.say("the server is killed: no goodbye, as in a power cut")
    server.kill()
    await stage.until("tars-pi", "link_down")
    await trio.sleep(OUTAGE)
    await stage.say("the server starts again; nobody touches the device")
    port = url.rstrip("/").rsplit(":", 1)[1]
    async with open_program("tars-server", ["--port", port, "--no-web"], log.clone()):
        await stage.until("tars-pi", "link_up", count=2)
        await stage.say(f"back; the device will hear “{SECOND_QUESTION}”")
        await stage.until("tars-server", "turn", count=2)
        with trio.move_on_after(STEP_LIMIT):
            await device.process.wait()


@app.default
def demo(*, output: Path | None = None) -> None:
    """Show it.

    Parameters
    ----------
    output
        Where the heard and the spoken audio are left; a new folder beside you if not given.
    """
    configure_logs(LogFormat.PRETTY, level="warning", stream=sys.stderr)  # the demonstration speaks for itself
    output = output or Path(time.strftime("tars-demo-%Y%m%d-%H%M%S"))
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise UserError(f"{output}: cannot be made ({exc.strerror}); choose another folder with --output") from exc
    trio.run(perform, output, Console())


def cli() -> None:
    """The console script."""
    try:
        run_app(app)
    except* DemoFailed as problems:
        print(f"tars-demo: {first_problem(problems)}", file=sys.stderr)
        sys.exit(EXIT_USAGE)
