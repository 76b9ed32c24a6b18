"""What has happened so far, and waiting for what comes next."""

import time
from collections.abc import Callable, Collection

import attrs
import trio

from tars.demo.programs import ENDED, Event
from tars.demo.timeline import Timeline

HANG = 120.0
"""Seconds that no step takes, however busy the machine: what lasts longer has hung."""
SLOW = 20.0
"""Seconds after which a person is told what is being waited for."""


class DemoFailed(Exception):
    """What the demonstration waited for did not happen: one sentence that says what, and why."""

    def __init__(self, program: str, what: str) -> None:
        super().__init__(f"{program} {what}")
        self.program = program


@attrs.define(eq=False)
class Stage:
    """The events of both programs as they come, shown and kept."""

    timeline: Timeline
    events: list[Event] = attrs.field(factory=list)
    _news: trio.Condition = attrs.field(factory=trio.Condition)

    async def show(self, incoming: trio.MemoryReceiveChannel[Event]) -> None:
        """Show and keep every event until the programs' logs end."""
        async for event in incoming:
            await self.add(event)

    async def add(self, event: Event) -> None:
        """Show and keep one event."""
        self.timeline.show(event)
        async with self._news:
            self.events.append(event)
            self._news.notify_all()

    async def say(self, text: str) -> None:
        """Show a line of the demonstration's own."""
        await self.add(Event("tars-demo", "step", time.monotonic(), {"text": text}))

    async def until(self, program: str, name: str, count: int = 1) -> Event:
        """Wait for the `count`-th event `name` of `program`.

        Raises `DemoFailed` when a program ends that should not, or when nothing comes for `HANG` seconds.
        """
        await self._until(program, name, lambda: len(self.those(program, name)) >= count)
        return self.those(program, name)[count - 1]

    async def until_one_of(self, program: str, name: str, others: Collection[tuple[str, str]]) -> Event:
        """Wait for the next event `name` of `program`, or one of the `others`. Raises `DemoFailed`."""
        wanted, seen = {(program, name), *others}, len(self.events)

        def found() -> list[Event]:
            return [event for event in self.events[seen:] if (event.program, event.name) in wanted]

        await self._until(program, name, lambda: bool(found()))
        return found()[0]

    async def _until(self, program: str, name: str, here: Callable[[], bool]) -> None:
        with trio.move_on_after(SLOW):
            return await self._wait(here)
        await self.say(f"still waiting until {program} reports {name}: this machine is busy")
        with trio.move_on_after(HANG - SLOW):
            return await self._wait(here)
        raise DemoFailed(program, f"did not report {name} within {HANG:.0f} s")

    async def _wait(self, here: Callable[[], bool]) -> None:
        async with self._news:
            while not here():
                for event in self.events:
                    if event.name == ENDED:
                        raise DemoFailed(event.program, _how_it_ended(event))
                await self._news.wait()

    def those(self, program: str, name: str) -> list[Event]:
        """All events `name` of `program` so far."""
        return [event for event in self.events if (event.program, event.name) == (program, name)]


def _how_it_ended(event: Event) -> str:
    words = event.fields["last_words"].removeprefix(f"{event.program}: ")
    return f"ended by itself with status {event.fields['status']}" + (f": {words}" if words else "")
