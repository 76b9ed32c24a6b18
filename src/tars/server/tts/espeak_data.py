"""What espeak-ng's data offers, read without loading the library."""

import difflib
from importlib.util import find_spec
from pathlib import Path

from tars.errors import UserError
from tars.runtime.installation import install_command


def data_path() -> Path:
    """Where the installed espeak-ng keeps its data. `UserError` where it is not installed."""
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise UserError(f"the voice needs espeak-ng, which is not installed; run: {install_command('offline')}")
    return Path(spec.origin).parent / "espeak-ng-data"


def check_voice(name: str, data: Path) -> None:
    """Raise a `UserError` unless espeak-ng has the voice `name`: a language's file, perhaps with a variant."""
    language, plus, variant = name.partition("+")
    language = language.lower()
    files = {path.name.lower(): path for path in (data / "lang").rglob("*") if path.is_file()}
    if language not in files:
        dialects = [file for file, path in files.items() if _speaks(path, language)]
        near = sorted(dialects) or difflib.get_close_matches(language, sorted(files), n=4, cutoff=0.3)
        raise UserError(f"voice {name!r}: espeak-ng has no such voice{_hint(near)}")
    variants = {path.name for path in (data / "voices" / "!v").iterdir()}
    if plus and variant not in variants:
        near = difflib.get_close_matches(variant, sorted(variants), n=4, cutoff=0.3)
        raise UserError(f"voice {name!r}: espeak-ng has no variant {variant!r}{_hint(near)}")


def _speaks(path: Path, language: str) -> bool:
    """Whether a language file says that it is for `language`, under another name."""
    lines = path.read_text(encoding="utf-8", errors="replace").lower().splitlines()
    return any(line.split()[:2] == ["language", language] for line in lines)


def _hint(near: list[str]) -> str:
    return f"; try {', '.join(near)}" if near else ""
