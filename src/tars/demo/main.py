"""`tars-demo`: what TARS does, shown in half a minute on any machine, without a sound card."""

import sys
import time
from pathlib import Path
from typing import Annotated

import trio
from cyclopts import Parameter

from tars.cli import make_app, run_app
from tars.demo.performance import perform
from tars.demo.screen import Screen, show_what_it_can
from tars.demo.stage import DemoFailed
from tars.errors import UserError, first_problem
from tars.logs import LogFormat, configure_logs
from tars.runtime.terminal import tell_last
from tars.signals import watch_signals
from tars.startup import EXIT_SIGNALLED, ending_at_once

EXIT_FAILED = 1

app = make_app("tars-demo", "Start both programs, ask a question, kill the server, ask another.")


@app.default
async def demo(
    *,
    output: Annotated[Path | None, Parameter(metavar="FOLDER", show_default="tars-demo-DATE-TIME")] = None,
    save_svg: Annotated[Path | None, Parameter(metavar="FILE", show_default="no picture")] = None,
) -> None:
    """Show in half a minute what TARS does: no microphone, no loudspeaker and no settings are needed.

    It starts both programs, asks a question in a synthetic voice, kills the server, starts it again, and asks
    another question.

    Parameters
    ----------
    output
        Folder for what was heard and spoken, as WAV files, and for the programs' logs.
    save_svg
        Save a picture of the demonstration in this file, as SVG.
    """
    configure_logs(LogFormat.PRETTY, level="error", stream=sys.stderr)  # the demonstration speaks for itself
    output = output or Path(time.strftime("tars-demo-%Y%m%d-%H%M%S"))
    _make(output)
    screen = Screen(save_svg)
    if (number := await _watched(output, screen)) is not None:
        tell_last(f"tars-demo: stopped before its end; what there is of it is in {output}")
        raise SystemExit(EXIT_SIGNALLED + number)
    screen.save_picture()
    screen.tell(f"\nLeft in {output}: heard.wav, spoken.wav, tars-pi.log and tars-server.log")


def _make(output: Path) -> None:
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise UserError(f"{output}: cannot be made ({exc.strerror}); choose another folder with --output") from exc


async def _watched(output: Path, screen: Screen) -> int | None:
    """Perform until the end or until a signal comes, whose number is returned. No program is left running."""
    told: list[int] = []
    try:
        async with trio.open_nursery() as nursery:

            def stop(number: int) -> None:
                told.append(number)
                nursery.cancel_scope.cancel()

            await nursery.start(watch_signals, stop)
            await perform(output, screen)
            nursery.cancel_scope.cancel()
    except* DemoFailed as problems:
        failed = first_problem(problems)
        assert isinstance(failed, DemoFailed)
        log = output / f"{failed.program}.log"
        where = f"; its log is {log}" if log.exists() else ""
        tell_last(f"tars-demo: {failed}{where}; mend what it names and start tars-demo again")
        raise SystemExit(EXIT_FAILED) from None
    return told[0] if told else None


def cli() -> None:
    """Run the demonstration and leave it, with its exit status."""
    with ending_at_once():
        show_what_it_can()
        run_app(app)
