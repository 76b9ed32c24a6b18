"""What `tars-pi pair` remembers: a file beside the settings file, which it leaves alone.

It is the weakest source of settings, and belongs to its server: where another one is set, by a flag, say, nothing
of it is used. A token goes to the server that made it and to no other.
"""

import base64
import binascii
import json
import os
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
from cyclopts import App, ArgumentCollection
from cyclopts.config import Dict

from tars.errors import UserError
from tars.files import PUBLIC, replace_file
from tars.link.dialling import authorisation
from tars.link.server_address import parse_server_address, shown_address
from tars.messages import DEVICE_ID_PATTERN
from tars.runtime.setting_sources import read_toml
from tars.runtime.terminal import tell
from tars.runtime.variables import PREFIX

PAIRED = "paired.toml"
PAIRED_CA = "paired-ca.pem"
_AGAIN = "copy the whole line that `tars-server pair` printed, and paste it again"


@attrs.frozen
class PairedServer:
    """A server, and what it has given to this device."""

    server: str
    token: str = attrs.field(repr=False)
    device_id: str
    authority: str | None = None
    """PEM; None where its certificate, if it has one, is anybody's."""

    @classmethod
    def from_words(cls, server: str, token: str, device_id: str, ca: str | None) -> "PairedServer":
        """What the pasted line says. Raises `UserError`."""
        try:
            secure = parse_server_address(server).secure
        except ValueError as exc:
            raise UserError(f"{exc}; {_AGAIN}") from None
        try:
            header = authorisation(token)
        except ValueError:
            header = []
        if not header:
            raise UserError(f"the token is damaged; {_AGAIN}")
        if not re.match(DEVICE_ID_PATTERN, device_id):
            raise UserError(f"--device-id {device_id!r} is none; {_AGAIN}")
        if ca is not None and not secure:
            raise UserError(f"--ca is for a server with TLS, and {shown_address(server)} is none; {_AGAIN}")
        return cls(server, token, device_id, None if ca is None else _read_authority(ca))


def store(settings: Path, paired: PairedServer) -> None:
    """Remember the server, beside the settings file, for the owner of the files alone. Raises `UserError`."""
    ca = settings.with_name(PAIRED_CA)
    values = {"server": paired.server, "device_id": paired.device_id, "token": paired.token}
    try:
        if paired.authority is not None:
            replace_file(ca, paired.authority, mode=PUBLIC)
            values["tls_ca"] = str(ca.absolute())
        lines = ["# written by tars-pi pair; pi.toml, TARS_... variables and flags are stronger"]
        lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
        replace_file(settings.with_name(PAIRED), "\n".join([*lines, ""]))
        if paired.authority is None:
            ca.unlink(missing_ok=True)
    except OSError as exc:
        raise UserError(f"{settings.parent}: the pairing cannot be written there ({exc.strerror})") from None


def stronger_settings(settings: Path) -> Iterator[str]:
    """What else is set and wins over the pairing, each with what to do about it."""
    paired = _read(settings.with_name(PAIRED))
    try:
        own = read_toml(settings)
    except (OSError, UserError):
        own = {}
    for name, value in paired.items():
        if name in own and own[name] != value:
            yield f"{settings} sets `{name}`, which is stronger than the pairing: remove that line"
        variable = PREFIX + name.upper()
        if variable in os.environ and os.environ[variable] != value:
            yield f"{variable} is set, which is stronger than the pairing: unset it"


@attrs.frozen
class Pairing:
    """The pairing as a source of settings, for the commands that take them."""

    settings: Path

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Fill in what nothing else has set."""
        servers = [argument for argument in arguments if argument.name == "--server"]
        if not any(argument.children for argument in arguments) or not servers:
            return
        path = self.settings.with_name(PAIRED)
        if not (paired := _read(path)):
            return
        chosen = [token.value for token in servers[0].tokens]
        if chosen and not _same(chosen[-1], str(paired["server"])):
            tell(
                f"tars-pi: paired with {shown_address(paired['server'])}, but"
                f" {shown_address(chosen[-1])} is set: the pairing is not used"
            )
            return
        Dict(paired, source=str(path), use_commands_as_keys=False)(app, commands, arguments)


def _same(one: str, other: str) -> bool:
    """Whether both are one server, whoever a proxy before it is told to let in."""
    try:
        first, second = parse_server_address(one), parse_server_address(other)
    except ValueError:  # told elsewhere
        return False
    return attrs.evolve(first, credentials=None) == attrs.evolve(second, credentials=None)


def _read(path: Path) -> dict[str, Any]:
    try:
        paired = read_toml(path)
        return paired if "server" in paired else {}
    except FileNotFoundError:
        return {}
    except OSError as exc:
        raise UserError(
            f"{path}: the pairing cannot be read ({exc.strerror}); pair as the user that runs tars-pi"
        ) from None
    except UserError:
        raise UserError(f"{path}: the pairing is damaged; pair this device again") from None


def _read_authority(text: str) -> str:
    try:
        der = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        certificate = ssl.DER_cert_to_PEM_cert(der)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificate)
    except (binascii.Error, ValueError, ssl.SSLError):
        raise UserError(f"the certificate after --ca is damaged; {_AGAIN}") from None
    return certificate
