"""The protocol, as an outsider sees it over one link."""

import attrs
import pytest
import trio

from tars.link import LinkLost
from tests.server.house import open_house
from tests.support.virtual import run_virtual


def test_hello_is_answered_by_welcome() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            assert device.connection.subprotocol == "tars.v1"
            welcome = await device.hello("kitchen")
            assert welcome["protocol"] == 1
            assert welcome["device_id"] == "kitchen"
            assert welcome["server"].startswith("tars-server/")
            assert house.events("device_connected")[0]["device_id"] == "kitchen"

    run_virtual(story)


def test_no_hello_within_5_s_is_1008() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await trio.sleep(4)
            await device.send(type="hello", protocol=1, device_id="not a name")
            assert (await device.next("error"))["code"] == "bad_message"
            await device.lost.wait()
            assert device.code == 1008
            assert 5 <= trio.current_time() < 5.2

    run_virtual(story)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_message"),
        ("[1]", "bad_message"),
        ('{"type":5}', "bad_message"),
        ('{"type":"hotword_detected"}', "bad_message"),
        ('{"type":"make_coffee"}', "unknown_type"),
        ('{"type":"hello","protocol":1,"device_id":"kitchen"}', "bad_message"),
        ('{"type":"interrupt"}', "no_session"),
        ('{"type":"playback_complete","utterance_id":"u"}', "no_session"),
        ('{"type":"playback_progress","utterance_id":"u","played_bytes":5}', "no_session"),
        ('{"type":"session_end","session_id":"s","reason":"device"}', "no_session"),
        (b"odd", "bad_message"),
        (bytes(32 * 1024 + 2), "bad_message"),
    ],
)
def test_bad_input_gets_an_error_and_changes_nothing(frame: str | bytes, code: str) -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello()
            await device.send(frame)
            assert (await device.next("error"))["code"] == code
            assert not device.all("error")[0]["fatal"]
            await device.hotword()

    run_virtual(story)


def test_bad_input_during_a_session_changes_nothing_of_it() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello()
            await device.hotword("s1")
            await device.speak(0.4)
            for frame in (b"odd", "{", '{"type":"session_end","session_id":"another","reason":"device"}'):
                await device.send(frame)
                await device.next("error")
            await device.send(type="playback_complete", utterance_id="unheard-of")
            await device.send(type="interrupt")
            await device.speak(0.4)
            assert len(house.providers.recogniser.ears.fed) == 2 * 12_800
            assert house.devices["kitchen"].session is not None

    run_virtual(story)


def test_audio_outside_a_session_is_ignored() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.send(bytes(2560))
            await device.hello()
            await device.speak(1)
            assert not device.all("error")
            assert not house.providers.recogniser.opened

    run_virtual(story)


def test_51_bad_messages_within_10_s_are_too_many() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello()
            for _ in range(50):
                await device.send("{")
            await trio.sleep(11)
            assert len(device.all("error")) == 50
            for _ in range(51):
                await device.send("{")
            await device.lost.wait()
            assert device.code == 1008
            assert len(device.all("error")) == 101

    run_virtual(story)


def test_a_type_that_is_not_known_never_closes_a_link() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello()
            for number in range(150):
                await device.send(type=f"of_{2030 + number}")
                assert (await device.next("error"))["code"] == "unknown_type"
            await device.hotword()

    run_virtual(story)


def test_the_same_device_again_takes_over_from_its_ghost() -> None:
    async def story() -> None:
        async with open_house() as house:
            ghost = await house.dial()
            await ghost.hello("kitchen")
            await ghost.hotword("s1")
            house.network.wires[0].set_stalled(True)  # the cable is out; nobody has noticed yet
            again = await house.dial()
            before = trio.current_time()
            await again.hello("kitchen")
            assert trio.current_time() - before < 0.1
            await again.hotword("s2")
            assert [end["reason"] for end in house.events("session_end")] == ["disconnect"]
            house.network.wires[0].set_stalled(False)
            await ghost.send(bytes(2560))
            await ghost.lost.wait()
            assert ghost.code == 4409
            await again.speak(0.4)
            assert house.providers.recogniser.open_now == 1
            assert len(house.providers.recogniser.ears.fed) == 12_800
            assert len(house.events("device_disconnected")) == 1

    run_virtual(story)


def test_a_disconnect_without_a_session_is_one_line_and_nothing_else() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await device.hello("kitchen")
            house.log.clear()
            await device.connection.close()
            await trio.sleep(1)
            assert [entry["event"] for entry in house.log] == ["device_disconnected"]
            assert house.log[0]["device_id"] == "kitchen"
            assert house.devices["kitchen"].counters.connections == 1

    run_virtual(story)


@pytest.mark.parametrize("when", ["listening", "thinking", "speaking"])
def test_a_disconnect_ends_the_session_once_and_cancels_all_of_it(when: str) -> None:
    async def story() -> None:
        async with open_house() as house:
            providers = house.providers
            providers.brain.takes = 5.0 if when == "thinking" else 0.0
            device = await house.dial()
            await device.hello("kitchen")
            await device.hotword("s1")
            await device.speak(0.4)
            if when != "listening":
                providers.recogniser.ears.hear("a long story")
            await trio.sleep(1)
            house.network.wires[0].cut()
            await trio.sleep(0.5)
            assert [end["reason"] for end in house.events("session_end")] == ["disconnect"]
            assert providers.brain.thinking == 0
            assert providers.recogniser.open_now == 0
            assert house.devices["kitchen"].session is None
            await trio.sleep(60)
            assert len(house.events("session_end")) == 1
            again = await house.dial()
            await again.hello("kitchen")
            await again.hotword("s2")

    run_virtual(story)


def test_devices_do_not_touch_each_other() -> None:
    async def story() -> None:
        async with open_house() as house:
            kitchen, study = await house.dial(), await house.dial()
            await kitchen.hello("kitchen")
            await study.hello("study")
            await kitchen.hotword("k1")
            await study.hotword("t1")
            await study.speak(0.4)
            await kitchen.connection.close()
            await trio.sleep(1)
            session = house.devices["study"].session
            assert session is not None
            assert session.session_id == "t1"

    run_virtual(story)


def test_a_bug_ends_the_connection_of_one_device_only() -> None:
    async def story() -> None:
        async with open_house() as house:
            house.providers.brain.bugs["divide by cucumber"] = ZeroDivisionError()
            kitchen, study = await house.dial(), await house.dial()
            await kitchen.hello("kitchen")
            await study.hello("study")
            await kitchen.hotword("k1")
            await study.hotword("t1")
            await study.speak(0.4)
            kitchen_ears, study_ears = house.providers.recogniser.opened
            kitchen_ears.hear("divide by cucumber")
            assert (await kitchen.next("session_end"))["reason"] == "error"
            await kitchen.lost.wait()
            assert kitchen.code == 1011
            broken = house.events("session_broken")
            assert len(broken) == 1
            assert broken[0]["exc_info"]
            study_ears.hear("hello")
            await study.next("reply", final=True)

    run_virtual(story)


# Tokens


def test_the_right_token_in_the_header_is_enough() -> None:
    async def story() -> None:
        async with open_house(token="right") as house:
            await (await house.dial(token="right")).hello()

    run_virtual(story)


def test_a_wrong_token_in_the_header_is_401_before_the_upgrade() -> None:
    async def story() -> None:
        async with open_house(token="right") as house:
            with pytest.raises(LinkLost) as lost:
                await house.dial(token="wrong")
            assert lost.value.code == 401
            assert not list(house.devices)

    run_virtual(story)


def test_a_browser_brings_the_token_in_its_hello() -> None:
    async def story() -> None:
        async with open_house(token="right") as house:
            await (await house.dial()).hello(token="right")

    run_virtual(story)


@pytest.mark.parametrize("fields", [{}, {"token": "wrong"}])
def test_no_token_or_a_wrong_one_in_hello_is_4401(fields: dict[str, str]) -> None:
    async def story() -> None:
        async with open_house(token="right") as house:
            device = await house.dial()
            await device.send(type="hello", protocol=1, device_id="kitchen", **fields)
            await device.lost.wait()
            assert device.code == 4401
            assert not list(house.devices)
            assert "wrong" not in str([entry for entry in house.log if "token" in entry])

    run_virtual(story)


def test_an_older_device_needs_the_header() -> None:
    async def story() -> None:
        async with open_house(token="right") as house:
            device = await house.dial(original=True)
            await device.lost.wait()
            assert device.code == 4401

    run_virtual(story)


# Stopping


def test_stopping_says_goodbye_to_everyone_within_2_s() -> None:
    async def story() -> None:
        async with open_house() as house:
            kitchen, study = await house.dial(), await house.dial()
            silent = await house.dial()  # has not even said hello
            await kitchen.hello("kitchen")
            await study.hello("study")
            await study.hotword("t1")
            house.network.wires[0].set_stalled(True)  # and one does not answer
            before = trio.current_time()
            house.stop.leave()
            await house.stopped.wait()
            assert trio.current_time() - before < 2
            assert (await study.next("session_end"))["reason"] == "shutdown"
            await study.lost.wait()
            await silent.lost.wait()
            assert (study.code, silent.code) == (1001, 1001)

    run_virtual(story)


# Older devices


def test_an_older_device_holds_a_whole_conversation() -> None:
    async def story() -> None:
        async with open_house() as house:
            house.providers.voice.format = attrs.evolve(house.providers.voice.format, rate=22_050)
            device = await house.dial(original=True)
            assert device.connection.subprotocol is None
            await device.next("session_end")  # whatever it was in before
            for question in ("what time is it", "goodbye"):
                if question == "what time is it":
                    await device.send(type="hotword_detected")
                await device.speak(0.4)
                house.providers.recogniser.ears.hear(question)
                before = len(device.audio())
                await device.next("start_of_tts_stream")
                await device.next("tts_stream_end")
                letters = len(f"You said {question}.")
                assert abs((len(device.audio()) - before) / 32_000 - letters / 10) < 0.01
                await device.send(type="playback_complete")
            await device.next("session_end")
            kinds = [frame for frame in device.heard if isinstance(frame, dict)]
            stream = [{"type": "start_of_tts_stream"}, {"type": "tts_stream_end"}]
            assert kinds == [{"type": "session_end"}, *stream, *stream, {"type": "session_end"}]
            assert house.events("session_end")[0]["reason"] == "goodbye"

    run_virtual(story)


def test_a_second_hotword_of_an_older_device_begins_anew_without_ending_it() -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial(original=True)
            await device.send(type="hotword_detected")
            await device.speak(0.4)
            await device.send(type="hotword_detected")
            await device.speak(0.4)
            assert len(house.events("session_started")) == 2
            assert [end["reason"] for end in house.events("session_end")] == ["device"]
            assert len(device.all("session_end")) == 1  # the one of the beginning

    run_virtual(story)


def test_an_older_device_hears_first_of_all_that_no_session_goes_on() -> None:
    """Its server may have died while it spoke: it streams its microphone until it hears this."""

    async def story() -> None:
        async with open_house() as house:
            device = await house.dial(original=True)
            await device.speak(2.0)
            assert device.heard == [{"type": "session_end"}]
            await device.send(type="session_end")  # as it answers, where it was in one
            await device.send(type="playback_complete")  # of what the dead server said
            await device.send(type="hotword_detected")
            await device.speak(0.4)
            house.providers.recogniser.ears.hear("what time is it")
            await device.next("tts_stream_end")
            present = await house.dial()
            await present.hello("kitchen")
            await present.speak(2.0)
            assert not present.all("session_end")

    run_virtual(story)


def test_an_older_device_that_speaks_of_what_is_over_makes_no_mistake() -> None:
    """It answers each `session_end` with its own, plays what it has to the end, and cannot say which it means."""

    async def story() -> None:
        async with open_house() as house:
            device = await house.dial(original=True)
            for _ in range(3):
                await device.send(type="session_end")
                await device.send(type="playback_complete")
                await device.send(type="hotword_detected")
                await device.speak(0.4)
                await device.send(type="playback_complete")
                house.providers.recogniser.ears.hear("what time is it")
                await device.next("tts_stream_end")
                await device.send(type="session_end")
                await device.send(type="playback_complete")
            await device.send(type="no such type")
            await device.speak(0.4)
            (known,) = house.devices
            assert known.counters.bad_messages == 1, house.events("bad_message")
            assert device.code is None

    run_virtual(story)


def test_a_long_reply_is_never_far_ahead_of_an_older_devices_loudspeaker() -> None:
    """It keeps all that it is sent, and tells nothing until it has played it."""

    async def story() -> None:
        async with open_house() as house:
            house.providers.brain.replies["tell me everything"] = "word " * 200
            device = await house.dial(original=True)
            await device.send(type="hotword_detected")
            await device.speak(0.4)
            house.providers.recogniser.ears.hear("tell me everything")
            await device.next("start_of_tts_stream")
            began, lead = trio.current_time(), 0.0
            while not device.all("tts_stream_end"):
                await trio.sleep(0.5)
                lead = max(lead, len(device.audio()) / 32_000 - (trio.current_time() - began))
            assert len(device.audio()) / 32_000 == pytest.approx(100, abs=0.5)
            assert lead < 2.5
            await trio.sleep(len(device.audio()) / 32_000 - (trio.current_time() - began))
            await device.send(type="playback_complete")
            await device.speak(0.4)
            assert [event["ended_by"] for event in house.events("turn")] == ["reply_over"]

    run_virtual(story)


def test_older_devices_are_named_after_their_address() -> None:
    async def story() -> None:
        async with open_house() as house:
            for _ in range(2):
                await house.dial(original=True)
            await trio.sleep(1)
            assert [device.device_id for device in house.devices if device.link] == ["memory", "memory-2"]

    run_virtual(story)
