"""From nothing to a paired device over TLS, by the commands that a person types."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

import tars
from tars.server.certificate_files import CertificateFolder, make_certificate
from tests.end_to_end.programs import environment, program, record
from tests.support.limits import HANG
from tests.support.real import need

pytestmark = [pytest.mark.real, pytest.mark.slow]

BESIDE_PYTHON = Path(sys.executable).parent


def told(command: str, *arguments: str, env: Mapping[str, str]) -> str:
    """What a command prints."""
    need((BESIDE_PYTHON / command).exists(), f"the console script {command}")
    done = subprocess.run(
        [BESIDE_PYTHON / command, *arguments], env=env, capture_output=True, text=True, timeout=HANG, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_online(name: str, listed: str) -> None:
    (line,) = listed.splitlines()[1:]
    assert line.split()[0] == name
    assert "online" in line
    assert line.endswith(f"tars-pi/{tars.__version__}")


def test_a_certificate_a_pasted_line_and_a_link(tmp_path: Path) -> None:
    at_server, at_device = (environment(tmp_path / name) for name in ("server", "device"))
    room = record(tmp_path / "room.wav", seconds=30)
    config = tmp_path / "server" / "tars" / "server.toml"
    *told_before, certificate, key = told(
        "tars-server", "make-certificate", "--host", "127.0.0.1", env=at_server
    ).splitlines()
    assert str(config) in " ".join(told_before)
    lines = [certificate, key]
    config.write_text("\n".join(["[server]", *lines]))
    with program("tars-server", "--port", "0", env=at_server) as server:
        url = server.until("listening")["url"]
        assert url.startswith("wss://")
        port = url.rstrip("/").rsplit(":", 1)[1]
        pasted = told("tars-server", "pair", "kitchen", "--port", port, env=at_server).split()
        told(*pasted, env=at_device)
        with program("tars-pi", "--microphone", f"wav:{room}", "--speaker", "null", env=at_device) as device:
            assert device.until("link_up")["server"] == url
            server.until("device_connected", device_id="kitchen")
            told("tars-server", "make-certificate", env=at_server)
            server.until("certificate_renewed")
            assert_online("kitchen", told("tars-server", "devices", env=at_server))
            told("tars-server", "rename", "kitchen", "parlour", env=at_server)
            server.until("device_renamed", device_id="parlour")
            assert_online("parlour", told("tars-server", "devices", env=at_server))
            make_certificate(CertificateFolder(config.with_name("tls")), now=datetime(2000, 1, 1, tzinfo=UTC))
            server.until("certificate_renewed", 2)
            told("tars-server", "unpair", "parlour", env=at_server)
            assert "does not accept this device's token" in device.until("link_down")["reason"]
            server.until("device_expelled", device_id="parlour")
            with pytest.raises(HTTPError) as answer:
                urlopen(server.until("web_listening")["url"] + "healthz", timeout=HANG)
            with answer.value as page:
                problems = json.load(page)["problems"]
            assert [problem for problem in problems if "certificate expired on 2002-04-04" in problem]
            assert [problem for problem in problems if "none is paired" in problem]
        assert pasted[3] not in json.dumps(server.events + device.events)
