from pathlib import Path

import pytest
import trio
from structlog.testing import capture_logs

from tars.errors import UserError
from tars.pi.hotword import Detection, HotwordListener, open_hotword
from tars.pi.hotword.detector import Detector
from tests.support.limits import HANG
from tests.support.voices import in_room, noise, silence, speak

pytestmark = pytest.mark.trio
WORD = in_room(speak("hey jarvis", "en-us+m6"), rms=20, before=0.3, after=1.0)


async def heard(listener: HotwordListener) -> Detection:
    with trio.fail_after(HANG):
        return await listener.detections.receive()


@pytest.mark.parametrize("size", [640, 2560, 641, 100_000])
async def test_a_hotword_is_heard_whatever_the_size_of_the_blocks(size: int) -> None:
    async with open_hotword(["hey jarvis"]) as listener:
        await listener.ready.wait()
        for start in range(0, len(WORD), size):
            listener.offer(WORD[start : start + size])
        found = await heard(listener)
    assert found.hotword == "hey_jarvis"
    assert found.score >= 0.5
    assert found.position % 2560 == 0
    assert 0.9 * 32_000 < found.position < 1.5 * 32_000


async def test_what_is_said_while_the_models_load_is_heard_unless_it_is_older_than_two_seconds() -> None:
    async with open_hotword() as listener:
        listener.offer(WORD + silence(4) + WORD)  # at once: the thread has not even imported onnxruntime
        assert not listener.ready.is_set()
        found = await heard(listener)
        assert listener.ready.is_set()
    assert found.position > len(WORD) + 4 * 32_000


async def test_a_file_that_is_no_model_reaches_the_owner(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no")
    with pytest.RaisesGroup(pytest.RaisesExc(UserError, match=r"broken\.onnx")):
        async with open_hotword([str(broken)]):
            await trio.sleep_forever()


async def test_an_unknown_name_is_refused_before_anything_starts() -> None:
    with pytest.raises(UserError, match="no hotword 'computer'"):
        async with open_hotword(["computer"]):
            pytest.fail("opened")


async def test_a_bug_in_the_thread_reaches_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Detector, "listen", fail)
    with pytest.RaisesGroup(ZeroDivisionError):
        async with open_hotword() as listener:
            listener.offer(silence(0.1))
            await trio.sleep_forever()


async def test_it_may_be_left_while_the_models_load() -> None:
    with trio.fail_after(HANG):
        async with open_hotword() as listener:
            listener.offer(WORD)


@pytest.mark.parametrize("busy", [False, True])
async def test_it_stops_at_once_waiting_or_working_by_leaving_or_by_cancelling(busy: bool) -> None:
    for cancel in (False, True):
        with trio.CancelScope() as scope:
            async with open_hotword(gate=False) as listener:
                await listener.ready.wait()
                if busy:
                    listener.offer(noise(2, 500))
                left = trio.current_time()
                if cancel:
                    scope.cancel()
                    await trio.lowlevel.checkpoint()
        assert trio.current_time() - left < 0.1 + 0.4  # 0.1 is the aim; the rest is for a loaded machine


async def test_an_owner_that_does_not_read_gets_what_was_first_and_the_rest_is_said_in_the_log() -> None:
    with capture_logs() as logs:
        async with open_hotword(cooldown=0.0) as listener:
            await listener.ready.wait()
            with trio.fail_after(HANG):
                while not (unread := [line for line in logs if line["event"] == "hotword_unread"]):
                    listener.offer(WORD)
                    await trio.sleep(0.05)
            first = [listener.detections.receive_nowait() for _ in range(4)]
    assert unread[0] == {"event": "hotword_unread", "hotword": "hey_jarvis", "log_level": "warning"}
    assert first == sorted(first, key=lambda found: found.position)


async def test_a_machine_too_slow_for_the_models_is_said_in_the_log_though_nothing_is_heard() -> None:
    with capture_logs() as logs:
        async with open_hotword() as listener:
            listener.offer(silence(5))
            await listener.ready.wait()
            assert not logs, "what is lost while the models load is nobody's fault"
            listener.offer(silence(10))
            listener.offer(silence(10))
    assert [line["event"] for line in logs] == ["hotword_too_slow"] * len(logs)
    assert 1 <= len(logs) <= 2


async def test_a_hotword_after_a_long_silence_wakes_a_dozing_thread_in_time() -> None:
    async with open_hotword() as listener:
        await listener.ready.wait()
        for block in range(60):  # the gate closes after four seconds
            listener.offer(noise(0.1, 5, seed=block))
            await trio.sleep(0.01)
        listener.offer(WORD)
        found = await heard(listener)
    assert 6.9 * 32_000 < found.position < 7.5 * 32_000
