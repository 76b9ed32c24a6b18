"""Whatever happens: people get their answers, sessions end once, nothing strays, and nothing is left behind."""

import pytest
from hypothesis import given, settings

from tests.fuzz.ending import live
from tests.fuzz.story import Ask, Hotword, Restart, Story, Swap, Wait, stories
from tests.support.limits import HANG
from tests.support.profile import SOAK, examples

FOUND = {
    "a server's farewell was not read when the device was just sending": Story((Hotword(), Restart(2.7))),
}
"""Stories that the search found, shrunk, and what was wrong with the programs then."""


@pytest.mark.parametrize("once", FOUND)
def test_what_was_found_once_stays_mended(once: str) -> None:
    live(FOUND[once])


@pytest.mark.slow
@pytest.mark.timeout(0 if SOAK else 5 * HANG)
@settings(max_examples=examples(60), derandomize=not SOAK, print_blob=False)
@given(story=stories(most_scenes=24 if SOAK else 10))
def test_every_promise_is_kept_in_every_story(story: Story) -> None:
    live(story)


def test_messages_are_really_overtaken() -> None:
    told = live(Story((Hotword(), Wait(0.5), Swap("device"), Ask(), Wait(4)))).timeline
    taken = [line.split("  ")[-1].split("(")[0] for line in told if "kitchen#1" in line]
    assert taken.index("ReplySaid") < taken.index("TranscriptHeard")
