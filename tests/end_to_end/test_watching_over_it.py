"""Both programs as processes, and somebody who watches over the server: pages, a dead worker, a restart."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.end_to_end.programs import environment, program, record
from tests.end_to_end.room import open_room
from tests.support.limits import HANG
from tests.support.service_manager import service_manager

pytestmark = [pytest.mark.real, pytest.mark.slow]

FIRST = "hey jarvis, what time is it?"
SECOND = "hey jarvis, what is two plus two?"


def fetch(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=HANG) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def health(url: str, wanted: str) -> dict[str, Any]:
    """Ask until it is that, as a probe does."""
    deadline = time.monotonic() + HANG
    while time.monotonic() < deadline:
        status, body = fetch(url + "healthz")
        seen: dict[str, Any] = json.loads(body)
        assert status == (200 if seen["status"] == "ok" else 503)
        if seen["status"] == wanted:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"it was never {wanted}, but {seen}")


def metrics(url: str) -> dict[str, float]:
    status, body = fetch(url + "metrics")
    assert status == 200
    families = text_string_to_metric_families(body.decode())
    return {
        "|".join([sample.name, *sample.labels.values()]): sample.value
        for family in families
        for sample in family.samples
    }


def until_counted(url: str, metric: str) -> None:
    """Scrape until the metric is at least 1."""
    deadline = time.monotonic() + HANG
    while metrics(url)[metric] < 1:
        assert time.monotonic() < deadline, metric
        time.sleep(0.2)


def worker(server: int, module: str) -> int:
    (found,) = [child.pid for child in psutil.Process(server).children() if module in " ".join(child.cmdline())]
    return int(found)


def test_what_happens_to_it_is_seen_from_outside(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with (
        service_manager(tmp_path) as manager,
        program(
            "tars-server", "--port", "0", "--speech.processes", "1",
            env=env | {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1000000"},
        ) as server,
    ):  # fmt: skip
        url, pages = server.until("listening")["url"], server.until("web_listening")["url"]
        manager.until("READY=1")
        health(pages, "ok")
        manager.until("STATUS=ok; 0 devices")
        before = metrics(pages)
        assert before["tars_links"] == before["tars_turns_total|used"] == 0
        with program(
            "tars-pi", "--server", url, "--microphone", "stdin", "--speaker", "null",
            env=env | {"NOTIFY_SOCKET": ""}, fed=True,
        ) as device, open_room(device.process.stdin) as room:  # fmt: skip
            device.until("link_up")
            room.say(FIRST)
            device.until("playback_complete")
            server.until("turn")
            manager.until("STATUS=ok; 1 devices connected, 1 in conversation")
            after = metrics(pages)
            assert after["tars_links"] == after["tars_sessions"] == after["tars_connections_total"] == 1
            assert after["tars_audio_received_bytes_total"] > 2 * 32_000
            assert after["tars_audio_sent_bytes_total"] > 20_000
            until_counted(pages, "tars_round_trip_seconds_count")  # who hears a device talk pings it every 10 s
            assert 0 < after["tars_turn_stage_seconds_sum|answer"] < 30
            assert after["tars_turn_stage_seconds_count|answer"] == 1
            assert after["tars_turns_total|used"] + after["tars_turns_total|none"] == 1
            assert after["process_resident_memory_bytes"] > 1e7

            os.kill(worker(server.process.pid, "espeak"), signal.SIGKILL)
            assert health(pages, "degraded")["problems"] == ["no voice worker is ready"]
            health(pages, "ok")
            assert metrics(pages)["tars_worker_restarts_total|voice"] == 1

            room.say(SECOND)
            device.until("playback_started", 2)
            asked = time.monotonic()
            server.process.terminate()
            manager.until("STOPPING=1")
            assert health(pages, "stopping")["links"] == 1
            assert server.wait() == 0
            assert time.monotonic() - asked < 5
            device.until("playback_complete", 2)
            device.until("session_end", reason="shutdown")
            assert device.until("link_down")["retry_in"] > 0.5
            with program("tars-server", "--port", url.rstrip("/").rsplit(":", 1)[1], env=env) as successor:
                successor.until("device_connected")
    watchdog = [at for at, line in manager.said if line == "WATCHDOG=1"]
    assert len(watchdog) > 5


def test_a_program_that_stands_still_feeds_no_watchdog(tmp_path: Path) -> None:
    silence = record(tmp_path / "heard.wav", seconds=30)
    with (
        service_manager(None) as manager,
        program(
            "tars-pi", "--server", "ws://127.0.0.1:9/", "--microphone", f"wav:{silence}", "--speaker", "null",
            env=environment(tmp_path) | {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "500000"},
        ) as device,
    ):  # fmt: skip
        manager.until("READY=1")  # though there is no server
        manager.until("STATUS=no link")
        manager.until("WATCHDOG=1")
        device.process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)  # for what was on its way
        manager.drain()
        time.sleep(1.5)
        assert manager.drain() == []
        device.process.send_signal(signal.SIGCONT)
        manager.until("WATCHDOG=1")
        device.process.terminate()
        manager.until("STOPPING=1")
        assert device.wait() == 0
