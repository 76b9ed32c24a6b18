import contextlib

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from tars.link import LinkLost
from tars.link.inbox import Inbox
from tests.support.virtual import run_virtual

MESSAGES = st.lists(st.one_of(st.text(max_size=3), st.binary(min_size=1, max_size=40)), max_size=40)


@given(messages=MESSAGES, limit=st.integers(0, 100))
def test_controls_are_kept_in_order_and_only_the_oldest_audio_is_dropped(
    messages: list[str | bytes], limit: int
) -> None:
    async def main() -> None:
        inbox = Inbox(audio_limit=limit, control_limit=100)
        for message in messages:
            assert inbox.put(message)
        inbox.end(LinkLost("gone"))
        taken: list[str | bytes] = []
        with contextlib.suppress(LinkLost):
            while True:
                taken.append(await inbox.get())
        audio = [m for m in messages if isinstance(m, bytes)]
        kept = [m for m in taken if isinstance(m, bytes)]
        assert [m for m in taken if isinstance(m, str)] == [m for m in messages if isinstance(m, str)]
        assert kept == audio[len(audio) - len(kept) :]
        assert sum(map(len, kept)) <= limit
        assert inbox.dropped_audio_bytes == sum(map(len, audio)) - sum(map(len, kept))
        if not inbox.dropped_audio_bytes:
            assert taken == messages

    run_virtual(main)


def test_one_control_too_many_is_not_taken_in() -> None:
    inbox = Inbox(audio_limit=0, control_limit=2)
    assert inbox.put("a")
    assert inbox.put("b")
    assert not inbox.put("c")


def test_the_taker_is_woken_by_a_message_and_by_the_end() -> None:
    async def main() -> None:
        inbox = Inbox(audio_limit=9, control_limit=9)
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def put() -> None:
                await trio.sleep(1)
                inbox.put("a")
                await trio.sleep(1)
                inbox.end(LinkLost("first"))
                inbox.end(LinkLost("second"))

            assert await inbox.get() == "a"
            assert trio.current_time() == 1
            with pytest.raises(LinkLost, match="first"):
                await inbox.get()
            assert trio.current_time() == 2

    run_virtual(main)
