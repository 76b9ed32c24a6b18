"""Lives a story through: makes its moves, ends its faults, asks two more questions, and looks what is left."""

from collections.abc import Awaitable, Callable

import attrs
import trio

from tars.pi.session_states import SessionState
from tests.fuzz.device import DeviceProcess
from tests.fuzz.evidence import Evidence
from tests.fuzz.providers import MarkedProviders
from tests.fuzz.server import ServerProcess
from tests.fuzz.story import (
    LONGEST_WAIT,
    Ask,
    Bug,
    Button,
    Fails,
    Heal,
    Hotword,
    Kill,
    Moment,
    Move,
    Network,
    NetworkUp,
    PowerCut,
    Question,
    Restart,
    SpeakerLost,
    Story,
    Swap,
    Twin,
    Until,
    Wait,
)
from tests.support.faulty_network import FaultyNetwork

KERNEL_BUFFER = 32 * 1024
"""Bytes under way before a sender waits: a second of audio, so that stories get there."""
LOOK = 0.1
"""Seconds between two looks at what can only be seen by looking."""
_STATES: dict[SessionState, Moment] = {
    SessionState.LISTENING: "listening",
    SessionState.WAITING: "waiting",
    SessionState.SPEAKING: "speaking",
    SessionState.IDLE: "idle",
}


@attrs.define(eq=False)
class World:
    """One house: a server, a kitchen with its device, perhaps its twin, perhaps a hall with another."""

    story: Story
    nursery: trio.Nursery
    evidence: Evidence = attrs.field(factory=Evidence)
    network: FaultyNetwork = attrs.field(init=False)
    providers: MarkedProviders = attrs.field(init=False)
    server: ServerProcess | None = attrs.field(init=False, default=None)
    server_back: trio.Event = attrs.field(init=False, factory=trio.Event)
    kitchen: DeviceProcess = attrs.field(init=False)
    twin: DeviceProcess | None = attrs.field(init=False, default=None)
    hall: DeviceProcess | None = attrs.field(init=False, default=None)
    _numbers: int = attrs.field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        self.network = FaultyNetwork(delay=self.story.delay, capacity=KERNEL_BUFFER)
        self.providers = MarkedProviders(self.evidence)

    # ---- programs

    async def open(self) -> None:
        """Switch everything on, and wait until it stands."""
        await self.start_server()
        self.kitchen = await self.start_device("kitchen")
        if self.story.hall:
            self.hall = await self.start_device("hall")
        await self.until(lambda: all(device.linked for device in self.devices), 10)
        await trio.sleep(2)

    @property
    def devices(self) -> list[DeviceProcess]:
        """Those that are there to stay."""
        return [self.kitchen] + ([self.hall] if self.hall else [])

    def notes(self, device_id: str) -> bool:
        """Whether devices of that name keep what they are asked without a link."""
        return self.story.offline and device_id == "kitchen"

    async def start_device(self, device_id: str, *, eager: bool = False) -> DeviceProcess:
        """Switch a device on."""
        self._numbers += 1
        device = DeviceProcess(
            self._numbers,
            device_id,
            self.network,
            self.evidence,
            self.story.seed,
            resume=self.story.resume,
            notes=self.notes(device_id),
            eager=eager,
        )
        await self.nursery.start(device.run)
        return device

    async def start_server(self) -> None:
        """Start a server; it is a new one, and remembers nothing."""
        server = ServerProcess(self.network, self.providers, self.evidence, self.story.resume)
        await self.nursery.start(server.run)
        self.server = server
        self.evidence.note("server", "listens")
        self.server_back.set()

    async def start_server_after(self, seconds: float) -> None:
        await trio.sleep(seconds)
        await self.start_server()

    # ---- moves

    async def make(self, move: Move) -> None:
        """Make one move."""
        if not isinstance(move, Wait | Until):
            self.evidence.note("story", move)
        match move:
            case Wait(seconds):
                await trio.sleep(seconds)
            case Until(moment):
                await self.until(lambda: self._is_at(moment), LONGEST_WAIT)
            case Hotword(where):
                self._in(where, DeviceProcess.hotword)
            case Ask(question, where):
                self._in(where, lambda device: self.ask(device, question))
            case Button():
                self._in("kitchen", DeviceProcess.press_button)
            case NetworkUp():
                self._in("kitchen", DeviceProcess.network_up)
            case Fails(part):
                self.providers.fail(part)
            case SpeakerLost(seconds):
                self.kitchen.speaker.lose(seconds)
            case Swap(to):
                self.evidence.swaps_due[to] += 1
            case Bug():
                self.evidence.trouble()
                self.evidence.bugs_due = 1
            case _:
                await self._break(move)

    async def _break(self, move: Move) -> None:
        """Make a move that costs links."""
        self.evidence.trouble()
        match move:
            case Network(fault):
                self.network.inflict(fault)
            case Heal():
                self.network.heal()
            case Twin(on, eager):
                await self._switch_twin(on, eager)
            case PowerCut():
                self.kitchen.power_off()
                self.kitchen = await self.start_device("kitchen")
            case Restart(down):
                await self._end_server(ServerProcess.stop, down)
            case Kill(down):
                await self._end_server(ServerProcess.kill, down)

    def ask(self, device: DeviceProcess, question: Question) -> int:
        """Somebody asks; the question's number."""
        if question == "bug":
            self.evidence.trouble()
        number = self.providers.ask(question)
        device.microphone.say(number)
        self.evidence.note(device.name, f"hears question {number} ({question})")
        return number

    def _in(self, where: str, act: Callable[[DeviceProcess], object]) -> None:
        device = self.hall if where == "hall" else self.kitchen
        if device is not None and not device.ended.is_set():
            act(device)

    def _is_at(self, moment: Moment) -> bool:
        if moment in ("linked", "unlinked"):
            return self.kitchen.linked == (moment == "linked")
        return _STATES.get(self.kitchen.manager.state) == moment

    async def _switch_twin(self, on: bool, eager: bool) -> None:
        if self.twin is not None:
            twin, self.twin = self.twin, None
            await twin.stop()
        if on:
            self.twin = await self.start_device("kitchen", eager=eager)

    async def _end_server(self, end: Callable[[ServerProcess], Awaitable[None]], down: float) -> None:
        if self.server is None:
            return
        server, self.server = self.server, None
        self.server_back = trio.Event()
        await end(server)
        self.nursery.start_soon(self.start_server_after, down)

    # ---- waiting

    async def until(self, condition: Callable[[], bool], limit: float) -> bool:
        """Look every now and then, until `condition` holds or the limit is over."""
        end = trio.current_time() + limit
        while not condition():
            if trio.current_time() >= end:
                return False
            await trio.sleep(LOOK)
        return True

    async def revive(self) -> None:
        """What systemd does about programs that have ended by a bug."""
        if self.kitchen.ended.is_set():
            self.kitchen = await self.start_device("kitchen")
        if self.hall is not None and self.hall.ended.is_set():
            self.hall = await self.start_device("hall")

    async def calm_down(self) -> None:
        """End all faults that would go on, with no more help than a user would give. What is stalled stays so."""
        self.evidence.note("story", "is over: the network lets dials through, and nobody breaks anything")
        await self._switch_twin(on=False, eager=False)
        self.evidence.bugs_due = 0
        self.evidence.swaps_due.clear()
        self.providers.failing.clear()
        await self.server_back.wait()
        self.network.relieve()
        await self.revive()
