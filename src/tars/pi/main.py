"""`tars-pi`: the command line of the device's program."""

from tars.cli import make_app, run_app
from tars.pi.program import run_device
from tars.pi.settings import DEFAULT_CONFIG, Settings

app = make_app("tars-pi", "Hears a hotword, asks the server, and speaks the answer.")

_DEFAULTS = Settings()


@app.default
async def listen(*, settings: Settings = _DEFAULTS, exit_after_input: bool = False) -> None:
    """Run the device until it is told to stop.

    Parameters
    ----------
    exit_after_input
        With a wav:FILE as microphone: end when the file has been heard and what it asked for answered.
    """
    await run_device(settings, exit_after_input=exit_after_input)


@app.command
def audio_devices() -> None:
    """List the microphones and loudspeakers of this machine, the defaults marked."""
    from tars.pi.audio_devices import describe  # loads PortAudio, which nothing else here needs

    print(describe())


def cli() -> None:
    """The console script."""
    run_app(app, DEFAULT_CONFIG)
