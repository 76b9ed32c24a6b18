"""The shared command line: where a value comes from, and what a mistake looks like."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import attrs
import pytest
from cyclopts import App, Parameter
from cyclopts.validators import Number

import tars
from tars.cli import EXIT_BROKEN_PIPE, EXIT_USAGE, make_app, run_app
from tars.demo.main import app as demo_app
from tars.errors import UserError
from tars.pi.main import app as device_app
from tars.runtime import setting_sources
from tars.server.program import app as server_app
from tests.support.limits import HANG


@attrs.frozen
class Listen:
    host: Annotated[str, Parameter(name=("--host", "host"))] = "127.0.0.1"
    port: Annotated[int, Parameter(name=("--port", "port"), validator=Number(gte=0, lte=65_535))] = 7456


@Parameter(name="*")
@attrs.frozen
class Settings:
    server: Listen = Listen()
    hotword: tuple[str, ...] = ("jarvis",)


@attrs.define
class Program:
    folder: Path
    default: Path = Path("absent.toml")
    seen: Settings | None = None

    def app(self) -> App:
        app = make_app("tars-test", "A program.")

        @app.default
        async def main(*, settings: Settings = Settings()) -> None:
            self.seen = settings

        @app.command
        def make_token() -> None:
            print("token")

        @app.command
        def look(*, settings: Settings = Settings()) -> None:
            self.seen = settings

        @app.command
        async def fail() -> None:
            raise ExceptionGroup("from a nursery", [UserError("the sentence")])

        @app.command
        def nasty() -> None:
            raise UserError("the server said: \x1b[2J\n\u202e")

        @app.command
        async def interrupted() -> None:
            raise BaseExceptionGroup("from a nursery", [SystemExit(130)])

        return app

    def run(self, *arguments: str) -> int:
        with pytest.raises(SystemExit) as exit_info:
            run_app(self.app(), self.default, arguments)
        assert isinstance(exit_info.value.code, int)
        return exit_info.value.code

    def file(self, text: str) -> str:
        path = self.folder / "tars.toml"
        path.write_text(text)
        return str(path)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.delenv("TARS_CONFIG", raising=False)
    return Program(tmp_path)


def test_flags_win_over_variables_and_those_over_the_file(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = program.file('hotword = ["a", "b"]\n[server]\nhost = "10.0.0.1"\nport = 1\n')
    assert program.run("--config", config) == 0
    assert program.seen == Settings(Listen("10.0.0.1", 1), ("a", "b"))
    monkeypatch.setenv("TARS_SERVER_PORT", "2")
    assert program.run("--config", config) == 0
    assert program.seen == Settings(Listen("10.0.0.1", 2), ("a", "b"))
    assert program.run("--config", config, "--port", "3", "--hotword", "c") == 0
    assert program.seen == Settings(Listen("10.0.0.1", 3), ("c",))


def test_the_default_file_may_be_absent_and_is_read_where_present(program: Program) -> None:
    assert program.run() == 0
    assert program.seen == Settings()
    program.default = Path(program.file("[server]\nport = 5\n"))
    assert program.run() == 0
    assert program.seen == Settings(Listen(port=5))


def test_a_variable_of_the_other_program_is_none_of_ours(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARS_SERVER", "ws://elsewhere:7456/")
    assert program.run() == 0
    assert program.seen == Settings()


def test_an_empty_variable_is_as_one_that_is_not_set(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TARS_CONFIG", "TARS_SERVER_PORT", "TARS_SERVER_HOST", "TARS_HOTWORD"):
        monkeypatch.setenv(name, "")
    program.default = Path(program.file("[server]\nport = 5\n"))
    assert program.run() == 0
    assert program.seen == Settings(Listen(port=5))


def test_a_variable_names_the_settings_file_and_the_flag_is_stronger(
    program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    other = tmp_path / "other.toml"
    other.write_text("[server]\nport = 6\n")
    monkeypatch.setenv("TARS_CONFIG", "~/other.toml")
    assert program.run() == 0
    assert program.seen == Settings(Listen(port=6))
    assert program.run("--config", program.file("[server]\nport = 7\n")) == 0
    assert program.seen == Settings(Listen(port=7))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_may_begin_with_a_byte_order_mark(program: Program, mark: bytes) -> None:
    path = Path(program.file(""))
    path.write_bytes(mark + "[server]\nport = 5\nhost = 'Küche'\n".encode())
    assert program.run("--config", str(path)) == 0
    assert program.seen == Settings(Listen("Küche", 5))


def test_a_setting_that_has_no_effect_any_more_is_told_and_harms_nothing(
    program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting_sources, "RETIRED", {("server", "speed"): "it goes as fast as it can"})
    path = program.file("[server]\nport = 5\nspeed = 3\n")
    for command in ((), ("look",)):
        assert program.run("--config", path, *command) == 0
        assert program.seen == Settings(Listen(port=5))
        assert capsys.readouterr().err == (
            f"tars-test: {path}: `speed` under [server] has no effect any more (it goes as fast as it can);"
            " remove that line\n"
        )


@pytest.mark.parametrize("command", [(), ("look",)], ids=" ".join)
@pytest.mark.parametrize(
    ("name", "suggested"),
    [("TARS_SERVR_PORT", "TARS_SERVER_PORT"), ("TARS_SERVER_TOKN", "TARS_SERVER_TOKEN"), ("TARS_ZZZ", None)],
)
def test_a_misspelt_variable_is_told_and_ignored(
    program: Program,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    suggested: str | None,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setenv(name, "1")
    assert program.run(*command) == 0
    assert program.seen == Settings()
    told = capsys.readouterr().err
    assert told.startswith(f"tars-test: {name} is no setting of TARS")
    assert told.count("\n") == 1
    assert ("did you mean" in told) is (suggested is not None)
    assert (suggested or "") in told


def test_items_of_a_list_in_a_variable_are_split_at_commas_or_else_at_blanks(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARS_HOTWORD", "good night, bye")
    assert program.run() == 0
    assert program.seen == Settings(hotword=("good night", "bye"))
    monkeypatch.setenv("TARS_HOTWORD", "jarvis  alexa")
    assert program.run() == 0
    assert program.seen == Settings(hotword=("jarvis", "alexa"))


def test_a_command_without_settings_ignores_the_file(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.run("--config", program.file("[server]\nport = 5\n"), "make-token") == 0
    assert capsys.readouterr().out == "token\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[server]\nprot = 5\n", ["tars.toml", "`prot` under [server]", "`port` under [server]"]),
        ("[servr]\nport = 5\n", ["tars.toml", "[servr]", "[server]"]),
        ('[server]\nport = "x"\n', ["tars.toml", "`port` under [server]", '"x"', "from 0 to 65535"]),
        ("[server]\nport = 70000\n", ["tars.toml", "`port` under [server]", "70000", "from 0 to 65535"]),
        ("server = 5\n", ["tars.toml", "`server` is a table"]),
        ("[server\n", ["tars.toml", "not valid TOML", "line 1"]),
        ("# a\n# \udcff", ["tars.toml", "line 2 is not UTF-8", "save it as UTF-8"]),
        ("\udcff\udcfeh\0i\0", ["tars.toml", "UTF-16", "save it as UTF-8"]),
        ("h\0", ["tars.toml", "no text"]),
        ("x = " + "[" * 5000, ["tars.toml", "brackets"]),
        ("#" * 2_000_000, ["tars.toml", "more than"]),
        ("port = 5\n", ["there is no `port`", "`port` under [server]"]),
        ('hotword = "jarvis"\n', ["`hotword` is", "a list"]),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence(
    program: Program, capsys: pytest.CaptureFixture[str], text: str, words: list[str]
) -> None:
    path = program.file("")
    Path(path).write_bytes(text.encode(errors="surrogateescape"))
    assert program.run("--config", path) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("tars-test: ")
    assert complaint.count("\n") == 1
    assert all(word in complaint for word in words), complaint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--config", "nowhere.toml"], ["nowhere.toml", "no such settings file"]),
        (["--config", "/"], ["cannot be read"]),
        (["--config", ""], ["--config is empty"]),
        (["--config", "~no-such-user/x"], ["--config", "no such user"]),
        (["--prot", "1"], ["--prot", "--port"]),
        (["--port", "70000"], ["--port", "65535"]),
        (["nonsense"], ["nonsense", "no command", "--help"]),
        (["fail"], ["the sentence"]),
        (["nasty"], [r"said: \x1b[2J \u202e"]),
        (["\x1b[2J"], [r"\x1b[2J"]),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(
    program: Program, capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    assert program.run(*arguments) == 2
    complaint = capsys.readouterr().err
    assert complaint.count("\n") == 1
    assert all(word in complaint for word in words), complaint


def test_a_wrong_variable_is_named(
    program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARS_SERVER_PORT", "x")
    assert program.run() == 2
    assert "TARS_SERVER_PORT" in capsys.readouterr().err


def test_a_bug_is_not_mistaken_for_a_mistake_of_the_user(tmp_path: Path) -> None:
    app = make_app("tars-test", "A program.")

    @app.default
    async def main() -> None:
        raise ExceptionGroup("", [UserError("mendable"), ValueError("a bug")])

    with pytest.RaisesGroup(UserError, ValueError):
        run_app(app, tmp_path / "absent.toml", [])


PROGRAMS = {"tars-pi": device_app, "tars-server": server_app, "tars-demo": demo_app}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_names_itself_and_its_version(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run_app(PROGRAMS[name], arguments=["--version"])
    assert (left.value.code, capsys.readouterr().out) == (0, f"{name} {tars.__version__}\n")


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_tells_a_mistake_in_one_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run_app(PROGRAMS[name], arguments=["--no-such-thing"])
    complaint = capsys.readouterr().err
    assert left.value.code == EXIT_USAGE
    assert complaint.startswith(f"{name}: ")
    assert complaint.count("\n") == 1


def test_a_program_that_is_ended_from_within_a_nursery_keeps_its_exit_status(program: Program) -> None:
    assert program.run("interrupted") == 130


CHATTERBOX = """
import subprocess
import sys
from pathlib import Path
import trio
from tars.cli import make_app, run_app
app = make_app("chatterbox", "Talks.")

@app.default
async def talk() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(chatter)

async def chatter() -> None:
    while True:
        print("word", flush=True)
        await trio.lowlevel.checkpoint()

run_app(app, Path("absent.toml"), [])
"""


def test_a_log_whose_reader_leaves_ends_the_program_without_a_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHATTERBOX], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as chatterbox:
        assert chatterbox.stdout is not None
        assert chatterbox.stderr is not None
        assert chatterbox.stdout.readline() == b"word\n"
        chatterbox.stdout.close()
        assert chatterbox.stderr.read() == b""
        assert chatterbox.wait(HANG) == EXIT_BROKEN_PIPE
