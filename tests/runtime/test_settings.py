"""Every setting of both programs, found by looking at them: what each takes, and what it says to anything else."""

import copy
import datetime
import enum
import math
import os
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from cyclopts import ArgumentCollection, Token
from cyclopts.argument import Argument
from cyclopts.validators import Number
from hypothesis import given
from hypothesis import strategies as st

from tars.errors import UserError
from tars.pi import settings as device_settings
from tars.pi.main import app as device_app
from tars.runtime.setting_sources import SettingsFile, Variables, variable_of, variables_of
from tars.runtime.setting_values import check_values, place, settings_among, value_type
from tars.runtime.variables import OF_SETTINGS
from tars.server import settings as server_settings
from tars.server.program import app as server_app

APPS = {"tars-pi": device_app, "tars-server": server_app}
DEFAULTS: dict[str, Any] = {"tars-pi": device_settings.Settings(), "tars-server": server_settings.Settings()}
ARGUMENTS = {program: app.assemble_argument_collection() for program, app in APPS.items()}
At = tuple[str, Argument]
"""A program, and a setting of it."""
EVERY: list[At] = [(program, setting) for program, all_ in ARGUMENTS.items() for setting in settings_among(all_)]
IDS = [f"{program}-{'.'.join(setting.keys)}" for program, setting in EVERY]
every_setting = pytest.mark.parametrize("at", EVERY, ids=IDS)


def read(
    at: "At", folder: Path, *, flag: str | None = None, toml: str = "", variable: str | bytes | None = None
) -> Any:
    """What the program would have as the value of the setting."""
    program, setting = at
    path = folder / "settings.toml"
    path.write_text(toml, encoding="utf-8")
    fresh = [copy.copy(argument) for argument in ARGUMENTS[program]]
    arguments = ArgumentCollection(fresh)  # type: ignore[no-untyped-call]
    for argument in arguments:
        argument.tokens = []
    setting = next(argument for argument in arguments if argument.names == setting.names)
    if flag is not None:
        setting.append(Token(keyword=flag_of(setting), value=flag, source="cli"))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TARS_")}
    if variable is not None:
        clean[variable_of(setting)] = os.fsdecode(variable)
    with mock.patch.dict(os.environ, clean, clear=True):
        for source in (Variables(program), SettingsFile(program, path, path), check_values):
            source(APPS[program], (), arguments)
    return setting.convert() if setting.tokens else default_of(at)


def default_of(at: "At") -> Any:
    program, setting = at
    value: Any = DEFAULTS[program]
    for key in setting.keys:
        value = getattr(value, key)
    return value


def flag_of(setting: Argument) -> str:
    return next(name for name in setting.names if name not in setting.negatives)


def literal(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, enum.Enum):
        return literal(value.value)
    if isinstance(value, str | Path):
        escaped = "".join(f"\\U{ord(char):08x}" if not char.isalnum() else char for char in str(value))
        return f'"{escaped}"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(key)} = {literal(each)}" for key, each in value.items()) + "}"
    return str(value)


def file_with(setting: Argument, value: object) -> str:
    *tables, key = setting.keys
    head = f"[{'.'.join(tables)}]\n" if tables else ""
    return f"{head}{key} = {literal(value)}\n"


def limits(setting: Argument) -> list[Number]:
    return [each for each in setting.parameter.validator or () if isinstance(each, Number)]  # type: ignore[union-attr]


def test_there_are_settings_to_try() -> None:
    assert len(EVERY) > 80


@every_setting
def test_a_number_has_a_least_and_a_greatest_value(at: At) -> None:
    _, setting = at
    if value_type(setting)[0] in (int, float):
        (one,) = limits(setting)
        assert one.gte is not None or one.gt is not None
        assert one.lte is not None or one.lt is not None


@every_setting
def test_what_is_the_default_may_be_written_down(at: At, tmp_path: Path) -> None:
    if (value := default_of(at)) is not None:
        assert read(at, tmp_path, toml=file_with(at[1], value)) == value


WRONG: dict[Any, list[object]] = {
    bool: [1, 0, 2.0, "maybe", "true", [True], {"a": True}],
    int: [1.5, 7456.5, True, "5", "x", [5], 10**30, -(10**30), math.nan, math.inf, datetime.date(2026, 1, 1)],
    float: [True, "5", "x", [5.0], math.nan, math.inf, -math.inf, 1e300, -1e300, 10**400],
    str: [5, 5.5, True, ["a"], "", " ", datetime.date(2026, 1, 1)],
    Path: [5, True, ["a"], "", "a\0b"],
    list: ["http://x", 5, True, [5], [""], ["a", ""], [["a"]], {"a": "b"}],
}


def wrong_values(setting: Argument) -> list[object]:
    kind, is_list = value_type(setting)
    if is_list:
        return WRONG[list]
    if kind not in WRONG:  # one of several words
        return [*WRONG[str], "no-such-word"]
    values = list(WRONG[kind])
    for each in limits(setting):
        below = each.gte - 1 if each.gte is not None else each.gt
        above = each.lte + 1 if each.lte is not None else each.lt
        values += [kind(below), kind(above)]
    return values


@every_setting
def test_a_wrong_value_in_the_file_is_one_sentence(at: At, tmp_path: Path) -> None:
    _, setting = at
    for value in wrong_values(setting):
        sentence = refused(at, tmp_path, toml=file_with(setting, value))
        assert sentence.startswith(f"{tmp_path / 'settings.toml'}: {place(setting.keys)}"), (value, sentence)
        assert "must be" in sentence, (value, sentence)
        assert all(str(bound) in sentence for each in limits(setting) for bound in (each.gte, each.lte) if bound)
        if setting.keys[-1] == "token" and isinstance(value, str) and value.strip():
            assert value not in sentence


WRONG_TEXTS = {
    bool: ["maybe", "2", "-1", "1.0"],
    int: ["x", "1.5", "1e3", "0x", "1e400", "9" * 5000],
    float: ["x", "nan", "inf", "-inf", "1e400"],
    str: [" ", "\t"],
    Path: [" "],
}


@every_setting
def test_a_wrong_variable_and_a_wrong_flag_are_one_sentence(at: At, tmp_path: Path) -> None:
    _, setting = at
    kind, is_list = value_type(setting)
    texts = [] if is_list else WRONG_TEXTS.get(kind, ["no-such-word", " "])
    for text in texts:
        told = refused(at, tmp_path, variable=text), refused(at, tmp_path, flag=text)
        assert told[0].startswith((f"{variable_of(setting)} is ", f"{variable_of(setting)} will not do"))
        assert told[1].startswith((f"{flag_of(setting)} is ", f"{flag_of(setting)} will not do"))
        assert all("must be" in sentence for sentence in told)
    if kind is not bool:
        assert "must be" in refused(at, tmp_path, flag="")
    assert read(at, tmp_path, variable="") == default_of(at)


def refused(at: At, folder: Path, **given_: Any) -> str:
    with pytest.raises(UserError) as mistake:
        read(at, folder, **given_)
    assert str(mistake.value).isprintable()
    return str(mistake.value)


anything = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=2),
    max_leaves=4,
)


@given(at=st.sampled_from(EVERY), value=anything)
def test_whatever_a_file_says_is_taken_as_it_is_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, at: At, value: object
) -> None:
    _, setting = at
    folder = tmp_path_factory.getbasetemp()
    try:
        taken = read(at, folder, toml=file_with(setting, value))
    except UserError as mistake:
        sentence = str(mistake)
    else:
        assert is_the_same(taken, value, *value_type(setting))
        return
    assert sentence.startswith(f"{folder / 'settings.toml'}: {place(setting.keys)}")
    assert sentence.isprintable()


def is_the_same(taken: Any, value: object, kind: Any, is_list: bool) -> bool:
    if is_list:
        return list(taken) == value
    if kind is Path:
        return bool(taken == Path(str(value)).expanduser())
    if isinstance(taken, float) and not math.isfinite(taken):
        return False
    return isinstance(taken, bool) == isinstance(value, bool) and taken in (value, str(value).lower())


@given(at=st.sampled_from(EVERY), text=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_whatever_a_variable_says_is_taken_or_refused_in_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, at: At, text: str
) -> None:
    try:
        read(at, tmp_path_factory.getbasetemp(), variable=text)
    except UserError as mistake:
        sentence = str(mistake)
    else:
        return
    assert sentence.startswith(variable_of(at[1]))
    assert sentence.isprintable()


@pytest.mark.parametrize("source", ["variable", "flag"])
def test_bytes_of_another_encoding_are_refused(source: str, tmp_path: Path) -> None:
    texts = [at for at in EVERY if value_type(at[1]) == (str, False)]
    assert len(texts) > 5
    for at in texts:
        text: str | bytes = b"K\xfcche" if source == "variable" else "K\udcfcche"
        assert refused(at, tmp_path, **{source: text}).endswith("it must be UTF-8")


@pytest.mark.parametrize("source", ["file", "variable", "flag"])
def test_a_tilde_is_the_home_in_every_path(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    paths = [at for at in EVERY if value_type(at[1])[0] is Path]
    assert len(paths) > 3

    def told(at: At, text: str) -> dict[str, str]:
        return {"toml": file_with(at[1], text)} if source == "file" else {source: text}

    for at in paths:
        assert read(at, tmp_path, **told(at, "~/x")) == Path("/home/somebody/x")
        assert "no such user" in refused(at, tmp_path, **told(at, "~no-such-user/x"))


def test_the_list_of_variables_is_that_of_the_settings() -> None:
    there_are = {name for _, setting in EVERY for name in variables_of(setting)}
    assert there_are == OF_SETTINGS, "tars/runtime/variables.py lists them"
