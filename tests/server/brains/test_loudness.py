"""The volume does what was asked, in whichever words, and by as much."""

import pytest

from tars.server.brains.brain import Outcome
from tars.server.brains.skills.loudness import BEFORE_MUTE
from tests.server.brains.dialogue import answer


def becomes(text: str, before: int = 50, **settings: int) -> int:
    """The volume after `text`."""
    return answer(text, settings={"volume": before, **settings})[1].settings.get("volume", before)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("turn the volume up a bit", 60),
        ("turn it down a little", 40),
        ("a bit louder please", 60),
        ("much quieter", 20),
        ("turn the volume down a lot", 20),
        ("turn the volume up by twenty percent", 70),
        ("volume down by 5", 45),
        ("turn it up to eighty", 80),
        ("volume 30%", 30),
        ("lower the volume to twenty", 20),
        ("raise the sound", 65),
        ("decrease your volume", 35),
        ("increase the volume by ten", 60),
        ("speak up", 65),
        ("speak more softly", 35),
        ("could you be a little louder", 60),
        ("you are too loud", 35),
        ("that's way too quiet", 65),
        ("I can hardly hear you", 65),
        ("I cannot hear you", 65),
        ("double the volume", 100),
        ("cut the volume in half", 25),
        ("set the volume to half", 50),
        ("maximum volume", 100),
        ("turn it all the way up", 100),
        ("turn the volume up as loud as it goes", 100),
        ("volume to the lowest level", 10),
        ("turn it all the way down", 10),
        ("I'd like the speakers to be a bit quieter", 40),
        ("the volume should be higher", 65),
        ("go ahead and put the speaker volume to forty", 40),
        ("silence the sound", 50),
    ],
)
def test_it_goes_where_and_by_as_much_as_was_said(text: str, after: int) -> None:
    assert becomes(text) == after


@pytest.mark.parametrize(
    ("text", "before", "said"),
    [
        ("louder", 100, "That is as loud as I get."),
        ("quieter", 5, "That is as quiet as I get. Say mute for silence."),
        ("set the volume to 130 percent", 50, "Volume goes from 0 to 100 percent."),
        ("turn it down", 0, "I am muted already."),
        ("mute", 0, "I am muted already."),
        ("unmute", 40, "I am not muted. Volume is at 40 percent."),
        ("what's the volume", 0, "I am muted."),
    ],
)
def test_what_cannot_go_further_is_said(text: str, before: int, said: str) -> None:
    assert answer(text, settings={"volume": before}) == (said, Outcome())


def test_quieter_is_never_silent_and_louder_never_too_loud() -> None:
    assert becomes("turn it down a lot", 20) == 5
    assert becomes("turn it up a lot", 90) == 100


@pytest.mark.parametrize(
    "text",
    ["mute", "mute yourself", "please mute the sound", "turn the sound off", "switch off your voice", "sound off",
     "volume zero", "go silent"],
)  # fmt: skip
def test_mute_has_many_names(text: str) -> None:
    words, outcome = answer(text)
    assert (words, outcome) == ("Muted. Say unmute, and I speak again.", Outcome(settings={"volume": 0}))


@pytest.mark.parametrize(
    "text",
    ["unmute", "unmute yourself", "sound on", "turn the sound back on", "switch the volume on again",
     "speak again", "talk to me again", "you can speak now", "bring back the sound", "mute off", "louder",
     "turn it up", "I can't hear you", "turn off the mute"],
)  # fmt: skip
def test_any_word_for_it_ends_the_mute_and_the_volume_is_as_before(text: str) -> None:
    assert becomes(text, 0, **{BEFORE_MUTE: 45}) == 45
    assert becomes(text, 0) == 30


def test_the_volume_before_a_mute_that_is_over_does_not_come_back() -> None:
    assert becomes("unmute", 10, **{BEFORE_MUTE: 100}) == 30


@pytest.mark.parametrize("text", ["mute", "louder", "volume thirty", "unmute", "what's your volume"])
def test_a_device_without_a_volume_is_told_so(text: str) -> None:
    expected = ("This device has no volume that I can set.", Outcome())
    assert answer(text, capabilities=frozenset()) == expected
    assert answer(text, capabilities=frozenset({"timers"}), doubtful=True) == expected


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("mute", "Shall I be mute?"),
        ("turn it up a bit", "Volume 80 percent?"),
        ("volume ten", "Volume 10 percent?"),
    ],
)
def test_a_doubtful_change_is_asked_about_in_a_few_words(text: str, asked: str) -> None:
    assert answer(text, doubtful=True) == (asked, Outcome(asked=text))
