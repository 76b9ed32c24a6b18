"""The general model's few decoders, and who gets them. With decoders that count bytes."""

import attrs

from tars.server.stt.followers import Follower, Followers
from tars.server.stt.settings import SpeechSettings


@attrs.define(eq=False)
class CountingDecoder:
    heard_bytes: int = 0

    def start(self, mean: str) -> None:
        self.heard_bytes = 0

    def hear(self, pcm: bytes) -> None:
        self.heard_bytes += len(pcm)

    def heard(self) -> str:
        return str(self.heard_bytes)

    def stop(self) -> None:
        pass


@attrs.define(eq=False)
class Clock:
    now: float = 0.0


def followers(clock: Clock) -> Followers:
    return Followers(SpeechSettings(general_decoders=2), CountingDecoder, lambda: clock.now)  # type: ignore[arg-type]


def speak(follower: Follower, seconds: int) -> None:
    for _ in range(seconds * 10):
        follower.hear(bytes(3200))


def work(all_of_them: Followers) -> None:
    while all_of_them.work():
        pass


def test_words_that_are_waited_for_do_not_wait_for_utterances_that_stopped_in_the_middle() -> None:
    clock = Clock()
    everyone = followers(clock)
    cut_off = [everyone.follow("m") for _ in range(2)]
    for one in cut_off:
        speak(one, 2)
    work(everyone)
    clock.now = 0.5
    words: list[str] = []
    asked = everyone.follow("m")
    speak(asked, 3)
    asked.conclude(words.append)
    work(everyone)
    assert words == []  # they may only have taken a breath
    clock.now = 1.0
    work(everyone)
    assert words == ["96000"]
    clock.now = 20.0  # the devices are back, and each of them is heard from the beginning to the end
    for one in cut_off:
        speak(one, 1)
        one.conclude(words.append)
    work(everyone)
    assert words[1:] == ["96000", "96000"]
