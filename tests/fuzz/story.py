"""What can happen, and how stories are made of it.

A story prints as the Python that makes it: a counterexample can be read from top to bottom, and pasted into an
`@example`.
"""

from typing import Literal

import attrs
from hypothesis import strategies as st

from tests.support.faulty_network import FAULTS, MODES

Moment = Literal["linked", "unlinked", "listening", "waiting", "speaking", "idle"]
Question = Literal["short", "long", "slow", "goodbye", "mumble", "bug"]
Part = Literal["ears", "brain", "voice"]
Where = Literal["kitchen", "hall"]
Side = Literal["device", "server"]


@attrs.frozen
class Wait:
    """Time passes."""

    seconds: float


@attrs.frozen
class Until:
    """Time passes until the kitchen's device is at that point, or for `LONGEST_WAIT`."""

    moment: Moment


@attrs.frozen
class Hotword:
    """Someone says the hotword; over a reply it is a barge-in."""

    where: Where = "kitchen"


@attrs.frozen
class Ask:
    """Someone speaks for a second: a question with a short answer, with a long one, with one that takes long to
    think of, one that ends the session, one that nobody understands, or one that the server's brain has a bug
    about."""

    question: Question = "short"
    where: Where = "kitchen"


@attrs.frozen
class Button:
    """Someone presses the kitchen's button."""


@attrs.frozen
class Network:
    """The network breaks, in one of the ways of `tests.support.faulty_network`, or is `ok` for new dials."""

    fault: str


@attrs.frozen
class Heal:
    """The network is as good as new: what it held back arrives."""


@attrs.frozen
class NetworkUp:
    """The kitchen's system says that it has got an address: a reason to dial now."""


@attrs.frozen
class Twin:
    """A second device with the kitchen's name is switched on (a copied settings file), or off again.

    It hears the hotword the moment it is connected, if it is `eager`."""

    on: bool = True
    eager: bool = False


@attrs.frozen
class PowerCut:
    """The kitchen's device loses its power: nobody hears of it. It starts again at once."""


@attrs.frozen
class Restart:
    """The server is stopped as it should be, and is back later."""

    down: float = 0.5


@attrs.frozen
class Kill:
    """The server dies, and is back later."""

    down: float = 0.5


@attrs.frozen
class Fails:
    """A provider's worker dies: the ears' now, the brain's or the voice's at their next use."""

    part: Part


@attrs.frozen
class Bug:
    """A device's program meets a bug at the next message from its server. It has to end, and is started again."""


@attrs.frozen
class Swap:
    """The next message about a session's life that reaches that side is taken after the one that follows it, or,
    where none follows, late."""

    to: Side


@attrs.frozen
class SpeakerLost:
    """The kitchen's loudspeaker is unplugged for a while."""

    seconds: float


Move = (
    Wait
    | Until
    | Hotword
    | Ask
    | Button
    | Network
    | Heal
    | NetworkUp
    | Twin
    | PowerCut
    | Restart
    | Kill
    | Fails
    | SpeakerLost
    | Bug
    | Swap
)
RESUME = 12.0
"""Seconds, where sessions outlive their links: more than it takes to notice, and then to dial once or twice."""
KEPT_FOR = 10.0
"""Seconds for which a question that was asked without a link is kept."""
LONGEST_WAIT = 8.0
"""Seconds an `Until` waits at most."""


@attrs.frozen(repr=False)
class Story:
    """Moves, in their order; those without a `Wait` or `Until` between them happen in one instant."""

    moves: tuple[Move, ...] = ()
    seed: int = 0
    """Of the order in which tasks run, and of all that is drawn."""
    delay: float = 0.02
    """Seconds from one end of the network to the other."""
    hall: bool = False
    """Whether a second device, with a name of its own, lives beside the kitchen's."""
    resume: float = 0.0
    """Seconds for which a session outlives its link, at both ends."""
    offline: bool = False
    """Whether what is asked in the kitchen without a link is asked later. In the hall it never is."""

    def __repr__(self) -> str:
        moves = "".join(f"        {move!r},\n" for move in self.moves)
        given = (
            f"seed={self.seed}, delay={self.delay}, hall={self.hall}, resume={self.resume}, offline={self.offline}"
        )
        return f"Story(\n    (\n{moves}    ),\n    {given},\n)"


def _tenths(most: float) -> st.SearchStrategy[float]:
    return st.integers(0, round(most * 10)).map(lambda n: n / 10)


MOVES: st.SearchStrategy[Move] = st.one_of(
    st.builds(Wait, _tenths(6)),
    st.builds(Until, st.sampled_from(("linked", "unlinked", "listening", "waiting", "speaking", "idle"))),
    st.just(Hotword()),
    st.builds(Ask, st.sampled_from(("short", "long", "slow", "goodbye", "mumble", "bug"))),
    st.builds(Network, st.sampled_from(FAULTS)),
    st.just(Heal()),
    st.sampled_from((Button(), NetworkUp(), PowerCut(), Bug(), Hotword("hall"), Ask("short", "hall"))),
    st.builds(Twin, st.booleans(), st.booleans()),
    st.builds(Restart, _tenths(3)),
    st.builds(Kill, _tenths(3)),
    st.builds(Fails, st.sampled_from(("ears", "brain", "voice"))),
    st.builds(SpeakerLost, _tenths(5)),
    st.builds(Swap, st.sampled_from(("device", "server"))),
)
TALK: st.SearchStrategy[tuple[Move, ...]] = st.builds(
    lambda question, moment: (Hotword(), Wait(0.3), Ask(question), Until(moment)),
    st.sampled_from(("short", "long", "goodbye", "mumble")),
    st.sampled_from(("listening", "waiting", "speaking")),
)
"""A conversation, to be interrupted by what comes next: single moves would rarely make one."""
OUTAGE: st.SearchStrategy[tuple[Move, ...]] = st.builds(
    lambda fault, lasts: (Network(fault), *([Network("cut")] if fault in MODES else []), Wait(lasts)),
    st.sampled_from(FAULTS[1:]),
    st.sampled_from((0.0, 0.0, 0.0, 0.0, 12.0, 12.0, 12.0, 60.0)),
)
"""A fault of new dials matters to those who have to dial, and some only to those who have to wait."""
ASKED_WITHOUT_A_LINK: st.SearchStrategy[tuple[Move, ...]] = st.builds(
    lambda mode, breath, question, later: (
        *(Network(mode), Network("cut"), Until("unlinked"), Hotword(), Wait(breath), Ask(question)),
        *(Wait(later), Network("ok")),
    ),
    st.sampled_from(("refuse", "mute", "drop")),
    st.sampled_from((0.0, 0.0, 1.2)),  # in one breath, or when one was told to go ahead
    st.sampled_from(("short", "long", "goodbye", "mumble")),
    _tenths(14),
)
SINGLE = MOVES.map(lambda move: (move,))
KINDS = (*(SINGLE,) * 3, *(TALK,) * 2, *(OUTAGE,) * 4, ASKED_WITHOUT_A_LINK)
SCENES = st.sampled_from(range(len(KINDS))).flatmap(lambda kind: KINDS[kind])
"""In these shares; `one_of` would mostly make some of them, and leave others out for long."""


def stories(most_scenes: int) -> st.SearchStrategy[Story]:
    """Stories of up to that many scenes."""
    return st.builds(
        Story,
        st.lists(SCENES, max_size=most_scenes).map(
            lambda scenes: tuple(move for scene in scenes for move in scene)
        ),
        seed=st.integers(0, 9999),
        delay=st.sampled_from((0.02, 0.02, 0.3)),
        hall=st.booleans(),
        resume=st.sampled_from((0.0, RESUME)),
        offline=st.booleans(),
    )
