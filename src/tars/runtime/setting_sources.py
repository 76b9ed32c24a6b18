"""Where settings come from beside the command line: `TARS_…` variables, and the settings file.

They are sources for cyclopts, and hold settings only: what a command works on, such as the name of the device that
`pair` is to pair, is said on its command line.
"""

import codecs
import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from cyclopts import App, ArgumentCollection, Token
from cyclopts.argument import Argument
from cyclopts.config import Dict

from tars.errors import UserError
from tars.files import read_small
from tars.runtime.printable import printable
from tars.runtime.setting_values import check_type, place, settings_among
from tars.runtime.terminal import tell
from tars.runtime.variables import CONFIG, PREFIX, VARIABLES

Source = Callable[[App, tuple[str, ...], ArgumentCollection], object]
"""Fills in what has no value yet."""
SIMILAR = 0.75
"""How similar a name must be to be suggested, by difflib."""

_HOTWORD_BY_SOUND = "the hotword is recognised by its sound alone"
_OTHER_MODEL = "the speech model that is used now has no such thing"
RETIRED = {
    ("speech", "called_within"): "audio without `pre_roll_bytes` begins after the hotword",
    ("speech", "hotword_rest"): _HOTWORD_BY_SOUND,
    ("speech", "hotword_share"): _HOTWORD_BY_SOUND,
    ("speech", "detection_delay"): _HOTWORD_BY_SOUND,
    ("speech", "warm_up"): _OTHER_MODEL,
    ("speech", "remembered_speech"): _OTHER_MODEL,
    ("speech", "trust"): "`sure`, `doubtful` and `floor` say now which sentences are believed",
    ("speech", "partial_interval"): "words are sought in the speaker's pauses",
    ("speech", "general_step"): _OTHER_MODEL,
    ("speech", "decoders"): "`speakers` says now how many people may speak at once",
    ("speech", "decoder_rest"): _OTHER_MODEL,
    ("speech", "general_decoders"): _OTHER_MODEL,
}
"""Settings of former versions that have no effect any more, by their keys, and why. A file may still have them."""


def variable_of(setting: Argument) -> str:
    """Return the name of the setting's variable."""
    return PREFIX + "_".join(setting.keys).upper()


def split_list(_: Any, text: str, *, delimiter: str | None = None) -> list[str]:  # noqa: ANN401
    """Split the items of a list in a variable: at commas, or where there is none, at blanks."""
    delimiter = delimiter or ("," if "," in text else None)
    return [item.strip() for item in text.split(delimiter)]


@attrs.frozen
class Variables:
    """The `TARS_…` variables as a source, for the commands that take settings; an empty one counts as not set."""

    program: str
    """Who tells of a mistake; the app that a source is called with is that of the command."""

    def __call__(self, _app: App, _commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Fill in what nothing before has set.

        A variable that looks like a setting's, and is none of either program, is told on standard error.
        """
        settings = settings_among(arguments)
        if not settings:
            return
        names = {name: setting for setting in settings for name in variables_of(setting)}
        for name, setting in names.items():
            text = os.environ.get(name, "")
            if not text or setting.tokens:
                continue
            values = setting.env_var_split(text) if setting.token_count()[1] else [text]
            for index, value in enumerate(values):
                setting.append(Token(keyword=name, value=value, source="env", index=index))
        for name in sorted(os.environ):
            if name.startswith(PREFIX) and name not in names and name not in VARIABLES:
                hint = nearest(name, [*names, *VARIABLES])
                tell(f"{self.program}: {name} is no setting of TARS, and is ignored{hint}")


def variables_of(setting: Argument) -> list[str]:
    """Return the setting's variable, and those of its short flags."""
    flags = [name.lstrip("-") for name in setting.names if name not in setting.negatives]
    short = [PREFIX + flag.replace("-", "_").replace(".", "_").upper() for flag in flags]
    return list(dict.fromkeys([variable_of(setting), *short]))


def nearest(name: str, names: Iterable[str]) -> str:
    """Return the end of a sentence that suggests the name which is most like `name`; empty where none is."""
    found = difflib.get_close_matches(name, names, n=1, cutoff=SIMILAR)
    return f"; did you mean {found[0]}?" if found else ""


@attrs.frozen
class SettingsFile:
    """The settings file as a source, for the commands that take settings."""

    program: str
    """Who tells of a mistake."""
    asked_for: Path | None
    """The file that was named, which must be there; None for the default one, which need not."""
    default: Path

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Fill in what nothing before has set. Raises `UserError`."""
        settings = {setting.keys: setting for setting in settings_among(arguments)}
        if not settings:  # a command that takes no settings, such as make-token
            return
        path = self.asked_for or self.default
        content = self._read(path)
        for keys, why in _take_out_retired(content):
            tell(f"{self.program}: {path}: {place(keys)} has no effect any more ({why}); remove that line")
        _check(path, content, settings)
        Dict(content, source=str(path), use_commands_as_keys=False)(app, commands, arguments)

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            return read_toml(path)
        except FileNotFoundError:
            if self.asked_for is None:
                return {}
            raise UserError(f"{path}: there is no such settings file; check --config or {CONFIG}") from None
        except OSError as exc:
            advice = "check its mode" if isinstance(exc, PermissionError) else "give the path of a TOML file"
            raise UserError(f"{path}: the settings file cannot be read ({exc.strerror}); {advice}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file, whatever editor has written it. Raises `UserError` and `OSError`."""
    data = read_small(path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data:
        raise UserError(f"{path}: is UTF-16, or no text at all; save it as UTF-8 (Save as, Encoding)")
    try:
        text = data.decode("utf-8-sig")  # without the byte order mark that some editors put first
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise UserError(f"{path}: line {line} is not UTF-8; save it as UTF-8 (Save as, Encoding)") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise UserError(f"{path}: not valid TOML: {exc}") from None
    except RecursionError:
        raise UserError(f"{path}: not valid TOML: too many brackets within each other") from None


def _take_out_retired(content: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for (table, key), why in RETIRED.items():
        if isinstance(content.get(table), dict) and key in content[table]:
            del content[table][key]
            yield (table, key), why


def _check(path: Path, content: Mapping[str, Any], settings: Mapping[tuple[str, ...], Argument]) -> None:
    """Check that every key is a setting, and of its type. Raises `UserError`."""
    tables = {keys[:depth] for keys in settings for depth in range(1, len(keys))}

    def visit(table: Mapping[str, Any], above: tuple[str, ...]) -> None:
        """Check a table and the tables in it; `above` are the keys that lead there."""
        for name, value in table.items():
            keys = (*above, name.replace("-", "_"))
            if keys in settings:
                check_type(settings[keys], value, f"{path}: {place(keys)}")
            elif keys in tables and isinstance(value, dict):
                visit(value, keys)
            elif keys in tables:
                raise UserError(f"{path}: `{name}` is a table: write [{name}] on a line, its keys below")
            else:
                what = _named(keys, value) + _suggestion(keys, value, settings, tables)
                raise UserError(f"{path}: there is no {what}")

    visit(content, ())


def _named(keys: Sequence[str], value: object) -> str:
    *above, name = (printable(key) for key in keys)
    return f"table [{'.'.join([*above, name])}]" if isinstance(value, dict) else place([*above, name])


def _suggestion(
    keys: tuple[str, ...], value: object, settings: Iterable[tuple[str, ...]], tables: Iterable[tuple[str, ...]]
) -> str:
    """What was meant: the same key in another table, or the one whose name is most like it."""
    if isinstance(value, dict):
        return nearest(f"[{'.'.join(keys)}]", [f"[{'.'.join(table)}]" for table in tables])
    if elsewhere := [place(other) for other in settings if other[-1] == keys[-1]]:
        return f"; did you mean {' or '.join(elsewhere)}?"
    beside = [other for other in settings if other[:-1] == keys[:-1]]
    for others in (beside, settings):
        by_name = {other[-1]: other for other in others}
        found = difflib.get_close_matches(keys[-1], by_name, n=1, cutoff=SIMILAR)
        if found:
            return f"; did you mean {place(by_name[found[0]])}?"
    return "; --help lists what there is"
