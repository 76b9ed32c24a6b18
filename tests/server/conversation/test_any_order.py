"""Whatever happens, in whatever order: no session is stuck, none ends twice, no bug comes up."""

from typing import Any

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from tars.server.conversation.policy import SessionPolicy
from tests.server.fakes import FakeListening, FakeProviders, HandDevice
from tests.server.house import House, open_house
from tests.support.virtual import run_virtual

QUESTIONS = ("what time is it", "goodbye", "", "tell me a very long story about the sea")
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 400)),
    st.tuples(st.just("hotword"), st.sampled_from(["s1", "s2", "s3"])),
    st.tuples(st.just("audio"), st.integers(1, 30)),
    st.tuples(st.sampled_from(["start", "pause", "resume", "partial", "utter"]), st.sampled_from(QUESTIONS)),
    st.tuples(
        st.sampled_from(["played", "progress", "interrupt", "end", "die", "toggle", "wind down"]), st.just("")
    ),
    st.tuples(st.sampled_from(["drop", "leave", "take over"]), st.sampled_from(["", "s1", "s2", "s3"])),
)
LINKS = ("drop", "leave", "take over")


async def act(house: House, device: HandDevice, kind: str, what: Any) -> None:
    opened = house.providers.recogniser.opened
    if kind == "wait":
        await trio.sleep(what / 10)
    elif kind == "hotword":
        await device.send(type="hotword_detected", session_id=what, hotword="hey_jarvis", score=1.0)
    elif kind == "audio":
        await device.speak(what * 0.08, burst=True)
    elif kind in ("played", "progress", "interrupt"):
        starts = device.all("start_of_tts_stream")
        utterance = starts[-1]["utterance_id"] if starts else "none"
        if kind == "played":
            await device.send(type="playback_complete", utterance_id=utterance)
        elif kind == "progress":
            await device.send(type="playback_progress", utterance_id=utterance, played_bytes=len(device.audio()))
        else:
            await device.send(type="interrupt")
    elif kind == "end":
        session = house.devices["kitchen"].session
        await device.send(type="session_end", session_id=session.session_id if session else "s1", reason="device")
    elif kind == "wind down":
        if (session := house.devices["kitchen"].session) is not None:
            session.wind_down(2.0)
    elif kind == "toggle":
        house.providers.brain.fails = not house.providers.brain.fails
    elif opened:
        hear(opened[-1], kind, what)


def hear(ears: FakeListening, kind: str, text: str) -> None:
    match kind:
        case "start":
            ears.start()
        case "pause":
            ears.pause(text)
        case "resume":
            ears.resume()
        case "partial":
            ears.partial(text)
        case "utter":
            ears.utter(text)
        case "die":
            ears.dead.set()


async def lose(house: House, device: HandDevice, kind: str, session: str) -> HandDevice:
    """End the link; the next one goes on with that session, or with none."""
    check_streams(device)
    if kind != "take over":
        await device.connection.close()
    if kind == "leave":
        await trio.sleep(12)
    again = await house.dial()
    starts = device.all("start_of_tts_stream")
    playback = {"utterance_id": starts[-1]["utterance_id"], "received_bytes": 1_600} if starts else None
    resume = {"session_id": session, **({"playback": playback} if playback else {})}
    await again.hello("kitchen", **({"resume": resume} if session else {}))
    return again


def check_streams(device: HandDevice) -> None:
    """Audio comes only between the start and the end of its utterance, and amounts to what the end says."""
    utterance, received = None, 0
    for frame in device.heard:
        if isinstance(frame, bytes):
            assert utterance is not None, "audio without an utterance"
            received += len(frame)
        elif frame["type"] == "start_of_tts_stream":
            assert utterance is None, "two utterances at once"
            utterance, received = frame["utterance_id"], 0
        elif frame["type"] == "tts_stream_end":
            assert frame["utterance_id"] == utterance
            assert frame["total_bytes"] in (received, received + 1_600)  # where it went on after so many
            utterance = None


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEPS, max_size=40), window=st.sampled_from([0.0, 10.0]), schedule=st.random_module())
def test_every_session_that_starts_ends_once_and_leaves_nothing(
    steps: list[tuple[str, Any]], window: float, schedule: object
) -> None:
    providers = FakeProviders()
    providers.brain.takes = 0.3

    async def story() -> None:
        policy = SessionPolicy(ear_failures=3, resume_window=window)
        async with open_house(providers=providers, policy=policy) as house:
            device = await house.dial()
            await device.hello("kitchen")
            for kind, what in steps:
                if kind in LINKS:
                    device = await lose(house, device, kind, what)
                else:
                    await act(house, device, kind, what)
            await trio.sleep(120)  # every state has a limit: in the end nobody speaks, and the session is over
            check_streams(device)
            assert house.devices["kitchen"].session is None
            started = [event["session_id"] for event in house.events("session_started")]
            ended = [event["session_id"] for event in house.events("session_end")]
            assert started == ended
            assert not house.events("session_broken")
            assert not house.events("connection_failed")
            assert providers.recogniser.open_now == 0
            assert providers.brain.thinking == 0
            assert not device.lost.is_set()

    run_virtual(story, steps=200_000)
