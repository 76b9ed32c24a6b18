"""tars-server with ears that only count, for what the link and the sessions cost by themselves.

    python -m benchmarks._stub_server

Everything but the providers is the server's own. It prints one JSON object a line: its URL, and for each session
that ends how many bytes of audio its ears were given.
"""

import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import attrs
import trio

from tars.audio.formats import AudioFormat
from tars.logs import LogFormat, configure_logs
from tars.server.authorisation import Gatekeeper
from tars.server.brains.brain import Outcome, Request, Say
from tars.server.conversation.interlocutor import Providers
from tars.server.conversation.policy import SessionPolicy
from tars.server.devices import DeviceRegistry
from tars.server.main import TARSAssistant
from tars.server.stopping import Stop
from tars.server.stt.recogniser import Activation, Listening, SpeechEvent
from tars.server.tts.voice import Play
from tars.signals import watch_signals


@attrs.define(eq=False)
class CountingEars:
    """Takes audio, and hears nothing in it."""

    events: trio.MemoryReceiveChannel[SpeechEvent]
    heard_bytes: int = 0
    unheard: float = 0.0

    def feed(self, pcm: bytes) -> None:
        self.heard_bytes += len(pcm)

    def finish(self) -> None: ...

    def restart(self) -> None: ...
    def watch_for_stop(self) -> None: ...


class CountingRecogniser:
    """Says at each session's end what its ears were given."""

    busy = False

    @asynccontextmanager
    async def open(self, session_id: str, activation: Activation | None = None) -> AsyncIterator[Listening]:
        tx, rx = trio.open_memory_channel[SpeechEvent](math.inf)
        ears = CountingEars(rx)
        with tx:
            try:
                yield ears
            finally:
                say("heard", session_id=session_id, bytes=ears.heard_bytes)


class NoBrain:
    """Is never asked."""

    async def think(self, request: Request, say: Say) -> Outcome:
        raise NotImplementedError


class NoVoice:
    """Is never given anything to say."""

    format = AudioFormat(16_000)

    async def speak(self, text: str, play: Play) -> None:
        raise NotImplementedError


def say(event: str, **fields: object) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


async def main() -> None:
    configure_logs(LogFormat.JSON, level="warning")
    stop = Stop()
    providers = Providers(CountingRecogniser(), NoBrain(), NoVoice())
    # nobody speaks, and that is no reason to end
    policy = SessionPolicy(timeout=3600.0)
    assistant = TARSAssistant(DeviceRegistry(), providers, policy, Gatekeeper())
    async with trio.open_nursery() as nursery:
        await nursery.start(watch_signals, lambda number: stop.leave())
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        async with trio.open_nursery() as running:
            await running.start(partial(assistant.run, listeners, stop))
            say("listening", url=f"ws://127.0.0.1:{listeners[0].socket.getsockname()[1]}/")
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
