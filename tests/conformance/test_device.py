"""`tars-pi` against a server that nobody of the project wrote: the protocol page, held to the letter.

Most tests share one device, which also shows that whatever one of them did to it left no trace.
"""

import contextlib
import functools
import http
import itertools
import os
import signal
import socket
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.conformance.devices import (
    SECOND,
    Kitchen,
    fails,
    heard_of,
    loudest,
    recorded,
    room,
    tars_pi,
    tone,
    write_wav,
)
from tests.conformance.strange_server import Heard, Visit, strange_server, within
from tests.end_to_end.programs import Program
from tests.support.limits import HANG
from tests.support.voices import speak, voiced

pytestmark = [pytest.mark.real, pytest.mark.slow]

QUESTION = "hey jarvis what time is it"
ASKED, INTERRUPTED = 1.2, 6.0
JITTER = 0.15
"""Seconds by which a busy machine may be late or a block early."""


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A room in which nobody speaks."""
    return write_wav(tmp_path_factory.mktemp("quiet") / "quiet.wav", room(0.5))


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory, quiet: Path) -> Iterator[Kitchen]:
    with open_kitchen(tmp_path_factory.mktemp("kitchen"), quiet) as kitchen:
        yield kitchen


@contextlib.contextmanager
def open_kitchen(folder: Path, quiet: Path) -> Iterator[Kitchen]:
    spoken = folder / "spoken.wav"
    with (
        strange_server() as server,
        tars_pi(
            folder, server.url, quiet, "--speaker", f"wav:{spoken}", "--device-id", "kitchen", TARS_TOKEN="sesame"
        ) as device,
    ):
        yield Kitchen(server, device, spoken)


@attrs.frozen
class Conversation:
    """What was said and heard on both sides."""

    room: bytes
    visit: Visit
    device: Program
    spoken: Path
    utterance_id: str
    ended_at: float
    status: int
    exit_took: float


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """A question by voice, an answer, an interruption by voice, and a server that never says `session_started`."""
    folder = tmp_path_factory.mktemp("conversation")
    spoken = folder / "spoken.wav"
    said = room(8.0, (ASKED, "en-us+robert", QUESTION), (INTERRUPTED, "en-us+robert", QUESTION))
    microphone = write_wav(folder / "said.wav", said)
    with (
        strange_server() as server,
        tars_pi(
            folder, server.url, microphone, "--speaker", f"wav:{spoken}", "--exit-after-input",
            "--device-id", "living-room.2_b",
        ) as device,
    ):  # fmt: skip
        visit = server.visit().greet()
        session = visit.until("hotword_detected")["session_id"]
        visit.until_audio(3 * SECOND)
        utterance_id = speak_until_interrupted(visit)
        visit.say("stop_playback", utterance_id=utterance_id)
        interrupted_at = visit.until("interrupt").at
        visit.until_audio(SECOND, after=interrupted_at)
        visit.say("session_end", session_id=session, reason="goodbye")
        ended_at = time.monotonic()
        status = device.process.wait(HANG)
        exit_took = time.monotonic() - ended_at
        visit.wait_until_gone()
        yield Conversation(said, visit, device, spoken, utterance_id, ended_at, status, exit_took)


def speak_until_interrupted(visit: Visit) -> str:
    """Speak, one second ahead of the loudspeaker, as long as nobody objects."""
    utterance_id = visit.speak(tone(1.0, 2_900), end=False)
    block = tone(0.1, 2_900)
    began = time.monotonic()
    while not visit.messages("interrupt"):
        assert time.monotonic() - began < 12, visit.story()
        visit.send(block)
        time.sleep(0.1)
    return utterance_id


# --- a conversation by voice


def test_the_link_is_there_before_anybody_speaks(conversation: Conversation) -> None:
    order = [line["event"] for line in conversation.device.events]
    assert order.index("link_up") < order.index("hotword")
    assert conversation.visit.heard[0].type == "hello"
    assert conversation.visit.heard[0]["device_id"] == "living-room.2_b"
    assert conversation.visit.request is not None
    assert "Authorization" not in conversation.visit.request.headers


def test_a_hotword_starts_one_session_with_all_its_fields(conversation: Conversation) -> None:
    (begin,) = conversation.visit.messages("hotword_detected")
    assert str(uuid.UUID(begin["session_id"])) == begin["session_id"]
    assert begin["hotword"] == "hey_jarvis"
    assert 0 <= begin["score"] <= 1
    assert begin["pre_roll_bytes"] >= 1.5 * SECOND - 2_560
    assert begin["pre_roll_bytes"] % 2 == 0


def test_audio_follows_the_hotword_at_once_and_waits_for_no_answer(conversation: Conversation) -> None:
    begin = conversation.visit.until("hotword_detected")
    position = conversation.visit.heard.index(begin)
    first = conversation.visit.heard[position + 1]
    assert first.type == "binary"
    assert first.at - begin.at < 0.05


def test_frames_are_even_and_at_most_32_kibibytes(conversation: Conversation) -> None:
    sizes = [len(frame.what) for frame in conversation.visit.messages("binary")]
    assert sizes
    assert all(size % 2 == 0 and 0 < size <= 32 * 1_024 for size in sizes)


def test_no_sample_is_lost_or_doubled_from_the_pre_roll_to_the_end(conversation: Conversation) -> None:
    audio, said = conversation.visit.audio(), conversation.room
    begin = conversation.visit.until("hotword_detected")
    start = said.find(audio[:2_000])
    assert start != -1, "what came first is nowhere in the room"
    overlap = min(len(audio), len(said) - start)
    assert audio[:overlap] == said[start : start + overlap]
    assert overlap > 5 * SECOND
    hotword_end = ASKED * SECOND + voiced(speak("hey jarvis", "en-us+robert"))[1]
    detected = start + begin["pre_roll_bytes"]
    assert hotword_end - 0.4 * SECOND < detected < hotword_end + 0.9 * SECOND


def test_live_audio_keeps_pace_with_the_room(conversation: Conversation) -> None:
    frames = conversation.visit.messages("binary")
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(frames)]
    assert max(gaps) < 0.5


def test_no_audio_comes_after_the_session(conversation: Conversation) -> None:
    assert conversation.visit.audio(after=conversation.ended_at + JITTER) == b""


def test_a_hotword_while_it_speaks_silences_it_and_interrupts(conversation: Conversation) -> None:
    visit, spoken = conversation.visit, conversation.spoken
    interrupt = visit.until("interrupt")
    assert interrupt["utterance_id"] == conversation.utterance_id
    reports = visit.messages("playback_progress", utterance_id=conversation.utterance_id)
    began, last = reports[0], reports[-1]
    assert last.at <= interrupt.at + JITTER
    heard = heard_of(spoken, 2_900)
    assert heard == pytest.approx(interrupt.at - began.at, abs=0.06)
    assert last["played_bytes"] / SECOND == pytest.approx(heard, abs=0.06)
    assert not visit.messages("playback_complete")


def test_progress_is_reported_now_and_then_and_only_grows(conversation: Conversation) -> None:
    reports = conversation.visit.messages("playback_progress")
    played = [report["played_bytes"] for report in reports]
    assert played == sorted(played)
    assert len(played) >= 3


def test_it_ends_with_its_file_and_says_goodbye(conversation: Conversation) -> None:
    assert conversation.status == 0, conversation.device.log
    assert conversation.exit_took < 6
    assert conversation.visit.code_of_the_device() == 1_000
    assert conversation.device.until("session_end")["reason"] == "goodbye"


# --- the link, told by a device that stays


def test_it_offers_tars_v1_without_compression_and_shows_its_token(kitchen: Kitchen) -> None:
    request = kitchen.visit.request
    assert request is not None
    assert request.headers["Sec-WebSocket-Protocol"] == "tars.v1"
    assert "Sec-WebSocket-Extensions" not in request.headers
    assert request.headers["Authorization"] == "Bearer sesame"


def test_hello_comes_first(kitchen: Kitchen) -> None:
    hello = kitchen.visit.heard[0]
    assert hello.type == "hello"
    assert hello["protocol"] == 1
    assert hello["device_id"] == "kitchen"
    assert kitchen.device.until("link_up")["attempt"] == 1
    assert kitchen.logged("hotword") == 0


def test_it_answers_pings_and_sends_its_own(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    assert visit.ping().wait(HANG)
    before, deadline = len(visit.pings), time.monotonic() + 6
    while len(visit.pings) == before:
        assert time.monotonic() < deadline, "no ping of its own"
        time.sleep(0.02)


BAD = {
    "unknown type": '{"type": "make_coffee"}',
    "not json": "{",
    "not an object": "[1]",
    "no type": "{}",
    "type is a number": '{"type": 3}',
    "wrong type of a field": '{"type": "session_started", "session_id": 5}',
    "missing field": '{"type": "tts_stream_end"}',
    "impossible format": '{"type":"start_of_tts_stream","utterance_id":"u","rate":0,"channels":0,"width":9}',
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_what_it_cannot_use_gets_an_error_and_changes_nothing(kitchen: Kitchen, text: str) -> None:
    visit = kitchen.visit
    before = len(visit.messages("error"))
    visit.send(text)
    error = visit.until("error", before + 1)
    assert error["code"] == ("unknown_type" if "coffee" in text else "bad_message")
    assert error["message"]
    assert error["fatal"] is False
    assert not visit.over.is_set()


def test_it_ignores_fields_and_errors_that_it_does_not_know(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    before = len(visit.messages("error"))
    visit.say("audio_ack", session_id=str(uuid.uuid4()), received_bytes=0, colour="red", nested={"a": [1]})
    visit.say("error", code="of_tomorrow", message="nothing", fatal=False)
    visit.say("session_end", session_id=str(uuid.uuid4()), reason="timeout")  # of a session long gone
    visit.say("stop_playback", utterance_id="never-was")
    assert visit.ping().wait(HANG)
    time.sleep(0.1)
    assert len(visit.messages("error")) == before
    assert not visit.over.is_set()


# --- sessions of the button, and what is played in them


def test_a_button_starts_a_session_and_the_server_ends_it(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    began = time.monotonic()
    with kitchen.session() as session_id:
        begin = visit.until("hotword_detected", after=began)
        assert begin["session_id"] == session_id
        assert begin["hotword"] == "button"
        visit.until_audio(SECOND // 2, after=began)
        visit.say("transcript", session_id=session_id, text="what time", final=False)
        visit.say("transcript", session_id=session_id, text="what time is it", final=True)
        visit.say("reply", session_id=session_id, utterance_id="u", text="Late.", final=True)
        assert visit.ping().wait(HANG)
    ended = time.monotonic()
    time.sleep(0.4)
    assert visit.audio(after=ended + JITTER) == b""
    assert not visit.messages("session_end")
    assert kitchen.logged("session_started") == 1
    assert kitchen.logged("transcript", text="what time", final=False) == 1
    assert kitchen.logged("transcript", text="what time is it", final=True) == 1
    assert kitchen.logged("reply", text="Late.") == 1
    assert kitchen.device.until("session_end")["reason"] == "goodbye"


FORMATS = [(16_000, 1), (22_050, 1), (24_000, 1), (48_000, 1), (16_000, 2), (44_100, 2), (48_000, 2)]


@pytest.mark.parametrize(("rate", "channels"), FORMATS)
def test_an_utterance_of_any_format_and_any_cut_is_played(kitchen: Kitchen, rate: int, channels: int) -> None:
    visit = kitchen.visit
    hertz = 2_000 + 100 * FORMATS.index((rate, channels))
    began = time.monotonic()
    with kitchen.session() as session_id:
        pcm = tone(0.5, hertz, rate, channels)
        utterance_id = visit.speak(
            pcm, rate, channels, cuts=(1, 3, 5, 777, 4_095, 2), session_id=session_id, text="…"
        )
        sent = time.monotonic()
        complete = visit.until("playback_complete", after=began)
        assert complete["utterance_id"] == utterance_id
        assert began + 0.5 - 0.02 < complete.at < sent + 0.5 + 1.0
        progress = visit.messages("playback_progress", after=began)
        assert progress
        assert all(each["utterance_id"] == utterance_id for each in progress)
        assert all(0 <= each["played_bytes"] <= len(pcm) for each in progress)
    assert kitchen.heard(hertz) == pytest.approx(0.5, abs=0.03)


def test_what_is_sent_in_the_recordings_own_format_is_recorded_to_the_sample(tmp_path: Path, quiet: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    pcm = speak("This is what was sent.", "en-us")
    with strange_server() as server, tars_pi(tmp_path, server.url, quiet, "--speaker", f"wav:{spoken}") as device:
        visit = server.visit().greet()
        visit.speak(pcm, cuts=(65_536,))
        visit.until("playback_complete")
        device.process.send_signal(signal.SIGTERM)
        assert device.process.wait(HANG) == 0
    rate, _ = recorded(spoken)
    if rate == 16_000:
        assert pcm.strip(b"\0") in spoken.read_bytes()
    else:
        assert loudest(spoken) > 3_000


def test_playback_complete_waits_for_the_end_of_the_stream(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    with kitchen.session():
        utterance_id = visit.speak(tone(0.2, 3_100), end=False)
        time.sleep(0.7)
        assert not visit.messages("playback_complete", utterance_id=utterance_id)
        visit.say("tts_stream_end", utterance_id=utterance_id, total_bytes=6_400)
        visit.until("playback_complete", utterance_id=utterance_id, limit=1)


def test_a_stream_that_stutters_is_played_whole(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    with kitchen.session():
        utterance_id = visit.speak(tone(0.2, 3_200), end=False)
        time.sleep(0.6)
        visit.send(tone(0.2, 3_200))
        visit.say("tts_stream_end", utterance_id=utterance_id, total_bytes=12_800)
        visit.until("playback_complete", utterance_id=utterance_id)
    assert kitchen.heard(3_200) == pytest.approx(0.4, abs=0.03)


def test_utterances_are_played_one_after_the_other(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    with kitchen.session():
        ids = [visit.speak(tone(0.3, 3_300)), visit.speak(b""), visit.speak(tone(0.3, 3_400))]
        times = [visit.until("playback_complete", utterance_id=each).at for each in ids]
    assert times == sorted(times)
    assert times[2] - times[0] > 0.25
    assert kitchen.heard(3_300) == pytest.approx(0.3, abs=0.03)
    assert kitchen.heard(3_400) == pytest.approx(0.3, abs=0.03)


def test_frames_in_pieces_and_frames_of_64_kibibytes_are_played(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    pcm = tone(1.0, 3_500, 48_000)
    with kitchen.session():
        visit.say("start_of_tts_stream", utterance_id="pieces", rate=48_000, channels=1, width=2)
        visit.send([pcm[:1], pcm[1:1_000], pcm[1_000:20_001]])  # one message in three frames
        visit.send(pcm[20_001 : 20_001 + 65_536])
        visit.send(pcm[20_001 + 65_536 :])
        visit.say("tts_stream_end", utterance_id="pieces", total_bytes=len(pcm))
        visit.until("playback_complete", utterance_id="pieces")
    assert kitchen.heard(3_500) == pytest.approx(1.0, abs=0.03)


def test_stop_playback_silences_it_at_once(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    with kitchen.session():
        utterance_id = visit.speak(tone(2.0, 3_600))
        began = visit.until("playback_progress", utterance_id=utterance_id).at
        time.sleep(0.5)
        visit.say("stop_playback", utterance_id=utterance_id)
        stopped = time.monotonic()
        after = visit.speak(tone(0.1, 3_700))
        assert visit.until("playback_complete", utterance_id=after).at - stopped < 0.6
    assert kitchen.heard(3_600) == pytest.approx(stopped - began, abs=0.06)
    assert not visit.messages("playback_complete", utterance_id=utterance_id)


def test_a_button_while_it_speaks_interrupts_and_the_session_goes_on(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    with kitchen.session():
        utterance_id = visit.speak(tone(2.0, 3_800))
        began = visit.until("playback_progress", utterance_id=utterance_id).at
        time.sleep(0.4)
        sessions = len(visit.messages("hotword_detected"))
        kitchen.press()
        interrupt = visit.until("interrupt", utterance_id=utterance_id, limit=0.5)
        progress = visit.messages("playback_progress", utterance_id=utterance_id)[-1]
        visit.until_audio(SECOND // 4, after=interrupt.at)
        assert len(visit.messages("hotword_detected")) == sessions
    heard = kitchen.heard(3_800)
    assert heard == pytest.approx(interrupt.at - began, abs=0.06)
    assert progress["played_bytes"] / SECOND == pytest.approx(heard, abs=0.06)
    assert not visit.messages("playback_complete", utterance_id=utterance_id)


def test_a_notification_outside_a_session_is_spoken_and_receipted(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    errors = len(visit.messages("error"))
    note: dict[str, Any] = {"notification_id": "n1", "kind": "timer", "text": "Tea."}
    visit.say("notification", created_at="2026-01-02T03:04:05Z", **note)
    utterance_id = visit.speak(tone(0.2, 3_900), notification_id="n1")
    visit.until("playback_complete", utterance_id=utterance_id)
    assert len(visit.messages("error")) == errors
    assert kitchen.heard(3_900) == pytest.approx(0.2, abs=0.03)


def test_audio_in_a_long_reply_does_not_starve_pings_or_the_microphone(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    with kitchen.session():
        utterance_id = visit.speak(tone(1.5, 4_000, 48_000, 2), 48_000, 2)
        visit.until("playback_progress", utterance_id=utterance_id)
        time.sleep(0.3)  # what came before the button is here by now
        began = time.monotonic()
        while not visit.messages("playback_complete", utterance_id=utterance_id):
            assert visit.ping().wait(0.5)
            time.sleep(0.1)
            assert time.monotonic() - began < 5
        heard = len(visit.audio(after=began)) / SECOND
        assert heard == pytest.approx(time.monotonic() - began, abs=0.2)


def test_a_failed_answer_costs_that_answer_and_a_refusal_the_session(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    ends = kitchen.logged("session_end")
    session_id = kitchen.press_for_session()
    visit.say("transcript", session_id=session_id, text="what time is it", final=True)
    visit.say("error", code="brain_failed", message="as the test wants it", fatal=False)
    failed = time.monotonic()
    visit.until_audio(SECOND // 2, after=failed)
    assert kitchen.logged("session_end") == ends
    assert kitchen.logged("trouble", code="brain_failed") == 1
    visit.say("error", code="busy", message="as the test wants it", fatal=False)
    assert visit.until("session_end", session_id=session_id)["reason"] == "error"
    kitchen.until_logged("session_end", ends + 1)


# --- a link that ends


@pytest.mark.parametrize("code", [1_008, 1_013, 1_009, 1_011, 1_001])
def test_it_comes_back_by_itself_after(kitchen: Kitchen, code: int) -> None:
    visit = kitchen.visit
    downs = kitchen.logged("link_down")
    visit.close(code, "as the test wants it")
    down = kitchen.until_logged("link_down", downs + 1)
    assert 0 <= down["retry_in"] <= 10
    assert down["reason"]
    kitchen.returns().greet()


def test_a_planned_restart_is_given_its_time(tmp_path: Path, quiet: Path) -> None:
    """A device that has lost no link before; one that has lost several in a row may take longer than that."""
    with open_kitchen(tmp_path, quiet) as kitchen:
        visit = kitchen.visit
        visit.say("restarting", retry_after_s=1.5)
        visit.close(1_001, "back soon")
        closed = time.monotonic()
        kitchen.server.nobody_comes(1.4)
        kitchen.returns().greet()
        assert time.monotonic() - closed < 3.5


@pytest.mark.parametrize(("code", "plainly"), [(4_401, "token"), (4_409, "device id")])
def test_a_refusal_is_said_plainly_and_retried_at_the_cap(kitchen: Kitchen, code: int, plainly: str) -> None:
    visit = kitchen.visit
    downs = kitchen.logged("link_down")
    visit.close(code)
    down = kitchen.until_logged("link_down", downs + 1)
    assert plainly in down["reason"], down
    assert 5 <= down["retry_in"] <= 15
    kitchen.server.nobody_comes(0.7)


def test_http_401_is_said_plainly_and_retried_at_the_cap(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    kitchen.server.refuses = http.HTTPStatus.UNAUTHORIZED
    visit.kill()
    kitchen.until_logged("link_down", kitchen.logged("link_down") + 1)
    if not kitchen.server.refused:
        kitchen.press()  # it may be in a long wait
    kitchen.server.until_refused(1)
    down = kitchen.until_logged("link_down", kitchen.logged("link_down"))
    deadline = time.monotonic() + 2
    while "token" not in down["reason"]:
        assert time.monotonic() < deadline, kitchen.device.log
        time.sleep(0.02)
        down = kitchen.device.until("link_down", kitchen.logged("link_down"))
    kitchen.server.refuses = None
    assert 5 <= down["retry_in"] <= 15


def test_a_press_while_disconnected_starts_no_session_and_dials_at_once(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    sessions = kitchen.logged("session_started")
    downs = kitchen.logged("link_down")
    visit.close(4_409)
    kitchen.until_logged("link_down", downs + 1)
    kitchen.press()
    pressed = time.monotonic()
    again = kitchen.returns(2).greet()
    assert time.monotonic() - pressed < 1
    time.sleep(0.3)
    assert not again.messages("hotword_detected")
    assert kitchen.logged("session_started") == sessions


def test_a_server_killed_in_its_reply_is_rejoined_and_asked_again(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    ends = kitchen.logged("session_end", reason="disconnect")
    kitchen.press_for_session()
    utterance_id = visit.speak(tone(2.0, 4_200), end=False)
    began = visit.until("playback_progress", utterance_id=utterance_id).at
    time.sleep(0.4)
    visit.kill()
    killed = time.monotonic()
    again = kitchen.returns().greet()
    time.sleep(0.5)
    assert kitchen.heard(4_200) < killed - began + 0.5
    assert kitchen.logged("session_end", reason="disconnect") == ends + 1
    with kitchen.session():
        second = again.speak(tone(0.2, 4_300))
        again.until("playback_complete", utterance_id=second)
    assert kitchen.logged("session_end", reason="disconnect") == ends + 1
    assert not again.messages("playback_complete", utterance_id=utterance_id)


def test_a_server_that_no_longer_answers_is_left_within_6_seconds(kitchen: Kitchen) -> None:
    visit = kitchen.visit
    downs = kitchen.logged("link_down")
    visit.stop_listening()
    began = time.monotonic()
    kitchen.until_logged("link_down", downs + 1)
    assert time.monotonic() - began < 6.5
    kitchen.returns().greet()
    visit.over.set()


def test_an_older_server_has_a_whole_conversation(kitchen: Kitchen) -> None:
    kitchen.server.knows_tars = False
    kitchen.visit.kill()
    time.sleep(0.1)
    kitchen.press()
    visit = kitchen.returns()
    kitchen.server.knows_tars = True
    time.sleep(0.3)
    ends = kitchen.logged("session_end")
    kitchen.press()
    visit.until_audio(SECOND // 2)
    assert visit.heard[0].what == {"type": "hotword_detected"}
    visit.say("start_of_tts_stream")
    visit.send(tone(0.3, 4_400))
    visit.say("tts_stream_end")
    visit.until("playback_complete")
    assert kitchen.heard(4_400) == pytest.approx(0.3, abs=0.03)
    visit.say("start_of_tts_stream")
    visit.send(tone(0.3, 4_500))
    visit.say("tts_stream_end")
    visit.until("playback_complete", 2)
    visit.say("session_end")
    kitchen.until_logged("session_end", ends + 1)
    assert {bare(each) for each in visit.heard if each.type != "binary"} == {
        "{'type': 'hotword_detected'}",
        "{'type': 'playback_complete'}",
    }
    visit.close(1_001)
    visit.wait_until_gone()


def bare(message: Heard) -> str:
    return str(message.what)


# --- sessions that outlive their link


@contextlib.contextmanager
def resuming(folder: Path, *flags: str) -> Iterator[tuple[Kitchen, bytes]]:
    """A device with a resume window, and all that its microphone will hear."""
    said = room(12.0)
    microphone = write_wav(folder / "said.wav", said)
    spoken = folder / "spoken.wav"
    with (
        strange_server() as server,
        tars_pi(
            folder, server.url, microphone, "--speaker", f"wav:{spoken}", "--session.resume-window", "10", *flags
        ) as device,
    ):
        kitchen = Kitchen(server, device, spoken)
        assert "resume" not in kitchen.visit.heard[0].what
        device.until("microphone_open")
        yield kitchen, bytes(2 * SECOND) + said  # there is silence before the file, as far as the pre-roll goes


def test_a_session_goes_on_over_the_next_link_to_the_byte(tmp_path: Path) -> None:
    with resuming(tmp_path) as (kitchen, said):
        first = kitchen.visit
        session_id = kitchen.press_for_session()
        received = len(first.until_audio(SECOND))
        first.say("audio_ack", session_id=session_id, received_bytes=received)
        pcm = tone(1.5, 4_600)
        utterance_id = first.speak(pcm[:16_000], session_id=session_id, end=False)
        first.until("playback_progress", utterance_id=utterance_id)
        received = len(first.audio()) // 1_000 * 1_000  # the rest is lost on its way
        first.kill()
        second = kitchen.returns()
        assert second.until("hello")["resume"] == {
            "session_id": session_id,
            "playback": {"utterance_id": utterance_id, "received_bytes": 16_000},
        }
        time.sleep(1)
        second.greet(resumed={"session_id": session_id, "audio_received_bytes": received})
        second.say("start_of_tts_stream", utterance_id=utterance_id, rate=16_000, channels=1, width=2)
        for at in range(16_000, len(pcm), 3_200):
            second.send(pcm[at : at + 3_200])
        second.say("tts_stream_end", utterance_id=utterance_id, total_bytes=len(pcm))
        second.until("playback_complete", utterance_id=utterance_id)
        heard = first.audio()[:received] + second.audio()
        assert heard in said
        assert not second.messages("hotword_detected")
        assert kitchen.heard(4_600) == pytest.approx(1.5, abs=0.03)
        assert kitchen.logged("session_suspended") == kitchen.logged("session_resumed") == 1
        assert kitchen.logged("session_end") == 0


def test_an_interruption_during_the_cut_is_told_afterwards(tmp_path: Path) -> None:
    with resuming(tmp_path) as (kitchen, _):
        first = kitchen.visit
        session_id = kitchen.press_for_session()
        utterance_id = first.speak(tone(3.0, 4_700), session_id=session_id, end=False)
        first.until("playback_progress", utterance_id=utterance_id)
        received = len(first.audio())
        first.kill()
        second = kitchen.returns()
        second.until("hello")
        kitchen.press()
        kitchen.until_logged("playback_interrupted", 1)
        second.greet(resumed={"session_id": session_id, "audio_received_bytes": received})
        assert second.until("interrupt")["utterance_id"] == utterance_id
        assert second.messages("playback_progress", utterance_id=utterance_id)
        second.say("stop_playback", utterance_id=utterance_id)
        assert kitchen.heard(4_700) < 2.9


def test_a_session_goes_on_from_its_first_byte_and_not_from_half_a_sample(tmp_path: Path) -> None:
    with resuming(tmp_path) as (kitchen, said):
        first = kitchen.visit
        session_id = kitchen.press_for_session()
        received = len(first.until_audio(SECOND))
        first.kill()
        second = kitchen.returns().greet(resumed={"session_id": session_id, "audio_received_bytes": 0})
        assert second.until_audio(received + SECOND)[:received] == first.audio()[:received]
        assert second.audio() in said
        assert not second.messages("hotword_detected")
        second.kill()
        third = kitchen.returns().greet(resumed={"session_id": session_id, "audio_received_bytes": 999})
        assert third.until("session_end", session_id=session_id)["reason"] == "disconnect"
        assert third.audio() == b""
        assert kitchen.until_logged("session_end", 1)["reason"] == "disconnect"


def test_a_session_that_the_server_does_not_keep_ends(tmp_path: Path) -> None:
    with resuming(tmp_path) as (kitchen, _):
        kitchen.press_for_session()
        kitchen.visit.kill()
        second = kitchen.returns().greet()
        assert kitchen.until_logged("session_end", 1)["reason"] == "disconnect"
        time.sleep(0.3)
        assert second.audio() == b""
        assert not second.messages("session_end")


def test_a_session_of_which_the_server_never_heard_is_told_again_from_its_beginning(tmp_path: Path) -> None:
    with resuming(tmp_path) as (kitchen, said):
        first = kitchen.visit
        within(HANG, kitchen._is_up, "the link is up")
        kitchen.press()
        session_id = first.until("hotword_detected")["session_id"]
        first.kill()
        second = kitchen.returns().greet()
        assert second.until("hotword_detected")["session_id"] == session_id
        assert second.until_audio(SECOND) in said
        second.say("session_started", session_id=session_id)
        second.say("session_end", session_id=session_id, reason="goodbye")
        assert kitchen.until_logged("session_end", 1)["reason"] == "goodbye"


# --- questions without a server


def test_a_question_without_a_server_is_asked_when_there_is_one(tmp_path: Path) -> None:
    said = room(5.0, (ASKED, "en-us+robert", QUESTION))
    microphone = write_wav(tmp_path / "said.wav", said)
    spoken = tmp_path / "spoken.wav"
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    with tars_pi(
        tmp_path,
        f"ws://127.0.0.1:{port}/",
        microphone,
        "--speaker",
        f"wav:{spoken}",
        "--session.offline-questions",
    ) as device:
        device.until("offline_question_kept")
        with strange_server(port) as server:
            visit = server.visit().greet()
            begin = visit.until("hotword_detected")
            visit.say("session_started", session_id=begin["session_id"])
            question = visit.until_audio(3 * SECOND)[: 3 * SECOND]
            assert question in said
            spoken_from, spoken_to = (ASKED * SECOND + at for at in voiced(speak(QUESTION, "en-us+robert")))
            start = said.index(question)
            assert start < spoken_from
            assert start + len(question) > spoken_to
            answer = visit.speak(tone(0.3, 4_800))
            visit.until("playback_complete", utterance_id=answer)
    assert heard_of(spoken, 4_800) == pytest.approx(0.3, abs=0.03)
    assert device.until("offline_question_asked")["seconds"] < HANG


def test_a_question_that_nobody_came_for_is_given_up_and_said_so(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    microphone = write_wav(tmp_path / "said.wav", room(4.5, (ASKED, "en-us+robert", QUESTION)))
    with tars_pi(
        tmp_path, "ws://127.0.0.1:9/", microphone, "--speaker", f"wav:{spoken}", "--session.offline-questions",
        "--session.offline-max-age", "1", "--exit-after-input",
    ) as device:  # fmt: skip
        device.until("offline_question_given_up")
        assert device.process.wait(HANG) == 3
    assert [line["event"] for line in device.events if line["event"].startswith("offline_question")] == [
        "offline_question_recording", "offline_question_kept", "offline_question_given_up",
    ]  # fmt: skip
    assert loudest(spoken) > 500


# --- programs of their own


def test_a_server_that_comes_later_is_joined(tmp_path: Path, quiet: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    with tars_pi(tmp_path, f"ws://127.0.0.1:{port}/", quiet, "--speaker", f"wav:{spoken}") as device:
        first = device.until("link_down")
        assert first["retry_in"] < 0.3
        device.until("microphone_open")
        os.kill(device.process.pid, signal.SIGUSR1)
        device.until("link_down", 3)
        with strange_server(port) as server:
            visit = server.visit().greet()
            assert not visit.messages("hotword_detected")
            device.process.send_signal(signal.SIGTERM)
            assert device.process.wait(HANG) == 0
    assert loudest(spoken) > 500, "no sound told the person that nothing was sent"


def test_a_server_that_accepts_and_says_nothing_is_given_up(tmp_path: Path, quiet: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(HANG)
        url = f"ws://127.0.0.1:{mute.getsockname()[1]}/"
        with tars_pi(tmp_path, url, quiet, "--speaker", "null") as device:
            first, _ = mute.accept()
            second, _ = mute.accept()
            first.close()
            second.close()
            assert device.until("link_down")["reason"]


def test_a_hotword_without_a_server_is_told_so_and_the_program_ends(tmp_path: Path) -> None:
    spoken = tmp_path / "spoken.wav"
    microphone = write_wav(tmp_path / "said.wav", room(3.5, (ASKED, "en-us+robert", QUESTION)))
    with tars_pi(
        tmp_path, "ws://127.0.0.1:9/", microphone, "--speaker", f"wav:{spoken}", "--exit-after-input"
    ) as device:
        device.until("hotword")
        assert device.process.wait(HANG) == 3
    assert "session_started" not in [line["event"] for line in device.events]
    assert loudest(spoken) > 500


def test_a_file_without_a_hotword_ends_the_program_and_is_told(tmp_path: Path, quiet: Path) -> None:
    with (
        strange_server() as server,
        tars_pi(tmp_path, server.url, quiet, "--speaker", "null", "--exit-after-input") as device,
    ):
        visit = server.visit().greet()
        assert device.process.wait(HANG) == 4, device.log
        visit.wait_until_gone()
        assert visit.code_of_the_device() == 1_000
        assert [each.type for each in visit.heard] == ["hello"]


@pytest.mark.alone
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_session_and_the_link_in_good_order(
    tmp_path: Path, quiet: Path, sent: signal.Signals
) -> None:
    in_session = sent is signal.SIGTERM
    with strange_server() as server, tars_pi(tmp_path, server.url, quiet, "--speaker", "null") as device:
        visit = server.visit().greet()
        device.until("link_up")
        if in_session:
            os.kill(device.process.pid, signal.SIGUSR1)
            session_id = visit.until("hotword_detected")["session_id"]
            visit.speak(tone(2.0, 500))
            visit.until("playback_progress")
        device.process.send_signal(sent)
        began = time.monotonic()
        assert device.process.wait(HANG) == 0
        assert time.monotonic() - began < 2
        visit.wait_until_gone()
        assert visit.code_of_the_device() == 1_000
        if in_session:
            assert visit.until("session_end", session_id=session_id)["reason"] == "device"
        else:
            assert not visit.messages("session_end")


@pytest.mark.alone
def test_the_link_is_up_within_a_second_of_the_start(tmp_path: Path, quiet: Path) -> None:
    taken = []
    with strange_server() as server:
        for _ in range(3):  # the best, because other programs use this machine too
            began = time.monotonic()
            with tars_pi(tmp_path, server.url, quiet, "--speaker", "null"):
                taken.append(server.visit().until("hello").at - began)
            if taken[-1] < 1:
                break
    assert min(taken) < 1, taken


def test_a_mistake_in_the_flags_gets_one_sentence(tmp_path: Path, quiet: Path) -> None:
    wav = f"wav:{quiet}"
    (tmp_path / "not.wav").write_text("not a recording")
    (tmp_path / "bad.toml").write_text("colour = 'red'\n")
    (tmp_path / "broken.toml").write_text("colour = \n")
    mistakes = {
        "unknown hotword": (("--hotword", "hey_nobody", "--microphone", wav), "hey_nobody"),
        "no such model": (("--hotword", str(tmp_path / "no.onnx"), "--microphone", wav), "no.onnx"),
        "missing wav": (("--microphone", f"wav:{tmp_path}/none.wav"), "none.wav"),
        "not a wav": (("--microphone", f"wav:{tmp_path}/not.wav"), "not.wav"),
        "no folder for the speaker": (
            ("--microphone", wav, "--speaker", f"wav:{tmp_path}/no/where.wav"),
            "where.wav",
        ),
        "bad url": (("--microphone", wav, "--server", "http://127.0.0.1:1/"), "http://127.0.0.1:1/"),
        "no url": (("--microphone", wav, "--server", "kitchen"), "kitchen"),
        "bad port": (("--microphone", wav, "--server", "ws://127.0.0.1:99999/"), "99999"),
        "bad device id": (("--microphone", wav, "--device-id", "my kitchen"), "my kitchen"),
        "long device id": (("--microphone", wav, "--device-id", "x" * 65), "64"),
        "unknown key": (("--microphone", wav, "--config", f"{tmp_path}/bad.toml"), "colour"),
        "broken file": (("--microphone", wav, "--config", f"{tmp_path}/broken.toml"), "broken.toml"),
        "missing file": (("--microphone", wav, "--config", f"{tmp_path}/none.toml"), "none.toml"),
        "unknown flag": (("--microphone", wav, "--colour", "red"), "--colour"),
        "not a number": (("--microphone", wav, "--detector.threshold", "high"), "high"),
    }
    with ThreadPoolExecutor(2) as pool:
        said = dict(
            zip(
                mistakes,
                pool.map(functools.partial(mistake, tmp_path), [flags for flags, _ in mistakes.values()]),
                strict=True,
            )
        )
    wrong = {name: said[name] for name, (_, word) in mistakes.items() if word not in said[name]}
    assert not wrong


def mistake(folder: Path, flags: tuple[str, ...]) -> str:
    """What was said, or what was wrong with how it was said."""
    speaker = () if "--speaker" in flags else ("--speaker", "null")
    try:
        return fails("--log-format", "json", *speaker, *flags, folder=folder)
    except AssertionError as error:
        return f"not one sentence: {error}".replace(str(flags[-1]), "…")
