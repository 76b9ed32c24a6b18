"""What each setting may be. A value that will not do gets one sentence: where it is, what it is, what it must be.

It works on cyclopts' arguments, and so knows every setting of every program by its type and its validators.
"""

import math
import types
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cyclopts import UNSET, App, ArgumentCollection, Token
from cyclopts.argument import Argument
from cyclopts.validators import Number

from tars.errors import UserError
from tars.runtime.printable import printable

MAX_SHOWN = 60
"""Characters of a wrong value that are shown."""
TRUTHS = frozenset({"yes", "y", "1", "true", "t", "no", "n", "0", "false", "f"})
NEVER_SHOWN = frozenset({"token", "server"})
"""The names of settings whose values are secrets, or may hold one, as an address does with a user in it."""


def settings_among(arguments: Iterable[Argument]) -> list[Argument]:
    """Return the arguments that are settings: a key of the settings file, a variable and a flag each."""
    return [argument for argument in arguments if argument.keys and not argument.children]


def place(keys: typing.Sequence[str]) -> str:
    """Return what a key of the settings file is called in a sentence."""
    *tables, key = keys
    return f"`{key}` under [{'.'.join(tables)}]" if tables else f"`{key}`"


def check_values(_: App, __: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Check what the command line, the variables and the files have set, and expand `~` in paths.

    It is a source of settings for cyclopts, the last one. Raises `UserError`.
    """
    for argument in arguments:
        if argument.children:
            continue
        argument.tokens[:] = [_checked(argument, token) for token in argument.tokens]


def check_type(argument: Argument, value: object, where: str) -> None:
    """Check that a value from a TOML file has the type of the argument. Raises `UserError`."""
    kind, is_list = value_type(argument)
    wanted: tuple[type, ...] = {bool: (bool,), int: (int,), float: (int, float)}.get(kind, (str,))
    items = value if isinstance(value, list) else [value]
    right = all(isinstance(item, wanted) and isinstance(item, bool) == (kind is bool) for item in items)
    right = right and all(math.isfinite(item) for item in items if isinstance(item, float))
    if isinstance(value, list) != is_list or not right:
        raise refusal(argument, value, where)


def refusal(argument: Argument, value: object, where: str) -> UserError:
    """Return the error for a value that the argument cannot have."""
    if argument.keys and argument.keys[-1] in NEVER_SHOWN:
        return UserError(f"{where} will not do: it must be {accepted(argument)}")
    return UserError(f"{where} is {_shown(value)}: it must be {accepted(argument)}")


def accepted(argument: Argument) -> str:
    """Say what the argument may be: its kind and its range."""
    kind, is_list = value_type(argument)
    if is_list:
        return 'a list, such as ["one", "two"], with no empty text in it'
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        return " ".join(["a whole number" if kind is int else "a number", value_range(argument)]).strip()
    if choices := argument.get_choices():
        return f"one of {', '.join(choices)}"
    return "the path of a file or folder" if kind is Path else "text, and not empty"


def value_range(argument: Argument) -> str:
    """Say between which numbers the argument must be; empty where nothing limits it."""
    lowest = highest = None
    for limits in _validators(argument):
        if isinstance(limits, Number):
            if limits.gte is not None and limits.lte is not None:
                return f"from {limits.gte} to {limits.lte}"
            if limits.gte is not None:
                lowest = f"of at least {limits.gte}"
            elif limits.gt is not None:
                lowest = f"of more than {limits.gt}"
            if limits.lte is not None:
                highest = f"at most {limits.lte}"
            elif limits.lt is not None:
                highest = f"less than {limits.lt}"
    return " and ".join(limit for limit in (lowest, highest) if limit is not None)


def value_type(argument: Argument) -> tuple[Any, bool]:
    """Return the type of the argument's value, or of its items, and whether it is a list."""
    hint = argument.hint
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = (each for each in typing.get_args(hint) if each is not types.NoneType)
    if typing.get_origin(hint) in (tuple, list):
        return typing.get_args(hint)[0], True
    return hint, False


def _checked(argument: Argument, token: Token) -> Token:
    if token.implicit_value is not UNSET:  # a flag without a value, such as --no-web
        return token
    where, value = _where(argument, token), token.value
    kind, _ = value_type(argument)
    if kind in (int, float):
        _validate(argument, _number(argument, kind, value, where), where)
    elif kind is bool:
        if value.lower() not in TRUTHS:
            raise refusal(argument, value, where)
    elif kind is not Path and not argument.keys:
        pass  # text for a command, which knows best
    elif not value.strip() or "\0" in value:
        raise refusal(argument, value, where)
    elif kind is Path:
        return token.evolve(value=expanded(value, where))
    elif any("\ud800" <= char <= "\udfff" for char in value):  # bytes of another encoding come in like this
        raise UserError(f"{where} is {_shown(value)}: it must be UTF-8")
    elif (choices := argument.get_choices()) is not None:
        if value.lower() not in choices:
            raise refusal(argument, value, where)
    else:
        _validate(argument, value, where)
    return token


def expanded(path: str, where: str) -> str:
    """Return `path` with `~` or `~user` at its beginning put in full. Raises `UserError` where there is no such
    home."""
    try:
        return str(Path(path).expanduser())
    except RuntimeError:
        raise UserError(f"{where} is {_shown(path)}: there is no such user, or no home") from None


def _number(argument: Argument, kind: type, text: str, where: str) -> float:
    has_base = text.strip().lstrip("+-")[1:2].isalpha()  # 0x1d20
    try:
        return float(text) if kind is float else int(text, 0 if has_base else 10)
    except ValueError:  # none, or one of thousands of digits
        raise refusal(argument, text, where) from None


def _validate(argument: Argument, value: object, where: str) -> None:
    for validator in _validators(argument):
        try:
            validator(argument.hint, value)
        except ValueError as exc:
            if isinstance(validator, Number):
                raise refusal(argument, value, where) from None
            raise UserError(f"{where} is {_shown(value)}: {exc}") from None


def _validators(argument: Argument) -> list[Callable[[object, object], object]]:
    validators = argument.parameter.validator
    return [each for each in validators if callable(each)] if isinstance(validators, tuple) else []


def _where(argument: Argument, token: Token) -> str:
    if token.source in ("", "cli", "env"):
        return token.keyword or argument.name.lstrip("-").upper()
    return f"{token.source}: {place(argument.keys)}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{printable(value)}"' if isinstance(value, str) else printable(str(value))
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
