"""The command lines of both programs: settings from a TOML file, `TARS_…` variables and flags, in rising order.

Settings are frozen attrs classes, one per TOML table, gathered in one that carries `Parameter(name="*")`:

    @attrs.frozen
    class Listen:
        port: Annotated[int, Parameter(name=("--port", "port"))] = 7456

    @Parameter(name="*")
    @attrs.frozen
    class Settings:
        server: Listen = Listen()

makes the key `port` under `[server]`, the variable `TARS_SERVER_PORT`, and the flags `--port` and
`--server.port`. Ranges belong into `Parameter(validator=Number(...))`, whose errors name the file and the key;
attrs validators would end in a traceback.
"""

import os
import select
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, NoReturn

import attrs
from cyclopts import App, ArgumentCollection, CycloptsError, Parameter
from cyclopts.config import Dict, Env
from cyclopts.exceptions import UnusedCliTokensError

import tars
from tars.errors import UserError
from tars.runtime.log_output import reader_left
from tars.runtime.terminal import tell

Source = Callable[[App, tuple[str, ...], ArgumentCollection], object]
"""Fills in what has no value yet."""

settings_file: ContextVar[Path] = ContextVar("settings_file")
"""The settings file of this run, whether it exists or not, for commands that put something beside it."""
VARIABLES = "TARS_"
EXIT_USAGE = 2
EXIT_BROKEN_PIPE = 141
"""What a shell shows for a program that SIGPIPE ended."""
STDOUT = 1


def make_app(name: str, summary: str) -> App:
    """A program's command line, to which it adds its commands; async ones run in trio."""
    return App(
        name=name,
        help=summary,
        version=f"{name} {tars.__version__}",
        backend="trio",
        default_parameter=Parameter(negative_iterable=(), consume_multiple=False),
        print_error=False,
        exit_on_error=False,
    )


def run_app(
    app: App,
    default_config: Path | None = None,
    arguments: Sequence[str] | None = None,
    *,
    weakest: Callable[[Path], Source] | None = None,
) -> NoReturn:
    """Run the program and leave it with its exit status: 2, with one sentence on stderr, for a user's mistake.

    `--config FILE` (or `TARS_CONFIG`) names the settings file, which must then exist; without it
    `default_config` is read where it exists. `weakest` makes a further source of settings, for what none of the
    others has; it is called with the path of the settings file. A program without a `default_config`, such as the
    demonstration, has no settings and no `--config`.
    """
    whole = app if default_config is None else _with_settings(app, default_config, weakest)
    try:
        whole(arguments, result_action="return_value")
    except UnusedCliTokensError as exc:
        words = " ".join(exc.unused_tokens or ())
        _complain(app, f"{words!r} is no command, nor part of one; --help lists what there is")
    except CycloptsError as exc:
        _complain(app, str(exc))
    except UserError as exc:
        _complain(app, str(exc), exc.exit_status)
    except BrokenPipeError:  # of `show`: the result's reader
        _leave_quietly()
    except BaseExceptionGroup as group:
        if exits := [exc for exc in _leaves(group) if isinstance(exc, SystemExit)]:
            sys.exit(exits[0].code)  # a second Ctrl-C: see tars.signals
        if _nobody_reads(group):
            _leave_quietly()
        mistakes = [exc for exc in _leaves(group) if isinstance(exc, UserError)]
        if len(mistakes) != len(list(_leaves(group))):
            raise
        _complain(app, str(mistakes[0]), mistakes[0].exit_status)
    if reader_left():
        _leave_quietly()
    sys.exit(0)


def _with_settings(app: App, default_config: Path, weakest: Callable[[Path], Source] | None) -> App:
    """Return the app that finds the settings first, and then runs `app`."""

    @app.meta.default
    def _launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[Path | None, Parameter(env_var="TARS_CONFIG", help="The settings file, TOML.")] = None,
    ) -> object:
        path = config or default_config
        settings_file.set(path)
        sources: list[Source] = [_Variables(VARIABLES, command=False), _SettingsFile(config, default_config)]
        app.config = (*sources, weakest(path)) if weakest is not None else tuple(sources)
        return app(tokens, result_action="return_value")

    return app.meta


def _nobody_reads(group: BaseExceptionGroup[BaseException]) -> bool:
    """Whether all that happened is that the log's reader, such as `head`, has left."""
    if not all(isinstance(exc, BrokenPipeError) for exc in _leaves(group)):
        return False
    output = select.poll()
    output.register(STDOUT, 0)
    return any(event & select.POLLERR for _, event in output.poll(0))


def _leave_quietly() -> NoReturn:
    # the interpreter flushes standard output once more, and would complain
    os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
    sys.exit(EXIT_BROKEN_PIPE)


def _complain(app: App, sentence: str, status: int = EXIT_USAGE) -> NoReturn:
    tell(" ".join(f"{app.name[0]}: {sentence}".split("\n")))
    sys.exit(status)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for exc in group.exceptions:
        if isinstance(exc, BaseExceptionGroup):
            yield from _leaves(exc)
        else:
            yield exc


class _Variables(Env):
    """`TARS_…` variables. A table's bare name is none: the device's `TARS_SERVER` is nothing to the server."""

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        leaves = [argument for argument in arguments if not argument.children]
        super().__call__(app, commands, ArgumentCollection(leaves))  # type: ignore[no-untyped-call]


@attrs.frozen
class _SettingsFile:
    """Reads the settings file, for the commands that take settings."""

    asked_for: Path | None
    default: Path

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        tables = {argument.name.lstrip("-") for argument in arguments if argument.children}
        if not tables:  # a command that takes no settings, such as make-token
            return
        path = self.asked_for or self.default
        content = self._read(path)
        for name, value in content.items():
            if name in tables and not isinstance(value, dict):
                raise UserError(f"{path}: `{name}` is a table: write [{name}] on a line, its keys below")
        Dict(content, source=str(path), use_commands_as_keys=False)(app, commands, arguments)

    def _read(self, path: Path) -> dict[str, Any]:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            if self.asked_for is None:
                return {}
            raise UserError(f"{path}: there is no such settings file; check --config or TARS_CONFIG") from None
        except OSError as exc:
            raise UserError(f"{path}: the settings file cannot be read ({exc.strerror}); check its mode") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            raise UserError(f"{path}: not valid TOML: {exc}") from None
