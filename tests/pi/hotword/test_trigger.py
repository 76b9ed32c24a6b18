from tars.audio.formats import MICROPHONE
from tars.pi.hotword.detection import Detection
from tars.pi.hotword.trigger import Trigger


def at(seconds: float) -> int:
    return MICROPHONE.bytes_in(seconds)


def test_one_utterance_fires_once_however_long_its_score_stays_high() -> None:
    trigger = Trigger(threshold=0.5, cooldown=0.1)
    scores = [0.1, 0.5, 0.9, 0.99, 0.8, 0.6, 0.2]
    fired = [trigger.decide({"alexa": score}, at(n * 0.08)) for n, score in enumerate(scores)]
    assert fired == [None, Detection("alexa", 0.5, at(0.08)), None, None, None, None, None]


def test_the_cooldown_holds_for_every_hotword_and_ends() -> None:
    trigger = Trigger(cooldown=1.0)
    assert trigger.decide({"alexa": 0.9, "hey_jarvis": 0.0}, at(5.0))
    assert not trigger.decide({"alexa": 0.0, "hey_jarvis": 0.9}, at(5.96))
    assert not trigger.decide({"alexa": 0.0, "hey_jarvis": 0.0}, at(6.0))
    assert trigger.decide({"alexa": 0.0, "hey_jarvis": 0.9}, at(6.04))


def test_of_two_hotwords_heard_at_once_the_surer_one_fires() -> None:
    assert Trigger().decide({"alexa": 0.6, "hey_jarvis": 0.9}, 0) == Detection("hey_jarvis", 0.9, 0)
