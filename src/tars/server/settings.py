"""The server's settings: one class per table of the settings file."""

from pathlib import Path
from typing import Annotated, Literal

import attrs
import platformdirs
from cyclopts import Parameter

from tars.logs import LogFormat
from tars.runtime.help import EVERYDAY, number, table
from tars.server.conversation.policy import SessionPolicy
from tars.server.limits import LimitSettings
from tars.server.stt.settings import SpeechSettings
from tars.server.tts.espeak import EspeakSettings
from tars.server.tts.piper.voice import PiperSettings
from tars.server.tts.voices import TtsSettings

LogLevel = Literal["debug", "info", "warning", "error"]
DEFAULT_CONFIG = platformdirs.user_config_path("tars") / "server.toml"


@attrs.frozen
class ServerSettings:
    """Where to serve, and for whom."""

    host: Annotated[str, Parameter(name=("--host", "host"), metavar="ADDRESS", group=EVERYDAY)] = "127.0.0.1"
    """Address to listen on. Other machines reach the server on 0.0.0.0, which needs a paired device or a token."""
    port: Annotated[int, number("PORT", gte=0, lte=65_535), Parameter(name=("--port", "port"), group=EVERYDAY)] = (
        7456
    )
    """TCP port for devices. 0 picks a free one."""
    token: Annotated[str | None, Parameter(metavar="TOKEN", show_default="none")] = attrs.field(
        default=None, repr=False
    )
    """One token for all devices, see `tars-server make-token`. `tars-server pair` gives each its own."""
    tokens_file: Annotated[Path, Parameter(metavar="FILE")] = platformdirs.user_state_path("tars") / "paired.json"
    """Where `tars-server pair` keeps the paired devices, their tokens hashed."""
    allowed_origins: Annotated[tuple[str, ...], Parameter(metavar="ORIGIN")] = ()
    """Web pages that may connect, such as http://tars.local:8080. All others are refused."""
    trusted_proxies: Annotated[tuple[str, ...], Parameter(metavar="ADDRESS")] = ()
    """Addresses and networks of the proxies before this server, such as 127.0.0.1 or 10.0.0.0/8: their
    X-Forwarded-For and Forwarded headers say where a request comes from."""
    tls_cert: Annotated[
        Path | None,
        Parameter(name=("--tls-cert", "tls-cert"), metavar="FILE", group=EVERYDAY, show_default="no TLS"),
    ] = None
    """Certificate (PEM, with its chain): serve wss:// instead of ws://. See `tars-server make-certificate`."""
    tls_key: Annotated[
        Path | None,
        Parameter(name=("--tls-key", "tls-key"), metavar="FILE", group=EVERYDAY, show_default="no TLS"),
    ] = None
    """Private key of the certificate (PEM)."""
    hotwords: Annotated[tuple[str, ...], Parameter(metavar="HOTWORD")] = (
        "hey_jarvis",
        "alexa",
        "hey_mycroft",
        "hey_rhasspy",
    )
    """Wake words (hotwords) of the devices. Where one is recognised before a sentence, it is cut off."""
    state_file: Annotated[Path, Parameter(metavar="FILE")] = platformdirs.user_state_path("tars") / "devices.json"
    """Where each device's own settings are remembered."""


@attrs.frozen
class WebSettings:
    """The pages for those who watch over the server: /healthz and /metrics."""

    enabled: Annotated[bool, Parameter(negative="--no-web")] = True
    """Serve the web port: /healthz and /metrics."""
    host: Annotated[str, Parameter(metavar="ADDRESS")] = "127.0.0.1"
    """Address of the web port. On any but this machine's own, its pages ask for the server's token."""
    port: Annotated[int, number("PORT", gte=0, lte=65_535)] = 7457
    """TCP port for pages. 0 picks a free one."""
    device_labels: Annotated[bool, Parameter(negative="--web.no-device-labels")] = False
    """Name devices in /metrics."""


@attrs.frozen
class LogSettings:
    """What the log looks like."""

    format: Annotated[LogFormat, Parameter(name=("--log-format", "format"), group=EVERYDAY)] = LogFormat.PRETTY
    """Lines for people, or one JSON object a line."""
    level: Annotated[LogLevel, Parameter(name=("--log-level", "level"), group=EVERYDAY)] = "info"
    """Least important lines to show."""


@Parameter(name="*")
@attrs.frozen
class Settings:
    """All of them."""

    server: Annotated[ServerSettings, table("server", "The server", 1)] = ServerSettings()
    session: Annotated[SessionPolicy, table("session", "Conversations", 2)] = attrs.field(factory=SessionPolicy)
    speech: Annotated[SpeechSettings, table("speech", "Speech recognition", 6)] = attrs.field(
        factory=SpeechSettings
    )
    tts: Annotated[TtsSettings, table("tts", "Voices", 3)] = attrs.field(factory=TtsSettings)
    voice: Annotated[EspeakSettings, table("voice", "The voice of espeak-ng", 4)] = attrs.field(
        factory=EspeakSettings
    )
    piper: Annotated[PiperSettings, table("piper", "The voice of Piper", 5)] = attrs.field(factory=PiperSettings)
    limits: Annotated[LimitSettings, table("limits", "Limits", 9)] = attrs.field(factory=LimitSettings)
    web: Annotated[WebSettings, table("web", "The web port", 7)] = WebSettings()
    log: Annotated[LogSettings, table("log", "The log", 8)] = LogSettings()
