"""The demonstration's parts: waiting for the programs, the microphone, terminals of every kind, the picture."""

import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import trio
from rich.console import Console

from tars.demo.microphone import Microphone
from tars.demo.programs import ENDED, Event, LogFile
from tars.demo.screen import Screen, show_what_it_can
from tars.demo.stage import HANG, SLOW, DemoFailed, Stage
from tars.demo.timeline import Timeline
from tars.demo.waterfall import COLUMNS, STAGES
from tests.demo.picture import PICTURE, rows
from tests.support.virtual import run_virtual
from tests.support.wav import read_wav


def make_stage() -> tuple[Stage, io.StringIO]:
    out = io.StringIO()
    return Stage(Timeline(Console(file=out, width=100).print, began=0.0)), out


def test_what_comes_late_is_waited_for_and_a_person_told_so() -> None:
    stage, out = make_stage()

    async def wait() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stage.until, "tars-pi", "link_up")
            await trio.sleep(HANG - 1)
            await stage.add(Event("tars-pi", "link_up", 1.0, {"attempt": 1}))

    run_virtual(wait)
    assert "still waiting until tars-pi reports link_up" in out.getvalue()
    assert SLOW < HANG / 2


def test_what_never_comes_is_told_with_the_program_and_the_time() -> None:
    stage, _ = make_stage()
    with pytest.raises(DemoFailed, match="tars-server did not report ready within 120 s") as failed:
        run_virtual(stage.until, "tars-server", "ready")
    assert failed.value.program == "tars-server"


def test_a_question_without_an_answer_is_told_from_one_with_an_answer_and_only_news_count() -> None:
    stage, _ = make_stage()
    failed = Event("tars-server", "stt_failed", 1.0, {"reason": "no transcript"})

    async def wait() -> list[str]:
        found: list[str] = []

        async def ask() -> None:
            event = await stage.until_one_of("tars-server", "turn", [("tars-server", "stt_failed")])
            found.append(event.name)

        await stage.add(failed)
        for answer in (failed, Event("tars-server", "turn", 2.0, {})):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask)
                await trio.sleep(1)
                await stage.add(answer)
        return found

    assert run_virtual(wait) == ["stt_failed", "turn"]


def test_a_program_that_ends_is_not_waited_for() -> None:
    stage, _ = make_stage()

    async def wait() -> None:
        fields = {"status": 2, "last_words": "tars-pi: spoken.wav: cannot be written"}
        await stage.add(Event("tars-pi", ENDED, 1.0, fields))
        await stage.until("tars-server", "turn")

    with pytest.raises(
        DemoFailed, match=r"^tars-pi ended by itself with status 2: spoken\.wav: cannot be written$"
    ):
        run_virtual(wait)


def test_what_is_said_is_heard_from_then_on_and_recorded(tmp_path: Path) -> None:
    """Whatever the moment at which somebody speaks."""
    microphone = Microphone(tmp_path / "heard.wav")
    heard = bytearray()

    class Ear(trio.abc.SendStream):
        async def send_all(self, data: bytes | bytearray | memoryview) -> None:
            await trio.lowlevel.checkpoint()
            heard.extend(data)

        async def wait_send_all_might_not_block(self) -> None:
            await trio.lowlevel.checkpoint()

        async def aclose(self) -> None:
            await trio.lowlevel.checkpoint()

    async def live() -> None:
        with trio.move_on_after(3):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(microphone.feed, Ear())
                await trio.sleep(1.23)
                microphone.say(np.full(16_000, 5000.0))

    run_virtual(live)
    loud = [n for n, sample in enumerate(memoryview(bytes(heard)).cast("h")) if sample > 2500]
    assert len(loud) == 16_000
    assert loud[0] / 16_000 == pytest.approx(1.23, abs=0.081)
    assert 2.9 * 32_000 < len(heard) <= 3.09 * 32_000
    assert read_wav(tmp_path / "heard.wav")[1] == bytes(heard)


def test_a_log_that_cannot_be_kept_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "tars-pi.log").symlink_to("/dev/full")
    log = LogFile(tmp_path / "tars-pi.log")
    log.write(b"line\n")
    log.write(b"line\n")
    assert log.trouble == "No space left on device"
    log.close()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_terminal_shows_what_it_can(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, errors="strict"))
    show_what_it_can()
    Screen().show("“what” → ‘that’… ━━ Zoë ☃")
    text = raw.getvalue().decode(encoding).strip()
    plain = "\"what\" > 'that'. == "
    expected = {"ascii": plain + "Zo? ?", "latin-1": plain + "Zoë ?", "utf-8": "“what” → ‘that’… ━━ Zoë ☃"}
    assert text == expected[encoding]


@pytest.mark.parametrize("text", ["out[red]", "out[/x]", "out:key:", "[link=file:x]out"])
def test_what_looks_like_a_style_is_text(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    screen = Screen(tmp_path / "picture.svg")
    screen.show(text)
    screen.save_picture()
    assert capsys.readouterr().out == text + "\n"
    assert text in (tmp_path / "picture.svg").read_text()


def test_the_picture_looks_nothing_up_and_knows_nothing_of_the_machine_it_was_made_on() -> None:
    svg = PICTURE.read_text()
    assert set(re.findall(r"\w+://[^\"'\s<)]*", svg)) == {
        "http://www.w3.org/2000/svg",  # a name, not an address
        *(found for found in re.findall(r"ws://127\.0\.0\.1:\d+/", svg)),
    }
    assert "@font-face" not in svg
    assert not re.search(r"(/[\w.-]+){2,}(?<!/2000/svg)", re.sub(r"</?\w+|/>|http://www.w3.org/2000/svg", "", svg))


def test_the_picture_has_the_columns_and_the_stages_of_today() -> None:
    shown = rows(PICTURE.read_text())
    head = next(n for n, row in enumerate(shown) if row.split() == " ".join(COLUMNS).split())
    stages = [re.split(r"\s{2,}", row)[0] for row in shown[head + 1 : head + 1 + len(STAGES)]]
    assert sorted(stages) == sorted(STAGES.values())
