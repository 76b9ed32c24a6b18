"""The examples of proxies in the documents, as they stand there, before the real programs."""

import shutil
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest
import trustme
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tars.server.pairing import pair_device
from tests.end_to_end.programs import Program, environment, program, record
from tests.support.limits import HANG
from tests.support.real import need

pytestmark = [pytest.mark.real, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NGINX = shutil.which("nginx", path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin") or ""
CADDY = shutil.which("caddy") or ""
ELSEWHERE = "127.0.0.2"
"""Where a client dials from that is not the proxy."""


@attrs.frozen
class Place:
    """Where a proxy is to listen, what it shows, and where the server is."""

    folder: Path
    port: int
    server: int
    certificate: Path
    key: Path


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def filled_in(example: str, replacements: Mapping[str, object]) -> str:
    """The example with this machine's addresses, ports and files in place of its own, and nothing else changed."""
    text = (EXAMPLES / example).read_text()
    for there, here in replacements.items():
        assert text.count(there) == 1, there
        text = text.replace(there, str(here))
    return text


def nginx(place: Place) -> list[str]:
    """A command that runs the example, and nothing of the system's own configuration."""
    need(bool(NGINX), "nginx")
    site = place.folder / "tars.conf"
    site.write_text(
        filled_in(
            "nginx.conf",
            {
                "listen 443 ssl;": f"listen 127.0.0.1:{place.port} ssl;",
                "listen [::]:443 ssl;": f"listen [::1]:{place.port} ssl;",
                "server_name tars.example;": "server_name localhost;",
                "/etc/letsencrypt/live/tars.example/fullchain.pem": place.certificate,
                "/etc/letsencrypt/live/tars.example/privkey.pem": place.key,
                "/var/log/nginx/tars.log": place.folder / "tars.log",
                "proxy_pass http://127.0.0.1:7456;\n\n": f"proxy_pass http://127.0.0.1:{place.server};\n\n",
            },
        )
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {place.folder / kind};" for kind in kinds)
    main = f"daemon off; master_process off; pid nginx.pid; events {{}} http {{ {paths} include {site}; }}"
    (place.folder / "nginx.conf").write_text(main)
    return [NGINX, "-p", str(place.folder), "-e", "stderr", "-c", str(place.folder / "nginx.conf")]


def caddy(place: Place) -> list[str]:
    """The same."""
    need(bool(CADDY), "caddy")
    (place.folder / "Caddyfile").write_text(
        filled_in(
            "Caddyfile",
            {
                "tars.example:443 {": f"localhost:{place.port} {{\n\tbind 127.0.0.1",
                "/etc/caddy/tars.pem": place.certificate,
                "/etc/caddy/tars-key.pem": place.key,
                "reverse_proxy 127.0.0.1:7456 {": f"reverse_proxy 127.0.0.1:{place.server} {{",
            },
        )
    )
    return [CADDY, "run", "--config", str(place.folder / "Caddyfile"), "--adapter", "caddyfile"]


PROXIES: dict[str, Callable[[Place], list[str]]] = {"nginx": nginx, "caddy": caddy}


@contextmanager
def running(command: list[str], place: Place) -> Iterator[Callable[[], str]]:
    """Run a proxy until the end of the block; what it has logged so far."""
    said = place.folder / "proxy.log"
    own = {"HOME": str(place.folder), "PATH": "/usr/bin:/bin", "CADDY_ADMIN": f"127.0.0.1:{free_port()}"}
    with said.open("w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=own)
    try:
        deadline = time.monotonic() + HANG
        while not listens(place.port):
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.02)
        yield lambda: "".join(path.read_text() for path in place.folder.glob("*.log"))
    finally:
        process.terminate()
        try:
            process.wait(HANG)
        finally:
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@attrs.define
class Outsider:
    """A client that nobody of the project wrote, and that dials the proxy."""

    url: str
    context: ssl.SSLContext

    def dial(self, path: str = "", token: str | None = None, *, older: bool = False) -> ClientConnection:
        return connect(
            self.url + path,
            ssl=self.context,
            subprotocols=None if older else [Subprotocol("tars.v1")],
            additional_headers={"Authorization": f"Bearer {token}"} if token else None,
            source_address=(ELSEWHERE, 0),
            proxy=None,
            open_timeout=HANG,
            close_timeout=2,
        )

    def refused(self, path: str = "", token: str | None = None, *, older: bool = False) -> int:
        """By which HTTP status a dial is refused."""
        with pytest.raises(InvalidStatus) as refused:
            self.dial(path, token, older=older)
        return int(refused.value.response.status_code)


def code_of(link: ClientConnection) -> int | None:
    """How the server ends a link."""
    try:
        while True:
            link.recv(timeout=HANG)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def hello(link: ClientConnection, device_id: str) -> None:
    link.send(f'{{"type":"hello","protocol":1,"device_id":"{device_id}"}}')


def test_devices_come_in_through_them_and_strangers_do_not(tmp_path: Path) -> None:
    """Both proxies before one server: its programs take the longest to start."""
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(tmp_path / "cert.pem", append=number > 0)
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context()
    authority.configure_trust(context)
    server = free_port()
    logs: list[Callable[[], str]] = []
    outsiders: list[Outsider] = []
    with ExitStack() as proxies:
        for name, command in PROXIES.items():
            (folder := tmp_path / name).mkdir()
            place = Place(folder, free_port(), server, tmp_path / "cert.pem", tmp_path / "key.pem")
            logs.append(proxies.enter_context(running(command(place), place)))
            outsiders.append(Outsider(f"wss://localhost:{place.port}/", context))
        refuse_strangers(server, outsiders, tmp_path)
        tokens = serve_devices(server, outsiders, tmp_path)
        assert not [token for token in tokens if token in "".join(logged() for logged in logs)]


def refuse_strangers(port: int, outsiders: Sequence[Outsider], folder: Path) -> None:
    """Nothing is paired, and no proxy is named: the server is for its own machine."""
    at_server = environment(folder / "server") | {"TARS_SERVER_PORT": str(port)}
    with program("tars-server", env=at_server) as server:
        server.until("listening")
        for outsider in outsiders:
            assert outsider.refused(token="made-up") == 403
        server.until("connection_refused", status=403)
        with connect(f"ws://127.0.0.1:{port}/", subprotocols=[Subprotocol("tars.v1")], proxy=None) as link:
            hello(link, "local")
            assert "welcome" in str(link.recv(timeout=HANG))


def serve_devices(port: int, outsiders: Sequence[Outsider], folder: Path) -> list[str]:
    """The proxies are named, and devices are paired; their tokens."""
    at_server = environment(folder / "server")
    at_server |= {"TARS_SERVER_PORT": str(port), "TARS_SERVER_TRUSTED_PROXIES": "127.0.0.1"}
    paired = folder / "server" / "tars" / "paired.json"
    names = ["kitchen", *(f"{kind}-{number}" for kind in ("study", "porch") for number in range(len(outsiders)))]
    tokens = {name: pair_device(paired, name, legacy="porch" in name)[0] for name in names}
    at_device = environment(folder / "device") | {"TARS_TLS_CA": str(folder / "ca.pem")}
    at_device |= {"TARS_SERVER": outsiders[0].url, "TARS_DEVICE_ID": "kitchen", "TARS_TOKEN": tokens["kitchen"]}
    room = record(folder / "room.wav", seconds=60)
    with program("tars-pi", "--microphone", f"wav:{room}", "--speaker", "null", env=at_device) as device:
        for number, outsider in enumerate(outsiders):  # what a proxy cannot pass on, it would log
            assert outsider.refused(tokens[f"porch-{number}"], older=True) == 502
        lost = device.until("link_down")["reason"]
        assert "does not reach the TARS server behind it (HTTP 502)" in lost
        with program("tars-server", env=at_server) as server:
            server.until("listening")
            for number, outsider in enumerate(outsiders):
                served(server, outsider, number, tokens)
            device.until("link_up")
            assert server.until("device_connected", device_id="kitchen")["peer"] == "127.0.0.1"
            heartbeats_pass(server)
            assert not [each for each in server.events if each["event"] == "client_address_unknown"]
    for token in tokens.values():
        assert token not in str(server.events + device.events)
    return list(tokens.values())


def served(server: Program, outsider: Outsider, number: int, tokens: Mapping[str, str]) -> None:
    """An outsider is welcomed with a token, by its own address, and not without one."""
    porch, study = f"porch-{number}", f"study-{number}"
    with outsider.dial() as link:
        hello(link, study)
        assert code_of(link) == 4401
    assert server.until("device_refused")["peer"] == ELSEWHERE
    with outsider.dial(tokens[porch], older=True):
        assert server.until("device_connected", device_id=porch)["peer"] == ELSEWHERE
    with outsider.dial(token=tokens[study]) as link:
        hello(link, study)
        assert "welcome" in str(link.recv(timeout=HANG))
        assert server.until("device_connected", device_id=study)["peer"] == ELSEWHERE
        link.ping().wait(HANG)


def heartbeats_pass(server: Program) -> None:
    metrics = server.until("web_listening")["url"] + "metrics"
    before, deadline = round_trips(metrics), time.monotonic() + HANG
    while round_trips(metrics) < before + 2:
        assert time.monotonic() < deadline, server.log
        time.sleep(0.1)
    assert not [each for each in server.events if each.get("device_id") == "kitchen" and "dis" in each["event"]]


def round_trips(url: str) -> float:
    """Heartbeats of the server that were answered."""
    with urllib.request.urlopen(url, timeout=HANG) as page:
        lines = page.read().decode().splitlines()
    (count,) = [line.split()[1] for line in lines if line.startswith("tars_round_trip_seconds_count")]
    return float(count)
