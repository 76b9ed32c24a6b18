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

import errno
import os
import select
import sys
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter
from cyclopts.exceptions import UnusedCliTokensError

import tars
from tars.errors import UserError
from tars.runtime.help import EVERYDAY, SettingsHelp, default_in_words
from tars.runtime.log_output import reader_left
from tars.runtime.setting_sources import SettingsFile, Source, Variables, split_list
from tars.runtime.setting_values import check_values, expanded
from tars.runtime.terminal import show, tell_last
from tars.runtime.variables import CONFIG

settings_file: ContextVar[Path] = ContextVar("settings_file")
"""The settings file of this run, whether it exists or not, for commands that put something beside it."""
Shell = Annotated[Literal["bash", "zsh", "fish"] | None, Parameter(show_default="the one that runs this")]
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
EXIT_USAGE = 2
EXIT_BROKEN_PIPE = 141
"""What a shell shows for a program that SIGPIPE ended."""
STDOUT = 1


def make_app(name: str, summary: str) -> App:
    """A program's command line, to which it adds its commands; async ones run in trio."""
    app = App(
        name=name,
        help=summary,
        version=f"{name} {tars.__version__}",
        backend="trio",
        default_parameter=Parameter(
            negative_iterable=(), consume_multiple=False, env_var_split=split_list, show_default=default_in_words
        ),
        help_formatter=SettingsHelp(),
        config=(check_values,),
        print_error=False,
        exit_on_error=False,
    )
    app.command(partial(_install_completion, app), name="--install-completion")
    return app


def _install_completion(app: App, *, shell: Shell = None) -> None:
    """Let your shell complete commands and flags: adds a file, and a line in the shell's own file, in your home.

    Parameters
    ----------
    shell
        Which shell.
    """
    from cyclopts.completion import ShellDetectionError  # slow to import

    try:
        path = app.install_completion(shell=shell)
    except ShellDetectionError:
        raise UserError("it cannot be found out which shell this is: name it with --shell") from None
    except OSError as exc:
        raise UserError(f"{exc.filename}: cannot be written ({exc.strerror}); check your home folder") from None
    show(f"{path} is in place; open a new shell.")


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
    except OSError as exc:
        if exc.errno not in FULL:
            raise
        _complain(app, f"the output cannot be written ({exc.strerror})")  # such as that of --help
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

    shown = default_in_words(default_config)

    @app.meta.default
    def _launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        config: Annotated[str | None, Parameter(group=EVERYDAY, metavar="FILE", show_default=shown)] = None,
    ) -> object:
        """Find the settings.

        Parameters
        ----------
        config
            The settings file, TOML.
        """
        asked_for = _asked_for(config)
        path = asked_for or default_config
        settings_file.set(path)
        weaker = (weakest(path),) if weakest is not None else ()
        program = app.name[0]
        file = SettingsFile(program, asked_for, default_config)
        app.config = (Variables(program), file, *weaker, check_values)
        return app(tokens, result_action="return_value")

    return app.meta


def _asked_for(flag: str | None) -> Path | None:
    """Return the settings file that is named by --config or by its variable; an empty variable names none."""
    if flag is None and os.environ.get(CONFIG):
        return Path(expanded(os.environ[CONFIG], CONFIG))
    if flag == "":
        raise UserError("--config is empty: name a settings file, or leave it out")
    return None if flag is None else Path(expanded(flag, "--config"))


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
    tell_last(" ".join(f"{app.name[0]}: {sentence}".split("\n")))
    sys.exit(status)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for exc in group.exceptions:
        if isinstance(exc, BaseExceptionGroup):
            yield from _leaves(exc)
        else:
            yield exc
