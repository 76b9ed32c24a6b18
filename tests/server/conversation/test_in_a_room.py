"""Whole conversations with real recognition, voice and brain, in a room whose time is virtual."""

import random
from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio

from tars.audio.formats import MICROPHONE
from tars.server.brains.offline import OfflineBrain
from tars.server.conversation.policy import SessionPolicy
from tests.server.conversation.room import HeardProviders, InlineRecogniser, Room
from tests.server.house import House, open_house
from tests.server.stt.hearing import Hearing
from tests.server.stt.hearing import hearing as loaded
from tests.support.profile import SOAK
from tests.support.virtual import run_virtual
from tests.support.voices import VOICES, mix, noise, silence, speak

pytestmark = pytest.mark.real

Story = Callable[[House, Room], Awaitable[None]]
PRE_ROLL, PIECE = MICROPHONE.bytes_in(1.5), MICROPHONE.bytes_in(0.25)
QUESTIONS = ("what time is it", "what is two plus two", "are you there", "what can you do")
ECHOES = [(step / 10, echo) for step in range(16) for echo in (0.1, 1.0)]
"""Seconds by which the loudspeaker is late, and how loud it comes back: -20 and 0 dB."""
if not SOAK:
    ECHOES = [(0.3, 1.0), (0.7, 0.1), (1.5, 1.0)]
NEWS = (
    "the minister said on friday that the bridge will be closed for two weeks",
    "in other news a black cat was found on the roof of the town hall",
    "and she told him that she would never come back to this house again",
    "it will be cloudy in the north with some rain towards the evening",
    "he scored twice in the second half and that was the end of the match",
    "join us tomorrow when we shall look at the price of bread",
)


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    return loaded()


def play(hearing: Hearing, story: Story, *, delay: float = 0.0, echo: float = 0.0, timeout: float = 30.0) -> None:
    """Run `story` in a quiet room whose device has a link."""

    async def live() -> None:
        brain = OfflineBrain(random.Random(3))
        providers, policy = HeardProviders(InlineRecogniser(hearing), brain), SessionPolicy(timeout=timeout)
        async with open_house(providers=providers, policy=policy) as house, trio.open_nursery() as nursery:  # type: ignore[arg-type]
            device = await house.dial()
            await device.hello("kitchen", capabilities=["volume", "false_wake"], device_time=trio.current_time())
            room = Room(device, delay, echo)
            nursery.start_soon(room.live)
            await story(house, room)
            nursery.cancel_scope.cancel()

    run_virtual(live)


async def call(room: Room, pcm: bytes, before: int = 0, *, score: float = 0.9) -> None:
    """A hotword that the device has found `before` bytes into what is said, by default at its end.

    The device sends at once what came before.
    """
    before = before or len(pcm)
    said = silence(1.5)[: max(0, PRE_ROLL - before)] + pcm
    await room.device.send(
        type="hotword_detected",
        session_id=f"s{len(room.device.all('session_started'))}",
        hotword="hey_jarvis",
        score=score,
        pre_roll_bytes=PRE_ROLL,
        device_time=trio.current_time(),
    )
    for start in range(0, PRE_ROLL, PIECE):
        await room.device.send(mix(noise(0.25, 20, seed=start), said[start : start + PIECE]))
    room.say(said[PRE_ROLL:])


async def ask(room: Room, question: str) -> None:
    """The hotword and a question in one breath."""
    await call(room, speak(f"hey jarvis, {question}"), len(speak("hey jarvis")))


def replies(room: Room) -> list[str]:
    """What TARS has said, answer by answer."""
    return list({said["utterance_id"]: said["text"] for said in room.device.all("reply")}.values())


@pytest.mark.parametrize(("delay", "echo"), ECHOES)
def test_a_late_loudspeaker_makes_it_talk_to_nobody(hearing: Hearing, delay: float, echo: float) -> None:
    async def story(house: House, room: Room) -> None:
        for question in QUESTIONS if SOAK else QUESTIONS[:2]:
            asked = len(replies(room))
            await ask(room, question)
            await room.device.next("session_end")
            assert len(replies(room)) == asked + 1
            assert room.device.all("session_end")[-1]["reason"] == "timeout"

    play(hearing, story, delay=delay, echo=echo, timeout=6.0)


@pytest.mark.parametrize("silent_before", [0.3, 5.0] if SOAK else [2.0])
def test_a_television_gets_one_reply_at_most_and_half_a_minute(hearing: Hearing, silent_before: float) -> None:
    async def story(house: House, room: Room) -> None:
        await ask(room, "what time is it")
        over = await room.silence()
        await trio.sleep(silent_before)
        for number in range(200):  # ten minutes
            if house.devices["kitchen"].session is None:
                break
            await trio.sleep(room.say(speak(NEWS[number % len(NEWS)], VOICES[number % len(VOICES)])) + 0.3)
        assert house.devices["kitchen"].session is None
        ended = room.device.times[room.device.heard.index(room.device.all("session_end")[-1])]
        assert ended - over < 30.5
        assert len(replies(room)) == 1

    play(hearing, story)


def test_a_question_in_one_breath_with_the_hotword_is_answered_within_two_seconds(hearing: Hearing) -> None:
    async def story(house: House, room: Room) -> None:
        await ask(room, "set a pasta timer for thirty seconds")
        said = trio.current_time() + room.left
        reply = await room.device.next("start_of_tts_stream")
        assert room.device.times[room.device.heard.index(reply)] - said < 2.0
        assert "timer" in replies(room)[0]

    play(hearing, story)


def test_a_hotword_that_nothing_follows_ends_quietly(hearing: Hearing) -> None:
    async def story(house: House, room: Room) -> None:
        await ask(room, "")
        began = trio.current_time()
        assert (await room.device.next("session_end"))["reason"] == "timeout"
        assert trio.current_time() - began < 11
        assert replies(room) == []

    play(hearing, story, timeout=10.0)


@pytest.mark.parametrize(("score", "reason"), [(0.55, "false_wake"), (0.95, "timeout")])
def test_a_doubtful_hotword_that_was_none_ends_before_anything_is_said(
    hearing: Hearing, score: float, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = attrs.evolve(hearing.work.settings, doubtful_hotword=0.7)
    monkeypatch.setattr(hearing.work, "settings", settings)

    async def story(house: House, room: Room) -> None:
        await call(room, speak("and then he said nothing at all"), score=score)
        assert (await room.device.next("session_end"))["reason"] == reason
        assert len(replies(room)) == (reason == "timeout")

    play(hearing, story, timeout=6.0)


def test_stop_over_its_own_voice_is_heard_and_ends_it(hearing: Hearing) -> None:
    async def story(house: House, room: Room) -> None:
        await ask(room, "what can you do")
        await room.device.next("start_of_tts_stream")
        await trio.sleep(2.0)
        room.say(speak("stop", "en-us+f2"))
        assert (await room.device.next("session_end"))["reason"] == "goodbye"
        assert room.device.all("stop_playback")

    play(hearing, story, echo=0.03)
