"""A device's link: what is posted and sent, and what is known of it."""

from typing import cast

import trio
import trio.testing

from tars.link import Connection
from tars.messages import ServerVersion1
from tars.server.device_link import OUTBOX, DeviceLink
from tests.support.virtual import run_virtual


class SlowConnection:
    """Takes a frame a second."""

    async def send(self, frame: str | bytes) -> None:
        await trio.sleep(1)


def test_a_frame_is_counted_in_the_moment_in_which_it_is_on_its_way() -> None:
    """Whoever stops an utterance says how much of it was sent; even while the outbox is full."""

    async def story() -> None:
        link = DeviceLink(cast("Connection", SlowConnection()), ServerVersion1())
        sent = 0

        async def speak() -> None:
            nonlocal sent
            for _ in range(OUTBOX + 20):
                await trio.lowlevel.checkpoint()
                await link.send_audio(b"xx")
                sent += 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(speak)
            for _ in range(3 * OUTBOX):
                await trio.lowlevel.checkpoint()
                assert link._outbox.statistics().current_buffer_used == sent
            assert sent == OUTBOX
            nursery.start_soon(link.deliver)
            await trio.sleep(100)
            assert sent == OUTBOX + 20
            nursery.cancel_scope.cancel()

    run_virtual(story)


def test_a_close_wakes_whoever_waits_for_room() -> None:
    async def story() -> None:
        link = DeviceLink(cast("Connection", SlowConnection()), ServerVersion1())
        async with trio.open_nursery() as nursery:

            async def speak() -> None:
                for _ in range(2 * OUTBOX):
                    await link.send_audio(b"xx")

            nursery.start_soon(speak)
            await trio.testing.wait_all_tasks_blocked()
            link.close(1001, "the server stops")

    run_virtual(story)
