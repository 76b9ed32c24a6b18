import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio

from tars.link import BackoffPolicy, Dialling, Down, LinkLost, LinkState, Patience, Supervisor, Up
from tests.support.virtual import run_virtual

POLICY = BackoffPolicy()


@attrs.define
class Link:
    peer: str = "there:1"


@attrs.define
class Story:
    """A supervisor over dials that take no time, each ending as `outcomes` says; the last one for ever."""

    outcomes: list[BaseException | None]
    dials: list[float] = attrs.field(factory=list)
    states: list[LinkState] = attrs.field(factory=list)
    seed: int = 0
    policy: BackoffPolicy = POLICY

    @asynccontextmanager
    async def dial(self) -> AsyncIterator[Link]:
        self.dials.append(trio.current_time())
        outcome = self.outcomes[min(len(self.dials), len(self.outcomes)) - 1]
        await trio.lowlevel.checkpoint()
        if outcome is not None:
            raise outcome
        yield Link()

    def supervisor(self) -> Supervisor[Link]:
        return Supervisor(self.dial, self.policy, random.Random(self.seed), self.states.append)


def run_story(story: Story, serve: Callable[[Link], Awaitable[None]], *, seconds: float) -> None:
    async def main() -> None:
        with trio.move_on_after(seconds):
            await story.supervisor().run(serve)

    run_virtual(main)


async def for_ever(link: Link) -> None:
    await trio.sleep_forever()


@pytest.mark.parametrize(
    "lost",
    [
        LinkLost("gone"),
        BaseExceptionGroup("", [LinkLost("gone")]),
        ExceptionGroup("", [LinkLost("a"), ExceptionGroup("", [LinkLost("gone", code=1001)])]),
    ],
)
def test_a_lost_link_is_dialled_again_bare_or_grouped(lost: BaseException) -> None:
    story = Story([lost, None])
    run_story(story, for_ever, seconds=20)
    assert len(story.dials) == 2
    assert story.dials[1] - story.dials[0] <= 0.3
    up, down = story.states[-1], story.states[1]
    assert up == Up(attempt=2, peer="there:1")
    assert isinstance(down, Down)
    assert (down.reason, down.attempt) == ("gone", 1)


@pytest.mark.parametrize(
    "bug",
    [ValueError("bug"), trio.TooSlowError(), trio.ClosedResourceError(), OSError("disk"), KeyboardInterrupt()],
)
@pytest.mark.parametrize("where", ["dial", "serve", "beside a loss"])
def test_a_bug_comes_out_after_one_dial(bug: BaseException, where: str) -> None:
    story = Story([bug if where == "dial" else None])

    async def serve(link: Link) -> None:
        raise bug if where == "serve" else BaseExceptionGroup("", [LinkLost("gone"), bug])

    with pytest.raises((type(bug), BaseExceptionGroup)) as caught:  # noqa: ASYNC401 - bare, or in a group
        run_story(story, serve, seconds=60)
    assert caught.type is type(bug) or caught.group_contains(type(bug))
    assert len(story.dials) == 1


def test_it_ends_when_serve_returns() -> None:
    story = Story([None])

    async def serve(link: Link) -> None:
        await trio.sleep(1)

    run_story(story, serve, seconds=60)
    assert len(story.dials) == 1


def test_a_year_of_failures_overflows_nothing() -> None:
    story = Story([LinkLost("refused")])
    run_story(story, for_ever, seconds=3600)
    assert 1000 < len(story.dials) < 2000
    year = 365 * 86_400
    assert POLICY.wait(year, LinkLost("refused"), random.Random(0)) <= POLICY.cap


def test_the_count_is_forgotten_only_after_a_stable_link() -> None:
    lives = [9.9] * 8 + [10.1, 0.0]

    async def serve(link: Link) -> None:
        if lives:
            await trio.sleep(lives.pop(0))
            raise LinkLost("gone")

    story = Story([None])
    run_story(story, serve, seconds=1000)
    attempts = [state.attempt for state in story.states if isinstance(state, Dialling)]
    assert attempts == [1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3]


def test_accept_then_drop_is_no_storm() -> None:
    story = Story([None])

    async def serve(link: Link) -> None:
        raise LinkLost("dropped")

    run_story(story, serve, seconds=60)
    assert len(story.dials) <= 45
    assert all(b - a >= POLICY.spacing for a, b in itertools.pairwise(story.dials))


def test_two_devices_with_one_id_take_turns_of_half_a_minute_once_that_is_clear() -> None:
    story = Story([LinkLost("taken over", code=4409, patience=Patience.CAP)])
    run_story(story, for_ever, seconds=200)
    waits = [b - a for a, b in itertools.pairwise(story.dials)]
    assert 9 <= waits[0] <= 10  # once may be a ghost's doing
    assert all(30 <= wait <= 33 for wait in waits[1:])


def test_a_takeover_long_ago_counts_for_nothing() -> None:
    taken = LinkLost("taken over", code=4409, patience=Patience.CAP)
    story = Story([taken, LinkLost("gone"), taken, None])
    run_story(story, for_ever, seconds=60)
    assert len(story.dials) == 4
    assert 9 <= story.dials[3] - story.dials[2] <= 10


def test_a_nudge_cuts_the_wait_short_but_not_the_spacing() -> None:
    story = Story([LinkLost("no", patience=Patience.CAP)])

    async def main() -> None:
        supervisor = story.supervisor()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(supervisor.run, for_ever)
            await trio.sleep(0.1)
            supervisor.nudge()
            await trio.sleep(0.5)
            assert story.dials == [0, 0.25]
            await trio.sleep(2)
            supervisor.nudge()
            await trio.sleep(0.01)
            assert story.dials == [0, 0.25, 2.6]
            nursery.cancel_scope.cancel()

    run_virtual(main)


def test_a_nudge_does_not_come_before_the_server_asked() -> None:
    story = Story([LinkLost("restarting", code=1001, retry_after=3.0)])

    async def main() -> None:
        supervisor = story.supervisor()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(supervisor.run, for_ever)
            await trio.sleep(1)
            supervisor.nudge()
            await trio.sleep(2.1)
            assert story.dials == [0, 3.0]
            nursery.cancel_scope.cancel()

    run_virtual(main)


@pytest.mark.parametrize(("lived", "longest"), [(15, [2.05, 0.25, 0.5, 1.0]), (1, [2.05, 0.5, 1.0, 2.0])])
def test_after_an_appointment_the_backoff_begins_anew_where_the_link_had_been_stable(
    lived: float, longest: list[float]
) -> None:
    refused = LinkLost("connection refused")
    waits: list[list[float]] = [[] for _ in longest]
    for seed in range(40):
        story = Story([None, refused, refused, refused, None], seed=seed)
        appointed = LinkLost("restarting", patience=Patience.APPOINTED, retry_after=2.0)

        async def serve(link: Link, story: Story = story, appointed: LinkLost = appointed) -> None:
            if len(story.dials) == 1:
                await trio.sleep(lived)
                raise appointed
            await trio.sleep_forever()

        run_story(story, serve, seconds=60)
        assert [state.planned for state in story.states if isinstance(state, Down)] == [True, False, False, False]
        lost_at = [lived, *story.dials[1:4]]
        for place, (lost, dialled) in enumerate(zip(lost_at, story.dials[1:], strict=True)):
            waits[place].append(dialled - lost)
    assert min(waits[0]) >= 2.0
    for seen, most in zip(waits, longest, strict=True):
        assert max(seen) <= most + 0.001
        assert max(seen) > most * 0.5


def test_a_nudge_while_dialling_leaves_no_nudge_behind() -> None:
    story = Story([LinkLost("no", patience=Patience.CAP)])
    supervisor = story.supervisor()
    supervisor.nudge()

    async def main() -> None:
        with trio.move_on_after(5):
            await supervisor.run(for_ever)

    run_virtual(main)
    assert story.dials == [0]


def test_states_tell_the_whole_story() -> None:
    story = Story([LinkLost("refused"), None])
    run_story(story, for_ever, seconds=5)
    dialling, down, again, up = story.states
    assert (dialling, again, up) == (Dialling(1), Dialling(2), Up(2, "there:1"))
    assert isinstance(down, Down)
    assert down.retry_in == pytest.approx(story.dials[1], abs=1e-6)
