"""A server that nobody of the project wrote: only the protocol page and the `websockets` library.

It does nothing by itself but answer pings. Tests say what it says, and look at what it heard, to the millisecond.
"""

import contextlib
import http
import json
import logging
import queue
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from tests.support.limits import HANG

DEAF_FOR = 12.0
"""Seconds; twice as long as a device takes to leave such a server."""

_silent = logging.getLogger("strange_server")
_silent.setLevel(logging.CRITICAL)


@attrs.frozen
class Heard:
    """One message of the device: when it was here, on the machine's monotonic clock, and what it was."""

    at: float
    what: dict[str, Any] | bytes

    @property
    def type(self) -> str:
        """`binary` for audio."""
        return "binary" if isinstance(self.what, bytes) else str(self.what.get("type"))

    def __getitem__(self, name: str) -> Any:
        assert isinstance(self.what, dict)
        return self.what[name]


class Visit(ServerConnection):
    """One connection of a device."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.began = time.monotonic()
        self.heard: list[Heard] = []
        self.pings: list[float] = []
        self.over = threading.Event()
        self._pieces = b""
        self._is_text = False
        self._news = threading.Condition()
        super().__init__(*args, **kwargs)  # last: it starts the thread that calls `process_event`

    # --- what the device says

    def process_event(self, event: Any) -> None:
        """Note each frame the moment it is here, before any other thread has a say."""
        if isinstance(event, Frame):
            self._note(event, time.monotonic())
        super().process_event(event)

    def _note(self, frame: Frame, now: float) -> None:
        if frame.opcode is Opcode.PING:
            self.pings.append(now)
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        assert not frame.rsv1, "compressed, and the protocol knows no compression"
        if frame.opcode is not Opcode.CONT:
            self._pieces, self._is_text = b"", frame.opcode is Opcode.TEXT
        self._pieces += bytes(frame.data)
        if frame.fin:
            with self._news:
                self.heard.append(Heard(now, json.loads(self._pieces) if self._is_text else self._pieces))
                self._news.notify_all()

    def messages(self, kind: str, after: float = 0.0, **fields: Any) -> list[Heard]:
        """What it said of that type since then."""
        return [
            each
            for each in list(self.heard)
            if each.type == kind
            and each.at >= after
            and (isinstance(each.what, bytes) or fields.items() <= each.what.items())
        ]

    def until(self, kind: str, count: int = 1, after: float = 0.0, limit: float = HANG, **fields: Any) -> Heard:
        """Wait for the `count`-th message of that type since then."""

        def found() -> bool:
            return len(self.messages(kind, after, **fields)) >= count

        with self._news:
            assert self._news.wait_for(found, limit), f"no {kind} {fields} (number {count}); {self.story()}"
        return self.messages(kind, after, **fields)[count - 1]

    def audio(self, after: float = 0.0) -> bytes:
        """The microphone's bytes since then."""
        return b"".join(each.what for each in self.messages("binary", after) if isinstance(each.what, bytes))

    def until_audio(self, size: int, after: float = 0.0) -> bytes:
        """Wait for so many bytes of audio."""
        with self._news:
            enough = self._news.wait_for(lambda: len(self.audio(after)) >= size, HANG)
        assert enough, f"{len(self.audio(after))} bytes of audio, not {size}; {self.story()}"
        return self.audio(after)

    def story(self) -> str:
        """All that it said, the audio abridged."""
        lines = []
        for each in self.heard:
            what = each.what if isinstance(each.what, dict) else f"{len(each.what)} bytes"
            lines.append(f"{each.at - self.began:7.3f} {what}")
        return "the device said:\n" + "\n".join(lines)

    # --- what the server says

    def say(self, kind: str, /, **fields: Any) -> None:
        """Send one message."""
        self.send(json.dumps({"type": kind, **fields}))

    def greet(self, **more: Any) -> "Visit":
        """Hear its hello and welcome it."""
        hello = self.until("hello")
        self.say("welcome", protocol=1, server="strange 0.1", device_id=hello["device_id"], **more)
        return self

    def speak(
        self,
        pcm: bytes,
        rate: int = 16_000,
        channels: int = 1,
        cuts: Sequence[int] = (3_200,),
        end: bool = True,
        **more: Any,
    ) -> str:
        """Send one utterance, cut into frames of these sizes in turn; its id."""
        utterance_id = str(more.pop("utterance_id", uuid.uuid4()))
        self.say("start_of_tts_stream", utterance_id=utterance_id, rate=rate, channels=channels, width=2, **more)
        sent = turn = 0
        while sent < len(pcm):
            size = cuts[turn % len(cuts)]
            self.send(pcm[sent : sent + size])
            sent, turn = sent + size, turn + 1
        if end:
            self.say("tts_stream_end", utterance_id=utterance_id, total_bytes=len(pcm))
        return utterance_id

    def stop_listening(self) -> None:
        """From now on the machine is there and its server is not: nothing is read, no ping is answered."""
        # before the library sees any of it: it would answer one more ping
        self.protocol.receive_data = lambda data: self.over.wait(DEAF_FOR)  # type: ignore[method-assign,assignment]

    def kill(self) -> None:
        """Die without a word: the device sees a reset, as when the process was killed."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.shutdown(socket.SHUT_RDWR)
        self.over.set()

    def wait_until_gone(self, limit: float = HANG) -> float:
        """When the device had left."""
        assert self.over.wait(limit), f"it is still here; {self.story()}"
        return time.monotonic()

    def code_of_the_device(self) -> int | None:
        """The code with which the device closed, if it did so."""
        received = self.protocol.close_rcvd
        return None if received is None else received.code


@attrs.define(eq=False)
class StrangeServer:
    """Connections as they come; how the next are treated may be changed at any time."""

    url: str
    knows_tars: bool = True
    refuses: http.HTTPStatus | None = None
    refused: list[float] = attrs.field(factory=list)
    _visits: "queue.Queue[Visit]" = attrs.field(factory=queue.Queue)

    def visit(self, limit: float = HANG) -> Visit:
        """The next connection that was made."""
        return self._visits.get(timeout=limit)

    def until_refused(self, count: int) -> None:
        """Wait until so many connections were refused."""
        deadline = time.monotonic() + HANG
        while len(self.refused) < count:
            assert time.monotonic() < deadline, f"{len(self.refused)} connections were refused"
            time.sleep(0.01)

    def nobody_comes(self, seconds: float) -> None:
        """Fail if there is a connection within that time."""
        try:
            early = self._visits.get(timeout=seconds)
        except queue.Empty:
            return
        raise AssertionError(f"a connection, and there should be none; {early.story()}")

    def _select(self, _: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return Subprotocol("tars.v1") if self.knows_tars and "tars.v1" in offered else None

    def _admit(self, visit: ServerConnection, _: Request) -> Response | None:
        if self.refuses is None:
            return None
        self.refused.append(time.monotonic())
        return visit.respond(self.refuses, "no\n")

    def _receive(self, visit: ServerConnection) -> None:
        assert isinstance(visit, Visit)
        self._visits.put(visit)
        with contextlib.suppress(ConnectionClosed):
            while True:
                visit.recv()
        visit.over.set()


@contextlib.contextmanager
def strange_server(port: int = 0) -> Iterator[StrangeServer]:
    """Serve on loopback, on a free port unless one is named."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        ours = StrangeServer(f"ws://127.0.0.1:{listening.getsockname()[1]}/")
        server = serve(
            ours._receive,
            sock=listening,
            select_subprotocol=ours._select,
            process_request=ours._admit,
            create_connection=Visit,
            ping_interval=None,
            close_timeout=1,
            logger=_silent,
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield ours
        finally:
            _stop(server, thread)


def _stop(server: Server, thread: threading.Thread) -> None:
    server.shutdown()
    thread.join()


def within(limit: float, condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition that nobody announces."""
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.01)
