"""The systemd units of both programs, made to fit where they are installed."""

import importlib.resources
import re
import shutil
import sys
from pathlib import Path

from tars.errors import UserError
from tars.runtime.installation import EXTRAS, install_command

HOMES = ("/home", "/root", "/run/user")
"""What `ProtectHome=yes` hides from a service."""
DEFAULT_USER = "tars"


def unit(program: str, user: str = DEFAULT_USER) -> str:
    """The unit that runs `program`, a console script of this installation, as `user`. Raises `UserError`."""
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", user):
        raise UserError(f"--user {user!r} is no name of a user of this machine")
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if found is None:
        command = install_command(*EXTRAS[program])
        raise UserError(f"there is no {program} beside {sys.executable}; run: {command}")
    used = (Path(found), Path(found).resolve(), Path(sys.executable).resolve())
    in_homes = any(path.is_relative_to(home) for path in used for home in HOMES)
    if in_homes and user == DEFAULT_USER:
        raise UserError(
            f"{found} lives in a home directory, where the user {user} cannot read: install TARS in a place of its"
            " own (python3 -m venv /opt/tars), or name the owner of that home with --user"
        )
    template = (importlib.resources.files("tars") / "systemd" / f"{program}.service").read_text(encoding="utf-8")
    # read-only, since the program itself is in there
    values = {"EXEC": _quoted(found), "USER": user, "HOMES": "read-only" if in_homes else "yes"}
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def _quoted(path: str) -> str:
    """`path` as one word of `ExecStart`: see systemd.service(5), "Command lines"."""
    if re.fullmatch(r"[A-Za-z0-9/._+-]+", path):
        return path
    for special, written in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        path = path.replace(special, written)
    return f'"{path}"'
