"""Restarts: what is being said is finished or cut, and everyone is told when to come back, and does."""

import itertools
import random
import signal
from collections import Counter
from functools import partial

import attrs
import pytest
import trio

from tars.link import LinkLost, LinkState, Up, open_connection
from tars.messages import FromServer, Hello, Restarting, Welcome
from tars.pi.websocket_client import WebSocketClient
from tars.server.stopping import BACK_PER_SECOND, FIRST_BACK, Stop, comebacks
from tests.server.fakes import HandDevice
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

SHORT = "Just a second."
LONG = "This goes on for far longer than a server that is told to stop may wait for it."
FRAME = 0.08


async def listen_to(house: House, device: HandDevice, reply: str) -> None:
    """Be half a second into the playing of a reply."""
    await device.hello()
    await device.hotword()
    house.providers.brain.replies["go on"] = reply
    house.providers.recogniser.ears.hear("go on")
    await device.next("start_of_tts_stream")
    await trio.sleep(0.5)


def kinds(device: HandDevice, *wanted: str) -> list[str]:
    return [frame["type"] for frame in device.heard if isinstance(frame, dict) and frame["type"] in wanted]


def test_everyone_is_given_an_own_moment_and_then_sent_away() -> None:
    async def story() -> None:
        async with open_house() as house:
            devices = [await house.dial() for _ in range(3)]
            for number, device in enumerate(devices):
                await device.hello(f"device-{number}")
            older = await house.dial(original=True)
            await older.send(bytes(2))
            await trio.sleep(0.1)
            house.stop.restart()
            for device in (*devices, older):
                await device.lost.wait()
            assert [device.code for device in (*devices, older)] == [1001] * 4
            moments = sorted(device.all("restarting")[0]["retry_after_s"] for device in devices)
            assert moments == pytest.approx([FIRST_BACK + place / BACK_PER_SECOND for place in range(3)], abs=0.03)
            assert not older.all("restarting")
            with pytest.raises(LinkLost, match="refused"):
                await house.dial()
            await house.stopped.wait()

    run_virtual(story)


def test_an_answer_that_is_nearly_over_is_finished_and_the_others_do_not_wait_for_it() -> None:
    async def story() -> None:
        async with open_house() as house:
            talking, idle = await house.dial(), await house.dial()
            await listen_to(house, talking, SHORT)
            await idle.hello("study")
            asked = trio.current_time()
            house.stop.restart()
            await idle.lost.wait()
            assert trio.current_time() - asked < 0.1
            await talking.next("tts_stream_end")
            assert len(talking.audio()) == len(SHORT) * 3200
            await trio.sleep(1.0)
            await talking.send(
                type="playback_complete", utterance_id=talking.all("start_of_tts_stream")[0]["utterance_id"]
            )
            said = trio.current_time()
            await talking.lost.wait()
            assert trio.current_time() - said < 0.1
            assert kinds(talking, "stop_playback", "session_end", "restarting") == ["session_end", "restarting"]
            assert talking.all("session_end")[0]["reason"] == "shutdown"
            first = asked + idle.all("restarting")[0]["retry_after_s"]
            second = said + talking.all("restarting")[0]["retry_after_s"]
            assert 0 < second - first < 0.1  # the same server, and the one who was spoken to after the other
            await house.stopped.wait()

    run_virtual(story)


@pytest.mark.parametrize("comes_back", [True, False])
def test_an_older_device_that_is_spoken_to_hears_the_end_of_it_and_of_its_session(comes_back: bool) -> None:
    """What has a beginning and no end would keep its microphone shut for ever."""

    async def story() -> None:
        async with open_house() as house:
            house.providers.brain.replies["tell me everything"] = "word " * 100
            device = await house.dial(original=True)
            await device.next("session_end")
            await device.send(type="hotword_detected")
            await device.speak(0.4)
            house.providers.recogniser.ears.hear("tell me everything")
            await device.next("start_of_tts_stream")
            await trio.sleep(1.0)
            if comes_back:
                house.stop.restart()
            else:
                house.stop.leave()
            await device.lost.wait()
            said = [frame["type"] for frame in device.heard if isinstance(frame, dict)]
            assert said == ["session_end", "start_of_tts_stream", "tts_stream_end", "session_end"]
            assert device.code == 1001
            await house.stopped.wait()

    run_virtual(story)


def test_a_question_under_way_gets_no_answer_any_more_and_an_interruption_no_new_turn() -> None:
    async def story() -> None:
        async with open_house() as house:
            talking, thinking = await house.dial(), await house.dial()
            await listen_to(house, talking, SHORT)
            house.providers.brain.takes = 1.0
            await thinking.hello("study")
            await thinking.hotword("s2")
            house.providers.recogniser.ears.hear("go on")
            await trio.sleep(0.1)
            house.stop.restart()
            await thinking.lost.wait()
            assert thinking.all("session_end")[0]["reason"] == "shutdown"
            await talking.send(type="interrupt")
            await talking.lost.wait()
            assert kinds(talking, "stop_playback", "session_end", "restarting") == [
                "stop_playback", "session_end", "restarting",
            ]  # fmt: skip
            await house.stopped.wait()

    run_virtual(story)


@pytest.mark.parametrize("how", ["restart", "leave"])
def test_a_long_answer_is_cut_cleanly(how: str) -> None:
    async def story() -> None:
        async with open_house() as house:
            device = await house.dial()
            await listen_to(house, device, LONG if how == "restart" else SHORT)
            asked = trio.current_time()
            getattr(house.stop, how)()
            await device.lost.wait()
            assert trio.current_time() - asked < 0.1
            assert device.code == 1001
            assert kinds(device, "tts_stream_end", "stop_playback", "session_end", "restarting") == [
                "tts_stream_end",
                "stop_playback",
                "session_end",
                *(["restarting"] if how == "restart" else []),
            ]
            assert device.all("tts_stream_end")[0]["total_bytes"] == len(device.audio())
            await house.stopped.wait()

    run_virtual(story)


def test_it_is_over_in_time_whatever_the_devices_do() -> None:
    async def story() -> None:
        async with open_house() as house:
            playing, stuck, mute = [await house.dial() for _ in range(3)]
            await listen_to(house, playing, SHORT)  # and will never say that it has heard it all
            await stuck.hello("stuck")
            await stuck.hotword("s2")
            house.network.wires[1].set_stalled(True)
            house.network.wires[2].set_stalled(True)  # and has not even said hello
            half = await house.network.open_stream()
            await half.send_all(b"GET / HTTP/1.1\r\n")
            asked = trio.current_time()
            house.stop.restart()
            await house.stopped.wait()
            assert trio.current_time() - asked < 4
            assert mute.code is None

    run_virtual(story)


def test_the_first_to_ask_says_how() -> None:
    for first, second, comes_back in ((15, 2, True), (2, 15, False)):
        stop = Stop()
        stop.on_signal(signal.Signals(first))
        stop.on_signal(signal.Signals(second))
        assert (stop.asked, stop.comes_back) == (True, comes_back)


def test_a_thousand_devices_come_back_within_30_s_and_never_15_in_100_ms() -> None:
    moments = comebacks(1000)
    assert moments[0] >= 1
    assert moments[-1] < 30
    assert max(Counter(int(moment * 10) for moment in moments).values()) <= 15


@attrs.define(eq=False)
class Watcher:
    """A device whose person has no patience."""

    client: WebSocketClient
    restarts: list[tuple[float, float]] = attrs.field(factory=list)
    """When it was told, and how long to stay away."""
    ups: list[float] = attrs.field(factory=list)

    def on_link_state(self, state: LinkState) -> None:
        if isinstance(state, Up):
            self.ups.append(trio.current_time())

    def on_connected(self, welcome: Welcome | None) -> None:
        pass

    def on_connection_lost(self, reason: str) -> None:
        pass

    def resume(self) -> None:
        return None

    def on_message(self, message: FromServer) -> None:
        if isinstance(message, Restarting):
            self.restarts.append((trio.current_time(), message.retry_after_s))

    def on_audio(self, pcm: bytes) -> None:
        pass


def test_a_fleet_comes_back_evenly_and_nobody_early_though_people_press_their_buttons() -> None:
    fleet = 100
    dials: dict[int, list[float]] = {number: [] for number in range(fleet)}

    async def story() -> None:
        async with open_house() as first, trio.open_nursery() as nursery:
            networks = [first.network]

            async def dial_the_present_server(number: int) -> trio.abc.Stream:
                dials[number].append(trio.current_time())
                return await networks[-1].open_stream()

            watchers = []
            for number in range(fleet):
                way = partial(open_connection, "ws://tars/", open_stream=partial(dial_the_present_server, number))
                hello = Hello(protocol=1, device_id=f"device-{number}")
                watchers.append(Watcher(WebSocketClient(way, hello, rng=random.Random(number))))
                watchers[-1].client.start(nursery, watchers[-1])
            await trio.sleep(15)  # so that every link is a stable one
            first.stop.restart()
            await first.stopped.wait()
            async with open_house() as second:
                networks.append(second.network)
                for _ in range(16):
                    await trio.sleep(0.5)
                    for watcher in watchers[::2]:
                        watcher.client.nudge()
                assert all(watcher.client.connected for watcher in watchers)
                for watcher, own in zip(watchers, dials.values(), strict=True):
                    told_at, stay_away = watcher.restarts[0]
                    assert len(own) == 2
                    assert 0 <= own[1] - (told_at + stay_away) < 0.4  # the moment, and a link's end to notice it
                nursery.cancel_scope.cancel()

    run_virtual(story, steps=2_000_000)
    back = Counter(int(own[1] * 10) for own in dials.values())
    assert max(back.values()) <= 15, back
    assert not [start for start, end in itertools.pairwise(sorted(back)) if end - start > 3], back


@pytest.mark.parametrize(
    ("number", "comes_back"),
    [(signal.SIGTERM, True), (signal.SIGHUP, True), (signal.SIGINT, False), (signal.SIGPIPE, False)],
)
def test_what_a_signal_says_of_coming_back(number: signal.Signals, comes_back: bool) -> None:
    stop = Stop()
    stop.on_signal(number)
    assert (stop.asked, stop.comes_back) == (True, comes_back)
