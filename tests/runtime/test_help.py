"""What a newcomer reads first."""

import re
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from cyclopts import App, ArgumentCollection, Group
from cyclopts.argument import Argument
from rich.console import Console

from benchmarks._programs import script
from tars.cli import run_app
from tars.demo.main import app as demo_app
from tars.pi.main import app as device_app
from tars.runtime.help import EVERYDAY, default_in_words
from tars.runtime.setting_sources import variable_of
from tars.runtime.setting_values import settings_among, value_type
from tars.server.program import app as server_app
from tests.support.real import need

APPS = {"tars-pi": device_app, "tars-server": server_app, "tars-demo": demo_app}
COMMANDS = [
    (program, *command)
    for program, app in APPS.items()
    for command in [(), *((name,) for name in app if name not in ("--help", "-h", "--version"))]
]
every_command = pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
AN_UNNAMED_UNIT = {"STR", "INT", "FLOAT", "PATH"}


def found(command: tuple[str, ...]) -> App:
    app = APPS[command[0]]
    return app[command[1]] if len(command) > 1 else app


def arguments_of(command: tuple[str, ...]) -> list[Argument]:
    collection: ArgumentCollection = found(command).assemble_argument_collection(parse_docstring=True)
    return [argument for argument in collection if not argument.children]


def help_of(command: tuple[str, ...]) -> str:
    text = StringIO()
    APPS[command[0]].help_print([*command[1:]], console=Console(file=text, width=2000))
    return text.getvalue()


def line_of(argument: Argument, text: str) -> str:
    row = rf"│[ *]*([A-Z-]+ )?{re.escape(argument.names[0])} "
    (line,) = [line for line in text.split("\n") if re.match(row, line)]
    return line


@every_command
def test_every_parameter_says_what_it_is_its_unit_and_its_default(command: tuple[str, ...]) -> None:
    text = help_of(command)
    only = getattr(found(command).help_formatter, "_only", None)
    assert "None" not in text
    assert "()" not in text
    for argument in arguments_of(command):
        if only is not None and argument.keys and not set(only) & set(argument.names):
            continue
        line = line_of(argument, text)
        assert argument.parameter.help
        assert argument.parameter.help.split()[0][0].isupper(), "a sentence"
        assert argument.parameter.help.rstrip().endswith((".", '"')), "a sentence"
        unit = argument.parameter.metavar
        is_flag = value_type(argument)[0] is bool
        assert (
            is_flag
            or argument.get_choices()
            or argument.index is not None
            or (unit and unit not in AN_UNNAMED_UNIT)
        )
        assert is_flag or unit is None or argument.index is not None or f" {unit}" in line
        assert argument.required or "[default: " in line, line
        if not argument.required and argument.field_info.default is None:
            assert isinstance(argument.parameter.show_default, str), "what holds without it, in words"
        if argument.keys:
            assert f"[env var: {variable_of(argument)}]" in line
        else:
            assert "env var" not in line


@pytest.mark.parametrize("program", ["tars-pi", "tars-server"])
def test_everyday_settings_come_first_and_each_table_has_its_group(program: str) -> None:
    text = help_of((program,))
    titles = [line.strip("╭─╮ ") for line in text.split("\n") if line.startswith("╭")]
    settings = settings_among(arguments_of((program,)))
    tables = {setting.keys[0] for setting in settings if len(setting.keys) > 1}
    assert titles[:2] == ["Commands", EVERYDAY.name]
    assert {title.rpartition("[")[2].rstrip("]") for title in titles[2:]} <= tables
    assert "Parameters" not in titles
    for setting in settings:
        groups = [f"{group.name}" for group in setting.parameter.group or () if isinstance(group, Group)]  # type: ignore[union-attr]
        assert groups == [EVERYDAY.name] or groups[0].endswith(rf"\[{setting.keys[0]}]")


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        (("tars-server", "pair"), ["--host", "--port", "--tls-cert", "--server.tokens-file", "--address"]),
        (("tars-server", "ask"), ["--server.hotwords", "--session.end-phrases", "--json"]),
        (("tars-server", "devices"), ["--server.tokens-file"]),
        (("tars-server", "unpair"), ["--server.tokens-file"]),
        (("tars-server", "rename"), ["--server.tokens-file", "--server.state-file"]),
    ],
)
def test_a_command_shows_the_settings_that_bear_on_it_and_no_other(
    command: tuple[str, ...], flags: list[str]
) -> None:
    text = help_of(command)
    assert all(f" {flag} " in text for flag in flags)
    assert "--session.timeout" not in text
    assert "[speech]" not in text


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("tars-pi", True),
        ("tars-pi pair", True),
        ("tars-pi audio-devices", False),
        ("tars-pi systemd-unit", False),
        ("tars-server devices", True),
        ("tars-server make-token", False),
        ("tars-server ask", True),
    ],
)
def test_the_settings_file_is_named_where_the_command_has_to_do_with_it(command: str, named: bool) -> None:
    name, *rest = command.split()
    shown = subprocess.run([script(name), *rest, "--help"], capture_output=True, text=True, check=True).stdout
    assert ("--config FILE" in shown) == named


@every_command
def test_it_is_plain_english(command: tuple[str, ...]) -> None:
    words = help_of(command).lower()
    for puzzle in ("whoever", "whether there are any", "none is", "not not", "if not given"):
        assert puzzle not in words


def test_a_default_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    told = [default_in_words(value) for value in (True, False, (), ("a", "b"), 30.0, 0.35, 7, "x", None)]
    assert told == ["yes", "no", "none", "a, b", "30", "0.35", "7", "x", "none"]
    assert default_in_words(Path("/home/somebody/x")) == "~/x"
    assert default_in_words(Path("/etc/x")) == "/etc/x"


@pytest.mark.parametrize("program", APPS)
def test_the_command_line_lets_bash_complete_it(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(SystemExit) as left:
        run_app(APPS[program], arguments=["--install-completion", "--shell", "bash"])
    assert left.value.code == 0
    script = Path(capsys.readouterr().out.partition(" is in place")[0])
    assert script.is_relative_to(tmp_path)
    need(Path("/bin/bash").exists(), "bash")
    words = f"COMP_WORDS=({program} --vers); COMP_CWORD=1; _{program.replace('-', '_')}; echo $COMPREPLY"
    bash = ["/bin/bash", "-c", f"source {script}; {words}"]
    assert subprocess.run(bash, capture_output=True, text=True, check=True).stdout == "--version\n"
    assert "--install-completion" in script.read_text()


def test_a_home_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    with pytest.raises(SystemExit) as left:
        run_app(demo_app, arguments=["--install-completion", "--shell", "bash"])
    assert left.value.code == 2
    assert "cannot be written" in capsys.readouterr().err
