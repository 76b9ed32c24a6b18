"""The server's settings: one class per table of the settings file."""

from pathlib import Path
from typing import Annotated, Literal

import attrs
import platformdirs
from cyclopts import Parameter
from cyclopts.validators import Number

from tars.logs import LogFormat
from tars.server.conversation.policy import SessionPolicy
from tars.server.limits import LimitSettings
from tars.server.speech.settings import SpeechSettings
from tars.server.voices.espeak import EspeakSettings

DEFAULT_CONFIG = platformdirs.user_config_path("tars") / "server.toml"


@attrs.frozen
class ServerSettings:
    """Where to serve, and for whom."""

    host: Annotated[str, Parameter(name=("--host", "host"))] = "127.0.0.1"
    """The address to listen on; other machines reach the server on 0.0.0.0, which needs a paired device or a
    token."""
    port: Annotated[int, Parameter(name=("--port", "port"), validator=Number(gte=0, lte=65_535))] = 7456
    """The TCP port; 0 picks a free one."""
    token: str | None = attrs.field(default=None, repr=False)
    """One token for all devices, see `tars-server make-token`; `tars-server pair` gives each its own."""
    tokens_file: Path = platformdirs.user_state_path("tars") / "paired.json"
    """Where `tars-server pair` keeps the paired devices, their tokens hashed."""
    allowed_origins: tuple[str, ...] = ()
    """The web pages that may connect, such as http://tars.local:8080; browsers are refused otherwise."""
    trusted_proxies: tuple[str, ...] = ()
    """The addresses and networks of the proxies before this server, such as 127.0.0.1 or 10.0.0.0/8: their
    X-Forwarded-For and Forwarded headers say where a request comes from."""
    tls_cert: Annotated[Path | None, Parameter(name=("--tls-cert", "tls-cert"))] = None
    """A certificate (PEM, with its chain): serve wss:// instead of ws://. See `tars-server make-certificate`."""
    tls_key: Annotated[Path | None, Parameter(name=("--tls-key", "tls-key"))] = None
    """The certificate's private key (PEM)."""
    hotwords: tuple[str, ...] = ("hey_jarvis", "alexa", "hey_mycroft", "hey_rhasspy")
    """The hotwords of the devices; what is recognised of them before a sentence is cut off."""
    state_file: Path = platformdirs.user_state_path("tars") / "devices.json"
    """Where each device's own settings are remembered."""


@attrs.frozen
class WebSettings:
    """The pages for those who watch over the server: /healthz and /metrics."""

    enabled: Annotated[bool, Parameter(negative="--no-web")] = True
    """Whether there are any."""
    host: str = "127.0.0.1"
    """The address to serve them on; on any but this machine's own they ask for the server's token."""
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = 7457
    """The TCP port; 0 picks a free one."""


@attrs.frozen
class LogSettings:
    """What the log looks like."""

    format: Annotated[LogFormat, Parameter(name=("--log-format", "format"))] = LogFormat.PRETTY
    """Lines for people, or one JSON object a line."""
    level: Annotated[Literal["debug", "info", "warning", "error"], Parameter(name=("--log-level", "level"))] = (
        "info"
    )
    """The least important lines to show."""


@Parameter(name="*")
@attrs.frozen
class Settings:
    """All of them."""

    server: ServerSettings = ServerSettings()
    session: SessionPolicy = attrs.field(factory=SessionPolicy)
    speech: SpeechSettings = attrs.field(factory=SpeechSettings)
    voice: EspeakSettings = attrs.field(factory=EspeakSettings)
    limits: LimitSettings = attrs.field(factory=LimitSettings)
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()
