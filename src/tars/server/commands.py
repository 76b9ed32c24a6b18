"""The commands of `tars-server` that do their work and end: questions, pairing, certificates, the unit."""

import secrets
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from tars.cli import settings_file
from tars.errors import UserError
from tars.runtime.help import SettingsHelp
from tars.runtime.terminal import show, tell
from tars.server import renaming
from tars.server.addresses import listening_host, reaches_this_machine_alone
from tars.server.device_table import as_table, rows_of
from tars.server.pairing import pair_device, read_pairings, unpair_device
from tars.server.settings import DEFAULT_CONFIG, Settings
from tars.server.visitors import book_beside, read_book
from tars.units import DEFAULT_USER, unit

Few = Annotated[Settings, Parameter(name="*")]
"""The settings, for a command whose help shows few of them: see `HELP`."""
_DEFAULTS = Settings()
_HOW_OTHERS_REACH_IT = {
    False: "The server listens on this machine alone; for other machines set `host` under [server] to 0.0.0.0.",
    True: "The server listens on this machine alone; where devices dial a proxy, name it: --address wss://NAME:443/",
}
"""By whether there is a proxy before the server."""
TOKENS_FILE = "--server.tokens-file"
HELP = {
    "ask": SettingsHelp(only=["--server.hotwords", "--session.end-phrases"]),
    "pair": SettingsHelp(only=["--host", "--port", "--tls-cert", TOKENS_FILE]),
    "devices": SettingsHelp(only=[TOKENS_FILE]),
    "unpair": SettingsHelp(only=[TOKENS_FILE]),
    "rename": SettingsHelp(only=[TOKENS_FILE, "--server.state-file"]),
}
"""The help of commands on which few settings bear."""
DEFAULT_DIRECTORY = DEFAULT_CONFIG.with_name("tls")


def ask(
    *text: Annotated[str, Parameter(show_default="lines of standard input")],
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    settings: Few = _DEFAULTS,
) -> None:
    """Answer a question as text: without audio, without a device, and without a running server.

    All the words make one question, with the hotword before it or without. Where there are none, each line of
    standard input is one, and is answered at once.

    Parameters
    ----------
    text
        The question, such as: what time is it.
    as_json
        Print an object for each question: its `text`, the `skill` that answered (null where the question was not
        understood), the `slots` that it found in the text, and the `reply`.
    """
    from tars.server import asking, providers  # bring hassil along: only used here

    if text:
        questions = iter([asking.checked_question(" ".join(text))])
    elif sys.stdin is None:
        raise UserError("there is nothing to answer: write a question, or give lines on standard input")
    else:
        questions = asking.questions_in(sys.stdin.buffer)
    _, brain = providers.grammar_and_brain(settings.session.end_phrases)
    dialogue = asking.dialogue_of(brain, settings.server.hotwords)
    for question in questions:
        answer = dialogue.ask(question)
        show(asking.as_json(question, answer) if as_json else answer.reply.text)


def make_token() -> None:
    """Print a new token for all devices at once: set it on the server and on every device. See also `pair`."""
    show(secrets.token_urlsafe(24))


def systemd_unit(*, user: Annotated[str, Parameter(metavar="USER")] = DEFAULT_USER) -> None:
    """Print the unit that makes a system service of this program: for /etc/systemd/system/tars-server.service.

    Parameters
    ----------
    user
        User that the service runs as.
    """
    show(unit("tars-server", user).rstrip("\n"))


def pair(
    device_id: str,
    *,
    address: Annotated[str | None, Parameter(metavar="ADDRESS", show_default="found out by itself")] = None,
    legacy: Annotated[bool, Parameter(negative="")] = False,
    settings: Few = _DEFAULTS,
) -> None:
    """Give a device a token of its own, and print the line to paste there.

    A running server knows of it at once. A device that is paired again gets a new token, and loses the old one.

    Parameters
    ----------
    device_id
        Name of the device: 1 to 64 of a-z A-Z 0-9 . _ - that no other device uses.
    address
        Name or address by which the device finds this machine, where the right one is not found out; or the
        whole address of a proxy before the server, such as wss://tars.example:443/.
    legacy
        For an older client, with no setting but the server's address: print an address that holds the token.
        That is weaker than a token in a header, since programs log the addresses that they dial.
    """
    from tars.server.pairing_line import legacy_address, pairing_line  # bring cryptography along: only used here

    def paste(token: str) -> str:
        if legacy:
            return legacy_address(settings.server, token, address)
        return pairing_line(settings.server, device_id, token, address)

    paste("")  # complain before anything has changed
    token, replaced = pair_device(settings.server.tokens_file, device_id, legacy=legacy)
    show(paste(token))
    if replaced:
        tell(f"{device_id} was paired already: the token that it had is worthless now.")
    if legacy:
        tell(f"Set this as the server's address on {device_id}. It holds its token: show it to nobody.")
        tell(
            "It is weaker than a token in a header: clients and proxies write addresses into their logs, and"
            " without TLS everyone on the network can read it. Pair tars-pi without --legacy."
        )
    else:
        tell(f"Paste this line on {device_id}. It holds its token, which is kept nowhere else: show it to nobody.")
    tell(f"A server that reads {settings.server.tokens_file} lets it in from now on.")
    if address is None and reaches_this_machine_alone(listening_host(settings.server.host, "server")):
        tell(_HOW_OTHERS_REACH_IT[bool(settings.server.trusted_proxies)])


def unpair(device_id: str, *, settings: Few = _DEFAULTS) -> None:
    """Make a device's token worthless. A running server ends its link within seconds.

    Parameters
    ----------
    device_id
        The device, as `tars-server devices` names it.
    """
    left = unpair_device(settings.server.tokens_file, device_id)
    tell(f"{device_id} is not paired any more.")
    if not left and settings.server.token is None:
        tell("No device is paired now: a server for other machines will not start again until one is.")


def rename(old: str, new: str, *, settings: Few = _DEFAULTS) -> None:
    """Give a paired device another name. It keeps its token and its settings.

    On the device nothing has to be done. A running server takes the new name up within seconds, and whatever the
    device is doing goes on.

    Parameters
    ----------
    old
        The device, as `tars-server devices` names it.
    new
        Its new name: 1 to 64 of a-z A-Z 0-9 . _ - that no other device uses.
    """
    from tars.server.status_socket import ask_devices  # brings the server's parts along: only used here

    if any(entry.online and entry.device_id == new for entry in ask_devices(settings.server.tokens_file) or ()):
        raise UserError(
            f"a device {new!r} is connected now; choose another name, or give that device another first"
        )
    renaming.rename(settings.server, old, new)
    tell(f"{old} is called {new} from now on.")


def devices(*, settings: Few = _DEFAULTS) -> None:
    """List the devices: who is connected now, from where and since when, and when the others were last.

    A running server is asked. Without one, the list has the paired devices alone.
    """
    from tars.server.status_socket import ask_devices  # brings the server's parts along: only used here

    pairings = read_pairings(settings.server.tokens_file)
    known = ask_devices(settings.server.tokens_file)
    if known is None:
        tell("No server with these settings is running: the list says when each device was last connected.")
    rows = rows_of(pairings, read_book(book_beside(settings.server.tokens_file)), known or [])
    if not rows:
        tell("No device is paired, and none is connected; `tars-server pair DEVICE_ID` pairs one.")
        return
    show(as_table(rows, online=known is not None))


def make_certificate(
    *,
    host: Annotated[tuple[str, ...], Parameter(metavar="NAME", show_default="all that it has now")] = (),
    directory: Annotated[Path, Parameter(metavar="FOLDER")] = DEFAULT_DIRECTORY,
    force: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Make what the server needs for TLS in a home network; or renew it, which no device has to know.

    The first time, it makes an authority of your own and a certificate for this machine. Where the authority is
    there already, only the server's certificate is made anew: a running server takes it up by itself.

    Parameters
    ----------
    host
        Name or address by which devices dial this machine. May be given several times. The names of a certificate
        that is renewed stay in it.
    directory
        Folder for the files.
    force
        Replace what is there, the authority too: every device has to be paired again.
    """
    from tars.server.certificate_files import CertificateFolder, make_certificate

    folder = CertificateFolder(directory.absolute())
    made = make_certificate(folder, host, force=force)
    show(f"{folder.server} is for {', '.join(made.names)}, until {made.expires:%Y-%m-%d}.")
    if made.new_authority:
        show(
            f"Put these lines under [server] in {settings_file.get()}, start the server again, and pair each"
            " device:\n"
            f'tls_cert = "{folder.server}"\ntls_key = "{folder.server_key}"'
        )
    else:
        show("It comes from the same authority as before: the devices need not be told.")
