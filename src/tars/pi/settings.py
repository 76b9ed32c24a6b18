"""The device's settings: one class per table of the settings file."""

import re
import socket
from pathlib import Path
from typing import Annotated, Literal

import attrs
import platformdirs
from cyclopts import Parameter

from tars.errors import UserError
from tars.link.server_address import shown_address
from tars.logs import LogFormat
from tars.messages import DEVICE_ID_PATTERN
from tars.pi.listening import MAX_PRE_ROLL
from tars.runtime.help import EVERYDAY, number, table

DEFAULT_CONFIG = platformdirs.user_config_path("tars") / "pi.toml"
DEFAULT_HOTWORD = "hey_jarvis"
LogLevel = Literal["debug", "info", "warning", "error"]


@attrs.frozen
class ListeningSettings:
    """What becomes of the microphone's audio."""

    pre_roll: Annotated[float, number("SECONDS", gte=0, lte=MAX_PRE_ROLL)] = 1.5
    """Audio from before the end of the hotword that the server gets. People who do not pause after the hotword
    lose no word."""
    frame_ms: Annotated[int, number("MILLISECONDS", gte=20, lte=1000)] = 40
    """Audio in a frame on the link."""
    sound: bool = True
    """Play a short sound when a session has begun, where the speaker pauses for it."""


@attrs.frozen
class SessionSettings:
    """What becomes of a conversation whose link is lost."""

    resume_window: Annotated[float, number("SECONDS", gte=0, lte=300), Parameter(group=EVERYDAY)] = 0.0
    """How long a session waits for its link and then goes on where it was. The server needs a window as well. With
    0 a session ends with its link."""
    offline_questions: Annotated[bool, Parameter(group=EVERYDAY)] = False
    """Record a question that is asked while there is no link, and ask it when the link is back."""
    offline_max_age: Annotated[float, number("SECONDS", gt=0, lte=3600)] = 120.0
    """Time after which such a question is given up. A server or a router starts again within two minutes, and
    an answer that comes later finds nobody who waits for it."""


@attrs.frozen
class PlaybackSettings:
    """How the loudspeaker is."""

    output_delay: Annotated[float, number("SECONDS", gte=0, lte=2)] = 0.0
    """How much later the loudspeaker sounds than its driver says, as over Bluetooth (about 0.3) or HDMI. Without
    this TARS may hear the end of its own words."""


@attrs.frozen
class DetectorSettings:
    """How hotwords are heard."""

    threshold: Annotated[float, number("PROBABILITY", gt=0, lt=1), Parameter(group=EVERYDAY)] = 0.5
    """How sure the model must be that it was the hotword. Lower hears more, also of what was none."""
    cooldown: Annotated[float, number("SECONDS", gte=0, lte=60)] = 1.0
    """Time after a hotword in which no other counts."""
    gate: bool = True
    """Let the models sleep while the room is silent, which saves power."""


@attrs.frozen
class LogSettings:
    """What the log looks like."""

    format: Annotated[LogFormat, Parameter(name=("--log-format", "format"), group=EVERYDAY)] = LogFormat.PRETTY
    """Lines for people, or one JSON object a line."""
    level: Annotated[LogLevel, Parameter(name=("--log-level", "level"), group=EVERYDAY)] = "info"
    """Least important lines to show."""
    display: bool = True
    """Keep a live line below the log, on a terminal."""


@Parameter(name="*", group=EVERYDAY)
@attrs.frozen
class Settings:
    """All of them."""

    server: Annotated[str, Parameter(metavar="ADDRESS")] = attrs.field(
        default="ws://127.0.0.1:7456/", repr=shown_address
    )
    """The server's address: ws://HOST:7456/, or wss:// where it has a certificate. The port may be left out. A
    user and a password for a proxy before the server stand in ws://USER:PASSWORD@HOST/."""
    token: Annotated[str | None, Parameter(metavar="TOKEN", show_default="none")] = attrs.field(
        default=None, repr=False
    )
    """Secret that the server asks its devices for. On the command line, other users of this machine can read
    it."""
    tls_ca: Annotated[Path | None, Parameter(metavar="FILE", show_default="the system's authorities")] = None
    """Authorities whose word on the server's certificate counts, a PEM file."""
    device_id: Annotated[str | None, Parameter(metavar="ID", show_default="this machine's name")] = None
    """Who this is: 1 to 64 of a-z A-Z 0-9 . _ - that no other device uses."""
    name: Annotated[str | None, Parameter(metavar="NAME", show_default="none")] = None
    """What people call this device, such as Kitchen."""
    microphone: Annotated[str | None, Parameter(metavar="DEVICE", show_default="the default device")] = None
    """A number or a part of a name (see `tars-pi audio-devices`), wav:FILE, or stdin: raw audio that another
    program pipes in, 16 bits, mono, 16 kHz."""
    speaker: Annotated[str | None, Parameter(metavar="DEVICE", show_default="the default device")] = None
    """A number or a part of a name, wav:FILE, or null for none."""
    hotword: Annotated[tuple[str, ...], Parameter(metavar="HOTWORD")] = (DEFAULT_HOTWORD,)
    """Wake word (hotword) that the models know, or an .onnx file. May be given several times."""
    listening: Annotated[ListeningSettings, table("listening", "Listening", 1)] = ListeningSettings()
    session: Annotated[SessionSettings, table("session", "Conversations", 2)] = SessionSettings()
    detector: Annotated[DetectorSettings, table("detector", "The wake word", 3)] = DetectorSettings()
    playback: Annotated[PlaybackSettings, table("playback", "Playback", 4)] = PlaybackSettings()
    log: Annotated[LogSettings, table("log", "The log", 5)] = LogSettings()


def choose_device_id(wanted: str | None, hostname: str | None = None) -> str:
    """The id `wanted`, or else this machine's name made valid. Raises `UserError`."""
    if wanted is not None:
        if not re.match(DEVICE_ID_PATTERN, wanted):
            raise UserError(f"device_id {wanted!r} will not do; use 1 to 64 of a-z A-Z 0-9 . _ - and nothing else")
        return wanted
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", hostname if hostname is not None else socket.gethostname())
    return name.strip("-")[:64] or "tars-pi"
