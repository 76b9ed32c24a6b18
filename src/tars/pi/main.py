"""`tars-pi`: the command line of the device's program."""

from typing import Annotated

from cyclopts import Parameter

from tars.cli import make_app, run_app, settings_file
from tars.link.server_address import shown_address
from tars.pi.beside_the_loop import run_beside
from tars.pi.pairing import PairedServer, Pairing, store, stronger_settings
from tars.pi.program import run_device
from tars.pi.settings import DEFAULT_CONFIG, Settings
from tars.runtime.help import EVERYDAY, SettingsHelp
from tars.runtime.terminal import show, tell
from tars.startup import ending_at_once
from tars.units import DEFAULT_USER, unit

app = make_app("tars-pi", "Hears a hotword, asks the server, and speaks the answer.")

_DEFAULTS = Settings()
AfterInput = Annotated[bool, Parameter(negative="", group=EVERYDAY)]


@app.default
async def listen(*, settings: Settings = _DEFAULTS, exit_after_input: AfterInput = False) -> None:
    """Run the device until it is told to stop.

    Parameters
    ----------
    exit_after_input
        With wav:FILE or stdin as microphone: end when all of it has been heard. The exit status is 0 if every
        question was answered, 3 if no server was reached, 4 if no hotword was heard, and 5 if a question got no
        answer.
    """
    await run_device(settings, exit_after_input=exit_after_input)


@app.command
async def audio_devices() -> None:
    """List the microphones and loudspeakers of this machine, the defaults marked."""
    from tars.pi.audio_devices import describe  # loads PortAudio, which nothing else here needs

    show(await run_beside(describe, "the sound cards"))


@app.command
def systemd_unit(*, user: Annotated[str, Parameter(metavar="USER")] = DEFAULT_USER) -> None:
    """Print the unit that makes a system service of this program: for /etc/systemd/system/tars-pi.service.

    Parameters
    ----------
    user
        User that the service runs as.
    """
    show(unit("tars-pi", user).rstrip("\n"))


@app.command(help_formatter=SettingsHelp(only=[]))  # --config says where the pairing is stored
def pair(
    server: str,
    token: str,
    *,
    device_id: Annotated[str, Parameter(metavar="ID")],
    ca: Annotated[str | None, Parameter(metavar="CERTIFICATE", show_default="none")] = None,
) -> None:
    """Make this one of a server's devices: paste here the line that `tars-server pair` has printed.

    Parameters
    ----------
    server
        The server's address.
    token
        Secret that only the server and this device know.
    device_id
        Name of this device.
    ca
        Authority behind the server's certificate, in base64.
    """
    path = settings_file.get()
    store(path, PairedServer.from_words(server, token, device_id, ca))
    show(f"{device_id} is paired with the server at {shown_address(server)}; start tars-pi, again where it runs")
    for hint in stronger_settings(path):
        tell(f"tars-pi: {hint}")


def cli() -> None:
    """Run the program and leave it, with its exit status."""
    with ending_at_once():
        run_app(app, DEFAULT_CONFIG, weakest=Pairing)
