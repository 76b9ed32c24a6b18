"""What is counted, where it happens."""

import itertools
from collections import Counter

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tars.messages import EndReason
from tars.server.conversation.trace import Moment, Speculation, TurnTrace
from tars.server.devices import Counters
from tars.server.limits import LimitSettings
from tars.server.metrics import LATENCIES, Disconnect, Histogram, Part, Refusal, Stage, Tally
from tests.server.fakes import FakeProviders
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual


@given(st.lists(st.floats(-1, 20)))
def test_a_histogram_counts_everything_once_and_under_the_right_bound(values: list[float]) -> None:
    histogram = Histogram(LATENCIES)
    for value in values:
        histogram.observe(value)
    assert sum(histogram.counts) == len(values)
    for bound, at_most in zip(LATENCIES, itertools.accumulate(histogram.counts), strict=False):
        assert at_most == sum(value <= bound for value in values)
    assert histogram.total == pytest.approx(sum(max(0.0, value) for value in values))


def test_a_turn_counts_for_the_stages_that_it_reached() -> None:
    tally, trace = Tally(), TurnTrace(100.0)
    trace.speculation = Speculation.USED
    for moment, at in (
        (Moment.SPEECH_END, 101.0), (Moment.ENDPOINT, 101.28), (Moment.TRANSCRIPT, 101.29),
        (Moment.BRAIN_FIRST_WORD, 101.1), (Moment.TTS_FIRST_BYTE, 101.3),
    ):  # fmt: skip
        trace.mark(moment, at)
    tally.turn(trace)
    assert tally.turns == {Speculation.USED: 1}
    assert {stage: sum(tally.stages[stage].counts) for stage in Stage} == {
        Stage.ENDPOINT: 1, Stage.TRANSCRIPT: 1, Stage.BRAIN: 1, Stage.VOICE: 1, Stage.PLAYBACK: 0, Stage.ANSWER: 0,
    }  # fmt: skip
    assert tally.stages[Stage.ENDPOINT].total == pytest.approx(0.28)
    assert tally.stages[Stage.BRAIN].total == 0  # it was ready before


async def one_loss_of_each_kind(house: House) -> None:
    leaves = await house.dial()
    await leaves.hello("leaves")
    await leaves.connection.close(1000, "the device stops")
    cut = await house.dial()
    await cut.hello("cut")
    house.network.wires[-1].cut()
    silent = await house.dial()
    await silent.hello("silent")
    house.network.wires[-1].set_stalled(True)
    ghost = await house.dial()
    await ghost.hello("twice")
    again = await house.dial()
    await again.hello("twice")
    rude = await house.dial()
    await rude.hello("rude")
    for _ in range(60):
        await rude.send("{")
    await rude.lost.wait()
    bug = await house.dial()
    await bug.hello("bug")
    house.providers.brain.bugs["boom"] = ValueError("boom")
    await bug.hotword()
    house.providers.recogniser.ears.hear("boom")
    await bug.lost.wait()
    await trio.sleep(10)


def test_every_loss_is_counted_with_its_reason_and_every_return_with_the_reason_of_the_absence() -> None:
    async def story() -> None:
        async with open_house() as house:
            tally = house.devices.tally
            await one_loss_of_each_kind(house)
            assert tally.disconnects == Counter(set(Disconnect) - {Disconnect.STOPPED})
            for name in ("leaves", "cut", "silent"):
                await (await house.dial()).hello(name)
            assert tally.reconnects == Counter(
                [Disconnect.TAKEN_OVER, Disconnect.LEFT, Disconnect.LOST, Disconnect.GIVEN_UP]
            )
            house.stop.leave()
            await house.stopped.wait()
            assert tally.disconnects[Disconnect.STOPPED] == 4
            levels = {entry["cause"]: entry["log_level"] for entry in house.events("device_disconnected")}
            assert levels == {cause.value: "warning" for cause in Disconnect} | {"left": "info", "stopped": "info"}

    run_virtual(story)


def test_refusals_are_counted() -> None:
    async def story() -> None:
        async with open_house(token="right", limits=LimitSettings(connections=1)) as house:
            with pytest.raises(Exception, match="token"):
                await house.dial(token="wrong")
            older = await house.dial(original=True)
            await older.lost.wait()
            await house.dial(token="right")
            await trio.sleep(6)
            first, second = await house.dial(token="right"), await house.dial(token="right")
            await first.hello("first")
            await second.send(type="hello", protocol=1, device_id="second")
            await second.lost.wait()
            assert house.devices.tally.refusals == {Refusal.TOKEN: 2, Refusal.NO_HELLO: 1, Refusal.FULL: 1}

    run_virtual(story)


def test_sessions_turns_failures_audio_and_round_trips_are_counted() -> None:
    async def story() -> None:
        providers = FakeProviders()
        async with open_house(providers=providers, delay=0.01) as house:
            tally, device = house.devices.tally, await house.dial()
            await device.hello()
            await device.hotword()
            providers.recogniser.ears.hear("hello")
            await device.played()
            await trio.sleep(0.1)
            for part, question in ((providers.brain, "what time is it"), (providers.voice, "and the date")):
                part.fails = True
                providers.recogniser.ears.hear(question)
                await device.next("error")
                part.fails = False
            providers.recogniser.ears.dead.set()
            await device.next("error")
            await device.speak(1.0)
            await device.send(b"odd")
            await trio.sleep(40)
            assert tally.failures == {Part.BRAIN: 1, Part.VOICE: 1, Part.EARS: 1}
            assert tally.sessions_ended == {EndReason.TIMEOUT: 1}
            assert sum(tally.turns.values()) == 2  # nobody knows whether the one without an answer was meant
            mean = tally.round_trips.total / sum(tally.round_trips.counts)
            assert 0.02 <= round(mean, 6) < 0.03  # sums of times are a little off
            assert sum(tally.round_trips.counts) >= 4
            await device.connection.close()
            totals = house.devices.totals()
            assert (totals.connections, totals.sessions, totals.bad_messages) == (1, 1, 1)
            assert totals.audio_bytes == 32_000 // 2560 * 2560
            assert totals.audio_bytes_sent == len(device.audio())

    run_virtual(story)


def test_totals_are_of_every_counter() -> None:
    totals, ones = Counters(), Counters(**dict.fromkeys(attrs.fields_dict(Counters), 1))
    totals.add(ones)
    totals.add(ones)
    assert set(attrs.asdict(totals).values()) == {2}


def test_a_device_that_is_forgotten_takes_nothing_of_the_totals_with_it() -> None:
    async def story() -> None:
        async with open_house(limits=LimitSettings(devices=2)) as house:
            for number in range(5):
                device = await house.dial()
                await device.hello(f"device-{number}")
                await device.connection.close()
                await trio.sleep(0.1)
            assert len(list(house.devices)) == 2
            assert house.devices.totals().connections == 5

    run_virtual(story)
