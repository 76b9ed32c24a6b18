"""The device's settings: one class per table of the settings file."""

import re
import socket
from pathlib import Path
from typing import Annotated, Literal

import attrs
import platformdirs
from cyclopts import Parameter
from cyclopts.validators import Number

from tars.errors import UserError
from tars.link.server_address import shown_address
from tars.logs import LogFormat
from tars.messages import DEVICE_ID_PATTERN
from tars.pi.listening import MAX_PRE_ROLL

DEFAULT_CONFIG = platformdirs.user_config_path("tars") / "pi.toml"
DEFAULT_HOTWORD = "hey_jarvis"
LogLevel = Literal["debug", "info", "warning", "error"]


@attrs.frozen
class ListeningSettings:
    """What becomes of the microphone's audio."""

    pre_roll: Annotated[float, Parameter(validator=Number(gte=0, lte=MAX_PRE_ROLL))] = 1.5
    """Seconds of audio from before the hotword's end that the server gets: whoever does not pause after the
    hotword loses no word."""
    frame_ms: Annotated[int, Parameter(validator=Number(gte=20, lte=1000))] = 40
    """Milliseconds of audio in a frame on the link."""
    sound: bool = True
    """Say by a short sound that a session has begun, where the speaker pauses for it."""


@attrs.frozen
class SessionSettings:
    """What becomes of a conversation whose link is lost."""

    resume_window: Annotated[float, Parameter(validator=Number(gte=0, lte=300))] = 0.0
    """Seconds in which a session goes on where it was when the link is back; the server needs a window as well.
    With 0 it ends with its link."""
    offline_questions: bool = False
    """Record a question that is asked while there is no link, and ask it when the link is back."""
    offline_max_age: Annotated[float, Parameter(validator=Number(gt=0, lte=3600))] = 120.0
    """Seconds after which such a question is given up. A server or a router starts again within two minutes, and
    an answer that comes later finds nobody who waits for it."""


@attrs.frozen
class DetectorSettings:
    """How hotwords are heard."""

    threshold: Annotated[float, Parameter(validator=Number(gt=0, lt=1))] = 0.5
    """How sure the model must be."""
    cooldown: Annotated[float, Parameter(validator=Number(gte=0, lte=60))] = 1.0
    """Seconds after a hotword in which no other counts."""
    gate: bool = True
    """Let the models sleep while the room is silent."""


@attrs.frozen
class LogSettings:
    """What the log looks like."""

    format: Annotated[LogFormat, Parameter(name=("--log-format", "format"))] = LogFormat.PRETTY
    """Lines for people, or one JSON object a line."""
    level: Annotated[LogLevel, Parameter(name=("--log-level", "level"))] = "info"
    """The least important lines to show."""
    display: bool = True
    """On a terminal, keep a live line below the log."""


@Parameter(name="*")
@attrs.frozen
class Settings:
    """All of them."""

    server: str = attrs.field(default="ws://127.0.0.1:7456/", repr=shown_address)
    """The server's address: ws://HOST:7456/, or wss:// where it has a certificate. The port may be left out. A
    user and a password for a proxy before the server stand in ws://USER:PASSWORD@HOST/."""
    token: str | None = attrs.field(default=None, repr=False)
    """What the server wants its devices to know; better in the settings file or in TARS_TOKEN than here."""
    tls_ca: Path | None = None
    """Whose word on the server's certificate counts, a PEM file; the system's authorities if not given."""
    device_id: str | None = None
    """Who this is: 1 to 64 of a-z A-Z 0-9 . _ - that no other device uses. This machine's name if not given."""
    name: str | None = None
    """What people call this device, such as Kitchen."""
    microphone: str | None = None
    """A number or a part of a name (see `tars-pi audio-devices`), wav:FILE, or stdin: raw audio that another
    program pipes in, 16 bits, mono, 16 kHz; the default device if not given."""
    speaker: str | None = None
    """A number or a part of a name, wav:FILE, or null; the default device if not given."""
    hotword: tuple[str, ...] = (DEFAULT_HOTWORD,)
    """A hotword that the models know, or an .onnx file; may be given several times."""
    listening: ListeningSettings = ListeningSettings()
    session: SessionSettings = SessionSettings()
    detector: DetectorSettings = DetectorSettings()
    log: LogSettings = LogSettings()


def choose_device_id(wanted: str | None, hostname: str | None = None) -> str:
    """The id `wanted`, or else this machine's name made valid. Raises `UserError`."""
    if wanted is not None:
        if not re.match(DEVICE_ID_PATTERN, wanted):
            raise UserError(f"device_id {wanted!r} will not do; use 1 to 64 of a-z A-Z 0-9 . _ - and nothing else")
        return wanted
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", hostname if hostname is not None else socket.gethostname())
    return name.strip("-")[:64] or "tars-pi"
