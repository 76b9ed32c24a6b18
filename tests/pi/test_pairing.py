"""`tars-pi pair`: what it keeps, how strong that is, and what it says about a line that was not pasted whole."""

import stat
import tomllib
from pathlib import Path

import pytest
import trustme

from tars.cli import make_app, run_app
from tars.pi import main
from tars.pi.pairing import Pairing
from tars.pi.settings import Settings

DEFAULTS = Settings()
TOKEN = "5e" * 32
SERVER = "ws://192.168.1.10:7456/"
PI_TOML = '# mine, with care\nmicrophone = "USB"  # the good one\n'


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TARS_CONFIG", "TARS_SERVER", "TARS_TOKEN", "TARS_DEVICE_ID", "TARS_TLS_CA"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "pi.toml"
    path.write_text(PI_TOML)
    return path


def run(config: Path, *arguments: str, seen: list[Settings] | None = None) -> int | str | None:
    """Run the device's command line, with `seen` in place of the device; its exit status."""
    app = make_app("tars-pi", "A device.")
    app.command(main.pair)

    @app.default
    async def listen(*, settings: Settings = DEFAULTS) -> None:
        (seen if seen is not None else []).append(settings)

    with pytest.raises(SystemExit) as left:
        run_app(app, config, arguments, weakest=Pairing)
    return left.value.code


def pair(config: Path, *more: str, server: str = SERVER, token: str = TOKEN) -> int | str | None:
    return run(config, "pair", server, token, "--device-id", "kitchen", *more)


def settings(config: Path, *arguments: str) -> Settings:
    seen: list[Settings] = []
    assert run(config, *arguments, seen=seen) == 0
    return seen[0]


def authority() -> tuple[str, str]:
    """As `--ca` brings it, and as OpenSSL reads it."""
    pem = trustme.CA().cert_pem.bytes().decode()
    body = "".join(pem.splitlines()[1:-1])
    return body.replace("+", "-").replace("/", "_").rstrip("="), pem


def test_what_is_pasted_is_kept_for_its_owner_alone_and_pi_toml_stays_as_it_is(config: Path) -> None:
    assert pair(config) == 0
    paired = config.with_name("paired.toml")
    assert stat.S_IMODE(paired.stat().st_mode) == 0o600
    assert tomllib.loads(paired.read_text()) == {"server": SERVER, "device_id": "kitchen", "token": TOKEN}
    assert config.read_text() == PI_TOML
    assert settings(config) == Settings(server=SERVER, device_id="kitchen", token=TOKEN, microphone="USB")


@pytest.mark.parametrize("device_id", ["-kitchen", "--ca", "-1"])
def test_a_name_that_looks_like_a_flag_is_a_name(config: Path, device_id: str) -> None:
    assert run(config, "pair", SERVER, TOKEN, f"--device-id={device_id}") == 0
    assert settings(config).device_id == device_id


def test_whatever_else_is_set_is_stronger(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair(config)
    config.write_text('device_id = "hall"\ntoken = "from-the-file"\n')
    assert settings(config) == Settings(server=SERVER, device_id="hall", token="from-the-file")
    monkeypatch.setenv("TARS_DEVICE_ID", "garage")
    assert settings(config).device_id == "garage"
    assert settings(config, "--device-id", "attic").device_id == "attic"


def test_who_pairs_is_told_what_is_stronger(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'server = "{SERVER}"\ntoken = "old"\n')
    monkeypatch.setenv("TARS_DEVICE_ID", "garage")
    pair(config)
    _, err = capsys.readouterr()
    assert len(err.splitlines()) == 2
    assert "pi.toml sets `token`" in err
    assert "TARS_DEVICE_ID is set" in err


@pytest.mark.parametrize(
    "elsewhere", ["ws://127.0.0.1:7456/", "wss://192.168.1.10:7456/", "ws://192.168.1.10:80/"]
)
def test_a_token_goes_to_no_other_server(config: Path, elsewhere: str, capsys: pytest.CaptureFixture[str]) -> None:
    pair(config)
    capsys.readouterr()
    assert settings(config, "--server", elsewhere) == Settings(server=elsewhere, microphone="USB")
    assert "the pairing is not used" in capsys.readouterr().err
    assert settings(config, "--server", SERVER.rstrip("/")).token == TOKEN


def test_the_authority_is_kept_until_a_server_needs_none(config: Path) -> None:
    words, pem = authority()
    assert pair(config, "--ca", words, server="wss://tars.local:7456/") == 0
    kept = config.with_name("paired-ca.pem")
    assert settings(config).tls_ca == kept
    assert kept.read_text().split() == pem.split()
    assert pair(config) == 0
    assert settings(config).tls_ca is None
    assert not kept.exists()


@pytest.mark.parametrize(
    ("server", "token", "more", "words"),
    [
        ("http://x/", TOKEN, [], "ws://"),
        (SERVER, "", [], "token"),
        (SERVER, "two words", [], "token"),
        (SERVER, TOKEN, ["--device-id", "a b"], "device-id"),
        (SERVER, TOKEN, ["--ca", authority()[0]], "TLS"),
        ("wss://x/", TOKEN, ["--ca", authority()[0][:-40]], "--ca"),
        ("wss://x/", TOKEN, ["--ca", "%%%"], "--ca"),
        ("wss://x/", TOKEN, ["--ca", ""], "--ca"),
    ],
)
def test_a_line_that_is_not_whole_changes_nothing_and_is_one_sentence(
    config: Path, server: str, token: str, more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    device = [] if "--device-id" in more else ["--device-id", "kitchen"]
    assert run(config, "pair", server, token, *device, *more) == 2
    _, err = capsys.readouterr()
    assert words in err
    assert err.count("\n") == 1
    assert TOKEN not in err
    assert not config.with_name("paired.toml").exists()


def test_a_damaged_pairing_is_one_sentence(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.with_name("paired.toml").write_text("server = ")
    assert run(config) == 2
    assert "pair this device again" in capsys.readouterr().err
